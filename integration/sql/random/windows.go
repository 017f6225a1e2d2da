package random

import (
	"fmt"
	"strings"
)

// windowed has window functions over the rows of a query.
func (g *Generator) windowed(ts []Type) string {
	from, id := "", ""
	if g.IntN(3) > 0 { // of one table, whose id tells all rows apart, but for that of the table that changes
		g.scopes = append(g.scopes, nil)
		if from = g.table(); from[0] != 'u' {
			id = g.scopes[len(g.scopes)-1][0].name
		}
	} else {
		from = g.enter(2)
	}
	defer g.leave()
	items := make([]string, len(ts))
	for i, t := range ts {
		call := ""
		if id != "" && g.IntN(3) > 0 {
			call = g.windowOfRows(t, id)
		} else {
			call = g.windowOfPeers(t)
		}
		items[i] = fmt.Sprintf("%s AS c%d", call, i+1)
	}
	q := "SELECT " + strings.Join(items, ", ") + " FROM " + from
	if g.IntN(2) == 0 {
		q += " WHERE " + g.expr(Bool, 2)
	}
	return q
}

// namedWindows has windows with names, which others build on.
func (g *Generator) namedWindows(ts []Type) string {
	g.scopes = append(g.scopes, nil)
	defer g.leave()
	from := g.table()
	items := make([]string, len(ts))
	for i, t := range ts {
		call, filter := g.windowAggregate(t)
		over := g.pick("w", "o", "(w)", "(o RANGE UNBOUNDED PRECEDING)", "(o GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING)", "(w ORDER BY "+g.expr(g.ordinary(), 1)+")")
		items[i] = fmt.Sprintf("%s%s OVER %s AS c%d", call, filter, over, i+1)
	}
	return fmt.Sprintf("SELECT %s FROM %s WINDOW w AS (PARTITION BY %s), o AS (w ORDER BY %s%s)", strings.Join(items, ", "), from,
		g.expr(g.ordinary(), 1), g.expr(g.ordinary(), 1), g.pick("", " DESC"))
}

func (g *Generator) partition() string {
	if g.IntN(3) == 0 {
		return ""
	}
	return "PARTITION BY " + g.expr(g.ordinary(), 1)
}

// windowOfRows is a window in which no two rows tie.
func (g *Generator) windowOfRows(t Type, id string) string {
	over := g.partition()
	peers := g.expr(g.ordinary(), 1)
	over += " ORDER BY " + g.pick(id, peers+g.pick(" DESC", " NULLS FIRST", "")+", "+id, id+" DESC")
	frame := g.pick("", "", " ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING", " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING", " ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW",
		" ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING", " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW")
	call, filter := "", ""
	switch n := g.IntN(6); {
	case t == Bigint:
		call = g.pick("row_number()", "rank()", "dense_rank()", "count(*)", "count("+g.expr(Int, 1)+")", "sum("+g.expr(Int, 1)+")")
	case t == Int && n == 0:
		call, frame = "ntile("+g.small()+")", ""
	case n < 2:
		call = fmt.Sprintf("%s(%s, %s%s)", g.pick("lag", "lead"), g.expr(t, 1), g.pick("0", "1", "2"), g.pick("", ", "+g.constant(t)))
		frame = ""
	case n < 4:
		call = fmt.Sprintf("%s(%s%s)", g.pick("first_value", "last_value"), g.expr(t, 1), "")
		if g.IntN(3) == 0 {
			call = fmt.Sprintf("nth_value(%s, %s)", g.expr(t, 1), g.small())
		}
	case t == Text && n == 4:
		call = "string_agg(" + g.expr(Text, 1) + ", '/')"
	default:
		call, filter = g.windowAggregate(t)
	}
	return fmt.Sprintf("%s%s OVER (%s%s)", call, filter, over, frame)
}

// windowOfPeers is a window whose answer does not depend on the order of rows that tie.
func (g *Generator) windowOfPeers(t Type) string {
	over, frame := g.partition(), ""
	switch of := g.ordinary(); g.IntN(4) {
	case 0:
	case 1: // an order of values that may be added to
		key := g.pickType(Int, Numeric, Date, Timestamp, Bigint)
		start, end := g.pick("0", "1", "2"), g.pick("0", "1", "3")
		if key == Date || key == Timestamp {
			start, end = g.pick("INTERVAL '1 day'", "INTERVAL '1 month'"), g.pick("INTERVAL '0'", "INTERVAL '36 hours'")
		}
		over += " ORDER BY " + g.expr(key, 1) + g.pick("", " DESC", " NULLS FIRST")
		frame = fmt.Sprintf(" RANGE BETWEEN %s AND %s", g.pick("UNBOUNDED PRECEDING", start+" PRECEDING", start+" FOLLOWING", "CURRENT ROW"), g.pick(end+" FOLLOWING", "UNBOUNDED FOLLOWING"))
		if strings.Contains(frame, start+" FOLLOWING AND "+end) {
			frame = " RANGE BETWEEN " + start + " PRECEDING AND CURRENT ROW"
		}
	default:
		over += " ORDER BY " + g.expr(of, 1) + g.pick("", " DESC", " NULLS FIRST")
		frame = g.pick("", "", " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", " RANGE UNBOUNDED PRECEDING EXCLUDE GROUP",
			" GROUPS 2 PRECEDING EXCLUDE GROUP")
	}
	call, filter := "", ""
	switch n := g.IntN(3); {
	case t == Bigint && n > 0:
		call = g.pick("rank()", "dense_rank()", "count(*)", "sum("+g.expr(Int, 1)+")")
	case t == Float && n > 0:
		call = g.pick("percent_rank()", "cume_dist()")
	default:
		call, filter = g.windowAggregate(t)
	}
	return fmt.Sprintf("%s%s OVER (%s%s)", call, filter, over, frame)
}

func (g *Generator) windowAggregate(t Type) (call, filter string) {
	if g.IntN(4) == 0 {
		filter = " FILTER (WHERE " + g.expr(Bool, 1) + ")"
	}
	switch {
	case t == Bool:
		return fmt.Sprintf("%s(%s)", g.pick("bool_and", "bool_or"), g.expr(t, 1)), filter
	case t == Numeric:
		return fmt.Sprintf("%s(%s)", g.pick("sum", "avg", "min", "max"), g.expr(t, 1)), filter
	case t == Bigint:
		return fmt.Sprintf("count(%s)", g.expr(Int, 1)), filter
	}
	return fmt.Sprintf("%s(%s)", g.pick("min", "max"), g.expr(t, 1)), filter
}
