package random

import (
	"fmt"
	"strings"
)

// enter begins a query: its FROM clause of several items.
func (g *Generator) enter(items int) string {
	g.scopes = append(g.scopes, nil)
	from := g.item(false)
	for range items - 1 {
		own := len(g.scopes) - 1
		before := g.scopes[own]
		kind := g.pick(" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " JOIN ", " LEFT JOIN ", " CROSS JOIN ")
		right := g.item(kind != " RIGHT JOIN " && kind != " FULL JOIN ")
		after := g.scopes[own][len(before):]
		from += kind + right
		switch kind {
		case " CROSS JOIN ":
			continue
		case " FULL JOIN ": // PostgreSQL wants an equality there
			from += " ON " + equality(g, before, after)
			continue
		}
		on := equality(g, before, after)
		if g.IntN(3) == 0 {
			on += g.pick(" AND ", " AND ", " OR ") + g.expr(Bool, 1)
		}
		from += " ON " + on
	}
	return from
}

func (g *Generator) leave() { g.scopes = g.scopes[:len(g.scopes)-1] }

// equality compares a column of one side with one of the other.
func equality(g *Generator, left, right []column) string {
	for range 20 {
		l, r := left[g.IntN(len(left))], right[g.IntN(len(right))]
		if l.t == r.t && l.t < Ints {
			return l.name + " = " + r.name
		}
	}
	return "true = true"
}

// item is a table or a subquery of FROM, whose columns enter the scope.
func (g *Generator) item(lateral bool) string {
	own := len(g.scopes) - 1
	switch n := g.IntN(20); {
	case len(g.scopes) > 2 || n > 6:
		return g.table()
	case n == 0:
		return g.series(lateral)
	case n == 1:
		return g.values()
	case n == 2:
		return g.merged()
	case n == 3 && g.IntN(2) == 0:
		return g.spread()
	}
	alias := g.alias()
	ts := []Type{Int, g.ordinary(), g.ordinary()}
	scopes := g.scopes
	word := "LATERAL "
	if !lateral || g.IntN(2) == 0 {
		word, g.scopes = "", nil
	}
	q := g.query(ts, 0)
	if word != "" && g.IntN(3) == 0 {
		q = fmt.Sprintf("SELECT * FROM (%s) AS %s ORDER BY 1, 2, 3 LIMIT %s", q, g.alias(), g.small())
	}
	g.scopes = scopes
	for i, t := range ts {
		g.scopes[own] = append(g.scopes[own], column{fmt.Sprintf("%s.c%d", alias, i+1), t})
	}
	return fmt.Sprintf("%s(%s) AS %s", word, q, alias)
}

func (g *Generator) table() string {
	own := len(g.scopes) - 1
	table, alias := g.pick("r", "r", "r", "s", "s", "s", "u", "e"), g.alias()
	for _, c := range columns[table] {
		g.scopes[own] = append(g.scopes[own], column{alias + "." + c.name, c.t})
	}
	return table + " AS " + alias
}

// series is a function that answers with rows.
func (g *Generator) series(lateral bool) string {
	own := len(g.scopes) - 1
	alias := g.alias()
	scopes := g.scopes
	if !lateral {
		g.scopes = nil
	}
	of, call, ordinality := Int, "", ""
	switch g.IntN(4) {
	case 0:
		call = fmt.Sprintf("generate_series(%s, %s)", g.small(), g.pick("3", "4", g.orColumn(Int)))
	case 1:
		of, call = Timestamp, "generate_series(TIMESTAMP '2024-01-01', '2024-01-03', '7 hours')"
	case 2:
		of, call = Text, "unnest("+g.orColumn(Texts)+")"
	default:
		call = "unnest(" + g.orColumn(Ints) + ")"
	}
	g.scopes = scopes
	names := alias + "(c1)"
	g.scopes[own] = append(g.scopes[own], column{alias + ".c1", of})
	if g.IntN(3) == 0 {
		ordinality, names = " WITH ORDINALITY", alias+"(c1, c2)"
		g.scopes[own] = append(g.scopes[own], column{alias + ".c2", Bigint})
	}
	return call + ordinality + " AS " + names
}

// values are rows of constants.
func (g *Generator) values() string {
	own := len(g.scopes) - 1
	alias := g.alias()
	ts := []Type{Int, Text, Numeric, Date}
	rows := make([]string, 1+g.IntN(4))
	for i := range rows {
		cells := make([]string, len(ts))
		for k, t := range ts {
			cells[k] = g.constant(t)
			if i > 0 {
				cells[k] = g.orNull(t)
			}
		}
		rows[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	for i, t := range ts {
		g.scopes[own] = append(g.scopes[own], column{fmt.Sprintf("%s.c%d", alias, i+1), t})
	}
	return fmt.Sprintf("(VALUES %s) AS %s(c1, c2, c3, c4)", strings.Join(rows, ", "), alias)
}

// merged is a join by columns of one name, USING or NATURAL.
func (g *Generator) merged() string {
	own := len(g.scopes) - 1
	alias, l, r := g.alias(), g.alias(), g.alias()
	ts := []Type{Int, Text, Int, Date}
	for i, t := range ts {
		g.scopes[own] = append(g.scopes[own], column{fmt.Sprintf("%s.c%d", alias, i+1), t})
	}
	kind := g.pick("", "LEFT ", "RIGHT ", "FULL ")
	if g.IntN(3) == 0 {
		return fmt.Sprintf("(SELECT id, t, i, d FROM (SELECT id, t FROM r) AS %s NATURAL %sJOIN (SELECT id, t, i, d FROM s) AS %s) AS %s(c1, c2, c3, c4)", l, kind, r, alias)
	}
	return fmt.Sprintf("(SELECT %s, %s.t, i, %s.d FROM r AS %s %sJOIN s AS %s USING (%s)) AS %s(c1, c2, c3, c4)", g.pick("id", l+".id", r+".id"), l, r, l, kind, r, g.pick("i, id", "id, i"), alias)
}

// spread has functions that answer with rows in its select list, side by side.
func (g *Generator) spread() string {
	own := len(g.scopes) - 1
	alias, of := g.alias(), g.alias()
	for i, t := range []Type{Int, Int, Int, Text} {
		g.scopes[own] = append(g.scopes[own], column{fmt.Sprintf("%s.c%d", alias, i+1), t})
	}
	return fmt.Sprintf("(SELECT %s.id, unnest(%s.a), generate_series(1, %s), unnest(%s.w) FROM s AS %s) AS %s(c1, c2, c3, c4)", of, of, g.small(), of, of, alias)
}
