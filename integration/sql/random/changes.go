package random

import (
	"fmt"
	"strings"
)

// Change is a statement that changes the table u and answers with the rows that it wrote.
func (g *Generator) Change() string {
	g.scopes, g.aliases = nil, 0
	of := columns["u"]
	scope := make([]column, len(of))
	for i, c := range of {
		scope[i] = column{"u." + c.name, c.t}
	}
	switch g.IntN(6) {
	case 0:
		return fmt.Sprintf("INSERT INTO u (id, t, i) VALUES (%s, %s, DEFAULT), (%s, %s, %s) RETURNING *", g.constant(Int), g.orNull(Text), g.constant(Int), g.constant(Text), g.orNull(Int))
	case 1:
		ts := []Type{Int, Numeric, Date}
		return fmt.Sprintf("INSERT INTO u (i, n, d) SELECT c1, mod(c2, 1000), c3 FROM (%s) AS x ORDER BY c1, c2, c3 LIMIT 5 RETURNING *, i %% 2 = 0", g.query(ts, 0))
	case 2:
		g.scopes = append(g.scopes, scope)
		defer g.leave()
		return fmt.Sprintf("DELETE FROM u WHERE id %% 3 = %s AND %s RETURNING id, t, %s", g.pick("0", "1", "2"), g.expr(Bool, 2), g.expr(Text, 1))
	case 3:
		g.scopes = append(g.scopes, append(scope, column{"x.id", Int}, column{"x.i", Int}, column{"x.t", Text}, column{"x.n", Numeric}))
		defer g.leave()
		return fmt.Sprintf("UPDATE u SET i = x.i, t = %s FROM (SELECT id, min(i) AS i, max(t) AS t, sum(n) AS n FROM s GROUP BY id) AS x WHERE x.id = u.%s AND %s RETURNING u.*, x.n",
			g.expr(Text, 2), g.pick("id", "i"), g.expr(Bool, 1))
	}
	g.scopes = append(g.scopes, scope)
	defer g.leave()
	var sets []string
	for _, c := range of[1:] {
		if g.IntN(3) > 0 {
			continue
		}
		value := g.pick("DEFAULT", g.expr(c.t, 2), g.expr(c.t, 2))
		if c.t == Numeric && value != "DEFAULT" { // one that fits
			value = "mod(" + value + ", 1000)"
		}
		sets = append(sets, c.name+" = "+value)
	}
	sets = append(sets, "id = id + 1")
	return fmt.Sprintf("UPDATE u SET %s WHERE %s RETURNING *", strings.Join(sets, ", "), g.expr(Bool, 2))
}
