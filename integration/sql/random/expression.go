package random

import (
	"fmt"
	"strings"
)

// expr is an expression of a type, no deeper than depth.
func (g *Generator) expr(t Type, depth int) string {
	if depth <= 0 || g.IntN(4) == 0 {
		if c := g.column(t); c != "" && g.IntN(4) > 0 {
			return c
		}
		return g.constant(t)
	}
	e := func(t Type) string { return g.expr(t, depth-1) }
	if g.IntN(4) == 0 {
		return g.conditional(t, depth)
	}
	switch t {
	case Int:
		return g.oneOf(
			func() string { return fmt.Sprintf("(%s %s %s)", e(Int), g.pick("+", "-", "*"), g.small()) },
			func() string { return fmt.Sprintf("(%s %s %s)", e(Int), g.pick("+", "-"), e(Int)) },
			func() string { return fmt.Sprintf("(%s %s nullif(%s, 0))", e(Int), g.pick("/", "%"), e(Int)) },
			func() string { return fmt.Sprintf("%s(%s)", g.pick("abs", "sign", "-", "+", "~"), e(Int)) },
			func() string { return fmt.Sprintf("%s(%s)", g.pick("length", "octet_length", "ascii"), e(Text)) },
			func() string { return fmt.Sprintf("(%s)::int", e(Bool)) },
			func() string { return fmt.Sprintf("(%s - %s)", e(Date), e(Date)) },
			func() string { return fmt.Sprintf("position(%s IN %s)", e(Text), e(Text)) },
			func() string {
				return fmt.Sprintf("extract(%s FROM %s)::int", g.pick("year", "month", "day", "dow", "doy", "week", "quarter", "isodow"), e(Date))
			},
			func() string {
				return fmt.Sprintf("extract(%s FROM %s)::int", g.pick("hour", "minute", "second"), e(Timestamp))
			},
			func() string { return fmt.Sprintf("round(%s)::int", e(Numeric)) },
			func() string { return fmt.Sprintf("(%s)[%s]", g.orColumn(Ints), g.small()) },
			func() string { return fmt.Sprintf("%s(%s, 1)", g.pick("array_length", "array_upper"), e(Ints)) },
			func() string { return fmt.Sprintf("(%s & %s)", e(Int), e(Int)) },
			func() string { return fmt.Sprintf("width_bucket(%s, 0.0, 5.0, 4)", e(Numeric)) },
		)
	case Bigint:
		return g.oneOf(
			func() string { return fmt.Sprintf("(%s)::bigint", e(Int)) },
			func() string {
				return fmt.Sprintf("(%s %s %s)", e(Bigint), g.pick("+", "-"), e(g.pickType(Int, Bigint)))
			},
			func() string { return fmt.Sprintf("(%s %s nullif(%s, 0))", e(Bigint), g.pick("/", "%"), e(Int)) },
			func() string { return fmt.Sprintf("abs(%s)", e(Bigint)) },
		)
	case Numeric:
		return g.oneOf(
			func() string {
				return fmt.Sprintf("(%s %s %s)", e(Numeric), g.pick("+", "-"), e(g.pickType(Int, Numeric)))
			},
			func() string {
				return fmt.Sprintf("%s(%s)", g.pick("abs", "floor", "ceil", "sign", "trunc", "round"), e(Numeric))
			},
			func() string { return fmt.Sprintf("round(%s, %s)", e(Numeric), g.pick("0", "1", "2", "-1")) },
			func() string { return fmt.Sprintf("(%s)::numeric(8, 2)", e(g.pickType(Int, Numeric))) },
			func() string { return fmt.Sprintf("mod(%s, nullif(%s, 0))", e(Numeric), e(Numeric)) },
		)
	case Float:
		return g.oneOf(
			func() string { return fmt.Sprintf("(%s %s %s)", e(Float), g.pick("+", "-"), e(g.pickType(Int, Float))) },
			func() string { return fmt.Sprintf("%s(%s)", g.pick("abs", "floor", "ceil", "round", "-"), e(Float)) },
			func() string { return fmt.Sprintf("(%s)::double precision", e(g.pickType(Int, Numeric))) },
		)
	case Text:
		return g.text(depth)
	case Date:
		return g.oneOf(
			func() string { return fmt.Sprintf("(%s %s %s)", e(Date), g.pick("+", "-"), g.small()) },
			func() string { return fmt.Sprintf("(%s)::date", e(Timestamp)) },
			func() string {
				return fmt.Sprintf("date_trunc('%s', %s)::date", g.pick("month", "week", "year"), e(Date))
			},
		)
	case Timestamp:
		return g.oneOf(
			func() string {
				return fmt.Sprintf("(%s %s INTERVAL '%s')", e(g.pickType(Date, Timestamp)), g.pick("+", "-"), g.pick("1 day", "1 month", "90 minutes", "1 month -3 days"))
			},
			func() string {
				return fmt.Sprintf("date_trunc('%s', %s)", g.pick("month", "day", "hour", "week"), e(Timestamp))
			},
			func() string { return fmt.Sprintf("(%s)::timestamp", e(Date)) },
		)
	case Bool:
		return g.condition(depth)
	}
	return g.oneOf(
		func() string { return fmt.Sprintf("ARRAY[%s, %s]", e(Int), e(Int)) },
		func() string { return fmt.Sprintf("array_append(%s, %s)", e(Ints), e(Int)) },
		func() string { return fmt.Sprintf("(%s || %s)", g.orColumn(Ints), g.orColumn(Ints)) },
		func() string { return fmt.Sprintf("array_remove(%s, %s)", e(Ints), g.constant(Int)) },
	)
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
			if t == Bool || t == Ints {
				return e(t)
			}
			return fmt.Sprintf("%s(%s, %s)", g.pick("greatest", "least"), e(t), e(t))
		},
		func() string { return g.scalarSubquery(t) },
	)
}

