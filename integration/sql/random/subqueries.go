package random

import (
	"fmt"
	"strings"
)

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
	value := g.aggregateOf(t)
	for range 5 { // an aggregate of nothing but columns around the subquery is one of the query around
		if g.names(value) || g.IntN(20) == 0 {
			break
		}
		value = g.aggregateOf(t)
	}
	if !g.names(value) {
		where += " LIMIT 1" // of which it then has the subquery's rows
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

// aggregateOf is an aggregate that may stand in any subquery.
func (g *Generator) aggregateOf(t Type) string {
	switch {
	case t == Bigint && g.IntN(2) == 0:
		return g.pick("count(*)", "count("+g.expr(Int, 1)+")", "sum("+g.expr(Int, 1)+")")
	case t == Bool:
		return fmt.Sprintf("%s(%s)", g.pick("bool_and", "bool_or"), g.expr(Bool, 1))
	case t == Ints || t == Texts:
		return g.arrayAgg(t)
	case t == Json:
		return "to_jsonb(max(" + g.expr(Int, 1) + "))"
	}
	return fmt.Sprintf("%s(%s)", g.pick("min", "max"), g.expr(t, 1))
}
