package random

import "fmt"

// expr is an expression of a type, no deeper than depth.
func (g *Generator) expr(t Type, depth int) string {
	if depth <= 0 || g.IntN(4) == 0 {
		if c := g.column(t); c != "" && g.IntN(4) > 0 {
			return c
		}
		return g.constant(t)
	}
	if g.IntN(4) == 0 {
		return g.conditional(t, depth)
	}
	e := func(t Type) string { return g.expr(t, depth-1) }
	switch t {
	case Int, Bigint, Numeric, Float:
		return g.number(t, e)
	case Text:
		return g.text(e)
	case Date, Timestamp, Timestamptz, Interval:
		return g.time(t, e)
	case Bool:
		return g.condition(e)
	case Ints, Texts:
		return g.array(t, e)
	}
	return g.json(e)
}

// orColumn is a column or a constant of a type.
func (g *Generator) orColumn(t Type) string { return g.expr(t, 0) }

func (g *Generator) small() string { return fmt.Sprint(1 + g.IntN(3)) }

func (g *Generator) pickType(of ...Type) Type { return of[g.IntN(len(of))] }

// conditional is an expression of any type that chooses among others.
func (g *Generator) conditional(t Type, depth int) string {
	e := func(t Type) string { return g.expr(t, depth-1) }
	return g.oneOf(
		func() string { return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", e(Bool), e(t), e(t)) },
		func() string {
			return fmt.Sprintf("CASE WHEN %s THEN %s WHEN %s THEN %s END", e(Bool), e(t), e(Bool), e(t))
		},
		func() string {
			by := g.ordinary()
			return fmt.Sprintf("CASE %s WHEN %s THEN %s WHEN %s THEN %s END", e(by), e(by), e(t), e(by), e(t))
		},
		func() string { return fmt.Sprintf("coalesce(%s, %s)", e(t), e(t)) },
		func() string { return fmt.Sprintf("nullif(%s, %s)", e(t), e(t)) },
		func() string {
			if t >= Bool {
				return e(t)
			}
			return fmt.Sprintf("%s(%s, %s)", g.pick("greatest", "least"), e(t), e(t))
		},
		func() string { return g.scalarSubquery(t) },
	)
}