func (g *Generator) text(depth int) string {
	e := func(t Type) string { return g.expr(t, depth-1) }
	return g.oneOf(
		func() string { return fmt.Sprintf("(%s || %s)", e(Text), e(Text)) },
		func() string {
			return fmt.Sprintf("%s(%s)", g.pick("upper", "lower", "trim", "ltrim", "reverse", "initcap", "md5"), e(Text))
		},
		func() string { return fmt.Sprintf("substr(%s, %s)", e(Text), g.constant(Int)) },
		func() string { return fmt.Sprintf("substring(%s FROM %s FOR %s)", e(Text), g.constant(Int), g.small()) },
		func() string {
			return fmt.Sprintf("%s(%s, %s)", g.pick("left", "right", "repeat"), e(Text), g.pick("-2", "-1", "0", "1", "2"))
		},
		func() string {
			return fmt.Sprintf("%s(%s, %s, %s)", g.pick("lpad", "rpad"), e(Text), g.small(), e(Text))
		},
		func() string { return fmt.Sprintf("replace(%s, %s, %s)", e(Text), g.constant(Text), e(Text)) },
		func() string { return fmt.Sprintf("split_part(%s, ',', %s)", e(Text), g.pick("1", "2", "-1")) },
		func() string { return fmt.Sprintf("translate(%s, 'ab', 'X')", e(Text)) },
		func() string { return fmt.Sprintf("(%s)::text", e(g.pickType(Int, Bigint, Date, Bool, Timestamp))) },
		func() string { return fmt.Sprintf("concat(%s, %s, %s)", e(Text), e(Int), e(Bool)) },
		func() string { return fmt.Sprintf("concat_ws('-', %s, %s)", e(Text), e(Date)) },
		func() string {
			return fmt.Sprintf("to_char(%s, '%s')", e(Timestamp), g.pick("YYYY-MM-DD", "HH24:MI", "Mon DD", "Q IYYY IW", "FMDay"))
		},
		func() string { return fmt.Sprintf("array_to_string(%s, ',', '*')", e(Ints)) },
		func() string { return fmt.Sprintf("regexp_replace(%s, '[a-b]+', '<\\&>')", e(Text)) },
	)
}

