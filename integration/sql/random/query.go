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
	case g.IntN(3) == 0:
		return g.grouped(ts)
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
	return fmt.Sprintf("SELECT * FROM (SELECT %s FROM (%s) AS %s ORDER BY %s LIMIT %d OFFSET %d) AS %s", strings.Join(items, ", "),
		g.query(ts, depth-1), g.alias(), strings.Join(keys, ", "), g.IntN(8), g.IntN(3), g.alias())
}

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
			if !g.names(item) { // a number would be a column's place, and PostgreSQL 15 keeps constants in ROLLUP
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
		by := strings.Join(groups, ", ")
		if g.IntN(5) == 0 {
			by = g.pick("ROLLUP (", "CUBE (") + by + ")"
		}
		q += " GROUP BY " + by
	}
	if g.IntN(4) == 0 {
		q += fmt.Sprintf(" HAVING %s %s %s", g.aggregate(Bigint), g.pick(">", "<=", "<>"), g.constant(Int))
	}
	return q
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
		return g.pick("count(*)", "count("+distinct+g.expr(g.ordinary(), 1)+")", "sum("+distinct+g.expr(Int, 1)+")") + filter
	case t == Bool:
		return fmt.Sprintf("%s(%s)", g.pick("bool_and", "bool_or", "every"), g.expr(Bool, 1)) + filter
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

// windowed has window functions over one table, whose id tells all rows apart.
func (g *Generator) windowed(ts []Type) string {
	g.scopes = append(g.scopes, nil)
	defer g.leave()
	from := g.table()
	id := g.scopes[len(g.scopes)-1][0].name
	items := make([]string, len(ts))
	for i, t := range ts {
		over := ""
		if g.IntN(3) > 0 {
			over = "PARTITION BY " + g.expr(g.ordinary(), 1)
		}
		peers := g.expr(g.ordinary(), 1)
		over += " ORDER BY " + g.pick(id, peers+g.pick(" DESC", " NULLS FIRST", "")+", "+id, id+" DESC")
		frame := g.pick("", "", " ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING", " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING", " ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW",
			" GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW")
		call := ""
		switch {
		case t == Bigint:
			call = g.pick("row_number()", "rank()", "dense_rank()", "count(*)", "count("+g.expr(Int, 1)+")", "sum("+g.expr(Int, 1)+")")
		case g.IntN(3) == 0:
			call = fmt.Sprintf("%s(%s, %s)", g.pick("lag", "lead"), g.expr(t, 1), g.small())
			frame = ""
		case g.IntN(3) == 0:
			call = fmt.Sprintf("%s(%s)", g.pick("first_value", "last_value"), g.expr(t, 1))
		case t == Bool:
			call = fmt.Sprintf("%s(%s)", g.pick("bool_and", "bool_or"), g.expr(t, 1))
		default:
			call = fmt.Sprintf("%s(%s)", g.pick("min", "max"), g.expr(t, 1))
		}
		items[i] = fmt.Sprintf("%s OVER (%s%s) AS c%d", call, over, frame, i+1)
	}
	q := "SELECT " + strings.Join(items, ", ") + " FROM " + from
	if g.IntN(2) == 0 {
		q += " WHERE " + g.expr(Bool, 2)
	}
	return q
}

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
		if l.t == r.t && l.t != Ints {
			return l.name + " = " + r.name
		}
	}
	return "true = true"
}

// item is a table or a subquery of FROM, whose columns enter the scope.
func (g *Generator) item(lateral bool) string {
	own := len(g.scopes) - 1
	if len(g.scopes) > 2 || g.IntN(5) > 0 {
		return g.table()
	}
	alias := g.alias()
	ts := []Type{Int, g.ordinary(), g.ordinary()}
	scopes := g.scopes
	word := "LATERAL "
	if !lateral || g.IntN(2) == 0 {
		word, g.scopes = "", nil
	}
	q := g.query(ts, 0)
	g.scopes = scopes
	for i, t := range ts {
		g.scopes[own] = append(g.scopes[own], column{fmt.Sprintf("%s.c%d", alias, i+1), t})
	}
	return fmt.Sprintf("%s(%s) AS %s", word, q, alias)
}

func (g *Generator) table() string {
	own := len(g.scopes) - 1
	table, alias := g.pick("r", "r", "s", "s", "s", "e"), g.alias()
	for _, c := range columns[table] {
		g.scopes[own] = append(g.scopes[own], column{alias + "." + c.name, c.t})
	}
	return table + " AS " + alias
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
