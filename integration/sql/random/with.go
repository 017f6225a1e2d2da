package random

import (
	"fmt"
	"strings"
)

// with names a query that the one behind it reads twice.
func (g *Generator) with(ts []Type, depth int) string {
	name := g.alias()
	items := make([]string, len(ts))
	for i := range ts {
		items[i] = fmt.Sprintf("%s.c%d", g.pick("a", "b"), i+1)
	}
	list := strings.Join(items, ", ")
	q := fmt.Sprintf("WITH %s AS %s(%s) ", name, g.pick("", "", "MATERIALIZED ", "NOT MATERIALIZED "), g.query(ts, depth-2))
	switch g.IntN(3) {
	case 0:
		return q + fmt.Sprintf("SELECT %s FROM %s AS a %s JOIN %s AS b ON a.c1 = b.c1", list, name, g.pick("", "LEFT", "FULL"), name)
	case 1:
		return q + fmt.Sprintf("SELECT * FROM %s %s SELECT * FROM %s WHERE c1 IS NOT NULL", name, g.pick("UNION", "UNION ALL", "EXCEPT", "INTERSECT ALL"), name)
	}
	return q + fmt.Sprintf("SELECT * FROM %s AS a WHERE %s (SELECT 1 FROM %s AS b WHERE b.c1 %s a.c1)", name, g.pick("EXISTS", "NOT EXISTS"), name, g.pick("=", "<", ">"))
}

// recursive follows rows to others, a few steps far.
func (g *Generator) recursive(ts []Type) string {
	name := g.alias()
	columns, first := []string{"step", "at"}, []string{"1", "id"}
	next := []string{"w.step + 1", "n.id"}
	g.scopes = append(g.scopes, []column{{"r.id", Int}, {"r.i", Int}, {"r.t", Text}, {"r.n", Numeric}, {"r.d", Date}})
	var out []string
	for i, t := range ts {
		c := fmt.Sprintf("c%d", i+1)
		columns, out = append(columns, c), append(out, c)
		if t == Numeric { // one scale on both sides
			first, next = append(first, "r.n"), append(next, "w."+c)
			continue
		}
		first = append(first, g.expr(t, 1))
		next = append(next, g.pick("w."+c, fmt.Sprintf("coalesce(w.%s, %s)", c, g.constant(t))))
	}
	where := g.expr(Bool, 1)
	g.leave()
	return fmt.Sprintf("WITH RECURSIVE %s(%s) AS (SELECT %s FROM r WHERE %s %s SELECT %s FROM %s AS w JOIN s AS n ON n.r_id = w.at WHERE w.step < %s) SELECT %s FROM %s%s",
		name, strings.Join(columns, ", "), strings.Join(first, ", "), where, g.pick("UNION", "UNION ALL"), strings.Join(next, ", "), name, g.small(),
		strings.Join(out, ", "), name, g.pick("", " WHERE step > 1"))
}