func (g *Generator) condition(depth int) string {
	e := func(t Type) string { return g.expr(t, depth-1) }
	t := g.ordinary()
	comparison := func() string { return g.pick("=", "<>", "<", "<=", ">", ">=") }
	return g.oneOf(
		func() string { return fmt.Sprintf("(%s %s %s)", e(t), comparison(), e(t)) },
		func() string { return fmt.Sprintf("(%s %s %s)", e(t), comparison(), e(t)) },
		func() string {
			return fmt.Sprintf("(%s %s %s)", e(g.pickType(Int, Bigint, Numeric)), comparison(), e(g.pickType(Int, Bigint, Numeric, Float)))
		},
		func() string { return fmt.Sprintf("(%s %s %s)", e(Bool), g.pick("AND", "OR"), e(Bool)) },
		func() string { return fmt.Sprintf("(NOT %s)", e(Bool)) },
		func() string { return fmt.Sprintf("(%s IS %sNULL)", e(t), g.pick("", "NOT ")) },
		func() string {
			return fmt.Sprintf("(%s IS %s)", e(Bool), g.pick("TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "UNKNOWN", "NOT UNKNOWN"))
		},
		func() string { return fmt.Sprintf("(%s IS %sDISTINCT FROM %s)", e(t), g.pick("", "NOT "), e(t)) },
		func() string {
			return fmt.Sprintf("(%s %sBETWEEN %s%s AND %s)", e(t), g.pick("", "NOT "), g.pick("", "SYMMETRIC "), e(t), e(t))
		},
		func() string {
			return fmt.Sprintf("(%s %sIN (%s, %s, %s))", e(t), g.pick("", "NOT "), e(t), g.constant(t), g.orNull(t))
		},
		func() string {
			return fmt.Sprintf("(%s %s '%s')", e(Text), g.pick("LIKE", "NOT LIKE", "ILIKE", "~", "!~*"), g.pick("a%", "%b%", "_", "a_c", "%"))
		},
		func() string { return fmt.Sprintf("((%s, %s) %s (%s, %s))", e(t), e(Int), comparison(), e(t), e(Int)) },
		func() string { return fmt.Sprintf("(%s = ANY (%s))", e(Int), e(Ints)) },
		func() string {
			return fmt.Sprintf("(%s %s %s)", g.orColumn(Ints), g.pick("@>", "<@", "&&", "=", "<"), g.orColumn(Ints))
		},
		func() string { return g.subqueryCondition(e) },
		func() string { return g.subqueryCondition(e) },
	)
}

// subqueryCondition compares with the rows of a subquery.
func (g *Generator) subqueryCondition(e func(Type) string) string {
	t := g.ordinary()
	return g.oneOf(
		func() string { return fmt.Sprintf("%s(%s)", g.pick("EXISTS ", "NOT EXISTS "), g.innerQuery([]Type{t})) },
		func() string { return fmt.Sprintf("(%s %sIN (%s))", e(t), g.pick("", "NOT "), g.innerQuery([]Type{t})) },
		func() string {
			return fmt.Sprintf("(%s %s %s (%s))", e(t), g.pick("=", "<>", "<", ">="), g.pick("ANY", "ALL"), g.innerQuery([]Type{t}))
		},
		func() string {
			return fmt.Sprintf("((%s, %s) %sIN (%s))", e(t), e(Int), g.pick("", "NOT "), g.innerQuery([]Type{t, Int}))
		},
	)
}

// scalarSubquery has one row: an aggregate.
func (g *Generator) scalarSubquery(t Type) string {
	from := g.enter(1)
	defer g.leave()
	where := ""
	if g.IntN(4) > 0 {
		where = " WHERE " + g.expr(Bool, 2)
	}
	value := ""
	switch {
	case t == Bigint && g.IntN(2) == 0:
		value = g.pick("count(*)", "count("+g.expr(Int, 1)+")", "sum("+g.expr(Int, 1)+")")
	case t == Bool:
		value = fmt.Sprintf("%s(%s)", g.pick("bool_and", "bool_or"), g.expr(Bool, 1))
	case t == Ints:
		value = fmt.Sprintf("array_agg(%s ORDER BY 1)", "1")
	default:
		value = fmt.Sprintf("%s(%s)", g.pick("min", "max"), g.expr(t, 1))
	}
	return "(SELECT " + value + strings.Join([]string{" FROM ", from, where}, "") + ")"
}

// innerQuery is a subquery in an expression with columns of the types.
func (g *Generator) innerQuery(ts []Type) string {
	from := g.enter(1 + g.IntN(2))
	defer g.leave()
	items := make([]string, len(ts))
	for i, t := range ts {
		items[i] = g.expr(t, 1)
	}
	q := "SELECT " + g.pick("", "", "DISTINCT ") + strings.Join(items, ", ") + " FROM " + from
	if g.IntN(4) > 0 {
		q += " WHERE " + g.expr(Bool, 2)
	}
	return q
}
