package random

import (
	"fmt"
	"slices"
	"strings"
)

// grouped is an aggregation whose columns are groups and aggregates.
func (g *Generator) grouped(ts []Type) string {
	from := g.enter(1 + g.IntN(2))
	defer g.leave()
	var groups, items []string
	for i, t := range ts {
		item := ""
		if i == 0 || g.IntN(3) == 0 {
			if item = g.column(t); item == "" || g.IntN(3) == 0 {
				item = g.expr(t, 2)
			}
			if !g.names(item) { // a number would be a column's place
				item = g.aggregate(t)
			} else {
				groups = append(groups, item)
			}
		} else {
			item = g.aggregate(t)
		}
		items = append(items, fmt.Sprintf("%s AS c%d", item, i+1))
	}
	q := "SELECT " + strings.Join(items, ", ") + " FROM " + from
	if g.IntN(2) == 0 {
		q += " WHERE " + g.expr(Bool, 2)
	}
	if len(groups) > 0 {
		q += " GROUP BY " + g.sets(groups)
	}
	if g.IntN(4) == 0 {
		q += fmt.Sprintf(" HAVING %s %s %s", g.aggregate(Bigint), g.pick(">", "<=", "<>"), g.constant(Int))
	}
	return q
}

// sets are groups, or several sets of them if they are columns: PostgreSQL 15 keeps what it folds to a constant in all sets.
func (g *Generator) sets(groups []string) string {
	by := strings.Join(groups, ", ")
	if slices.ContainsFunc(groups, func(e string) bool { return strings.ContainsAny(e, "( ") }) {
		return by
	}
	switch g.IntN(12) {
	case 0:
		return "ROLLUP (" + by + ")"
	case 1:
		return "CUBE (" + by + ")"
	case 2:
		return "GROUPING SETS ((" + by + "), (" + g.pick(groups...) + "), ())"
	case 3:
		return "GROUPING SETS (ROLLUP (" + by + "), " + g.pick(groups...) + ")"
	case 4:
		return g.pick("DISTINCT ", "") + g.pick(groups...) + ", ROLLUP (" + by + ")"
	}
	return by
}

// aggregate is a call of an aggregate that gives a type.
func (g *Generator) aggregate(t Type) string {
	filter := ""
	if g.IntN(4) == 0 {
		filter = " FILTER (WHERE " + g.expr(Bool, 1) + ")"
	}
	distinct := g.pick("", "", "DISTINCT ")
	switch {
	case t == Bigint:
		return g.pick("count(*)", "count("+distinct+g.expr(g.ordinary(), 1)+")", "sum("+distinct+g.expr(Int, 1)+")", "count(*)") + filter
	case t == Bool:
		return fmt.Sprintf("%s(%s)", g.pick("bool_and", "bool_or", "every"), g.expr(Bool, 1)) + filter
	case t == Int && g.IntN(3) == 0:
		return fmt.Sprintf("%s(%s)", g.pick("bit_and", "bit_or", "bit_xor"), g.expr(Int, 1)) + filter
	case t == Numeric && g.IntN(4) == 0:
		return fmt.Sprintf("%s WITHIN GROUP (ORDER BY %s)", g.pick("percentile_disc(0.5)", "percentile_disc(0)"), g.expr(Numeric, 1)) + filter
	case t == Float && g.IntN(4) == 0:
		return fmt.Sprintf("percentile_cont(%s) WITHIN GROUP (ORDER BY %s)", g.pick("0.5", "0.25", "1"), g.expr(Int, 1)) + filter
	case t == Bigint && g.IntN(6) == 0:
		return fmt.Sprintf("%s(%s) WITHIN GROUP (ORDER BY %s)", g.pick("rank", "dense_rank"), g.constant(Int), g.expr(Int, 1)) + filter
	case t == Float && g.IntN(5) == 0:
		return fmt.Sprintf("round((%s(%s%s)", g.pick("stddev_pop", "var_pop", "stddev", "variance"), distinct, g.expr(g.pickType(Int, Numeric), 1)) + filter + ")::numeric, 6)::double precision"
	case t == Float && g.IntN(6) == 0:
		return fmt.Sprintf("round((%s(%s, %s)", g.pick("regr_count", "regr_avgx", "covar_pop"), g.expr(Int, 1), g.expr(Int, 1)) + filter + ")::numeric, 6)::double precision"
	case t == Text && g.IntN(8) == 0:
		return fmt.Sprintf("(%s)::text", g.arrayAgg(g.pickType(Ints, Texts)))
	case t == Text && g.IntN(12) == 0:
		item := g.expr(g.pickType(Int, Text, Bool), 1)
		return fmt.Sprintf("(jsonb_agg(%s ORDER BY %s))::text", item, item)
	case t == Text && g.IntN(2) == 0:
		return g.stringAgg() + filter
	case t == Numeric && g.IntN(2) == 0:
		return fmt.Sprintf("%s(%s%s)", g.pick("sum", "avg"), distinct, g.expr(Numeric, 1)) + filter
	case t == Float && g.IntN(2) == 0:
		return fmt.Sprintf("sum(%s)", g.expr(Float, 1)) + filter
	}
	return fmt.Sprintf("%s(%s)", g.pick("min", "max"), g.expr(t, 2)) + filter
}

func (g *Generator) stringAgg() string {
	e := g.expr(Text, 1)
	return fmt.Sprintf("string_agg(%s%s, ',' ORDER BY %s%s)", g.pick("", "DISTINCT "), e, e, g.pick("", " DESC"))
}

// names tells whether an expression has a column of the query itself in it.
func (g *Generator) names(e string) bool {
	for _, c := range g.scopes[len(g.scopes)-1] {
		if strings.Contains(e, c.name) {
			return true
		}
	}
	return false
}
