package random

import (
	"fmt"
	"strings"
)

// Query is a query whose rows may come in any order.
func (g *Generator) Query() string {
	g.scopes, g.aliases = nil, 0
	ts := make([]Type, 1+g.IntN(3))
	for i := range ts {
		ts[i] = g.ordinary()
	}
	return g.query(ts, 2)
}

// query is a query with columns of the types, named c1, c2 ...
func (g *Generator) query(ts []Type, depth int) string {
	switch {
	case depth > 0 && g.IntN(6) == 0:
		return fmt.Sprintf("(%s) %s %s(%s)", g.query(ts, depth-1), g.pick("UNION", "INTERSECT", "EXCEPT"), g.pick("", "ALL "), g.query(ts, depth-1))
	case depth > 0 && g.IntN(8) == 0:
		return g.firstRows(ts, depth)
	case depth > 0 && g.IntN(16) == 0:
		return g.firstOfEach(ts, depth)
	case depth > 1 && g.IntN(12) == 0:
		return g.with(ts, depth)
	case depth > 1 && g.IntN(20) == 0:
		return g.recursive(ts)
	case g.IntN(3) == 0:
		return g.grouped(ts)
	case g.IntN(24) == 0:
		return g.namedWindows(ts)
	case g.IntN(4) == 0:
		return g.windowed(ts)
	}
	from := g.enter(1 + g.IntN(3))
	defer g.leave()
	items := make([]string, len(ts))
	for i, t := range ts {
		items[i] = fmt.Sprintf("%s AS c%d", g.expr(t, 3), i+1)
	}
	q := "SELECT " + g.pick("", "", "DISTINCT ") + strings.Join(items, ", ") + " FROM " + from
	if g.IntN(3) > 0 {
		q += " WHERE " + g.expr(Bool, 3)
	}
	return q
}

// firstRows is a limit over an order of all columns.
func (g *Generator) firstRows(ts []Type, depth int) string {
	keys := make([]string, len(ts))
	items := make([]string, len(ts))
	for i := range ts {
		items[i] = fmt.Sprintf("c%d", i+1)
		keys[i] = items[i] + g.pick("", " DESC", " NULLS FIRST", " DESC NULLS LAST")
	}
	if g.IntN(4) == 0 { // those that tie with the last one are all there
		return fmt.Sprintf("SELECT * FROM (SELECT %s FROM (%s) AS %s ORDER BY %s FETCH FIRST %d ROWS WITH TIES) AS %s", strings.Join(items, ", "),
			g.query(ts, depth-1), g.alias(), g.pick(keys...), 1+g.IntN(4), g.alias())
	}
	return fmt.Sprintf("SELECT * FROM (SELECT %s FROM (%s) AS %s ORDER BY %s LIMIT %d OFFSET %d) AS %s", strings.Join(items, ", "),
		g.query(ts, depth-1), g.alias(), strings.Join(keys, ", "), g.IntN(8), g.IntN(3), g.alias())
}

// firstOfEach is DISTINCT ON by an order of all columns.
func (g *Generator) firstOfEach(ts []Type, depth int) string {
	keys := make([]string, len(ts))
	for i := range ts {
		keys[i] = fmt.Sprintf("c%d", i+1) + g.pick("", " DESC", " NULLS FIRST")
	}
	return fmt.Sprintf("SELECT * FROM (SELECT DISTINCT ON (c1) * FROM (%s) AS %s ORDER BY %s) AS %s", g.query(ts, depth-1), g.alias(), strings.Join(keys, ", "), g.alias())
}
