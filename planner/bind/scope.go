package bind

import (
	"strings"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// A scope holds the columns that expressions may name: those of one FROM clause.
type scope struct {
	entries []entry
	tables  []string // aliases, in order, those without columns too
	outer   *scope   // of the query around this one, or of what stands left of a LATERAL item
	place   *exprs   // where the subquery stands that sees this scope as an outer one; nil in FROM
}

// An entry is a column in a scope.
type entry struct {
	schema string // of a table that is not renamed
	table  string // alias
	name   string
	expr   plan.Expr // a *plan.Ref, or what USING merged
	// joined: USING or NATURAL merged it with a column of the other side; only its table's name reaches it.
	joined bool
	// alone: the column of a function with one column that has a name of its own. The function's name, or its alias, means it too.
	alone bool
	// optional: the column is of a side of an outer join that may be missing.
	optional bool
}

// newScope has all columns of one relation.
func newScope(schema, table string, cols []plan.Column) *scope {
	sc := &scope{tables: []string{table}}
	for _, c := range cols {
		sc.entries = append(sc.entries, entry{schema: schema, table: table, name: c.Name, expr: &plan.Ref{Column: c, At: -1}})
	}
	return sc
}

// matches are the entries that a condition on names finds: exactly, or letter case aside if nothing matches exactly.
func (sc *scope) matches(found func(e entry, fold bool) bool) []entry {
	for _, fold := range folds {
		var out []entry
		for _, e := range sc.entries {
			if found(e, fold) {
				out = append(out, e)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// column finds an unqualified name.
func (sc *scope) column(name ident) []entry {
	found := sc.matches(func(e entry, fold bool) bool { return !e.joined && name.is(e.name, fold) })
	if found == nil {
		found = sc.matches(func(e entry, fold bool) bool { return e.alone && name.is(e.table, fold) })
	}
	return found
}

// qualified finds a table's column. The schema may be empty.
func (sc *scope) qualified(schema, table, name ident) []entry {
	return sc.matches(func(e entry, fold bool) bool {
		return table.is(e.table, fold) && name.is(e.name, fold) && (schema.name == "" || schema.is(e.schema, fold))
	})
}

// has tells whether a table of that name is in the scope.
func (sc *scope) has(table string) bool {
	for _, t := range sc.tables {
		if strings.EqualFold(t, table) {
			return true
		}
	}
	return false
}

// of are the visible columns of a table, of all tables where it is empty.
func (sc *scope) of(schema, table ident) []entry {
	if table.name == "" {
		return sc.matches(func(e entry, _ bool) bool { return !e.joined })
	}
	return sc.matches(func(e entry, fold bool) bool {
		return table.is(e.table, fold) && (schema.name == "" || schema.is(e.schema, fold))
	})
}

// names are those that a misspelled column may have meant.
func (sc *scope) names(table string) []string {
	var names []string
	for _, e := range sc.entries {
		if table == "" || strings.EqualFold(e.table, table) {
			names = append(names, e.name)
		}
	}
	return names
}

// pick turns what a name found into an expression: one match, or an error with what to try.
func (sc *scope) pick(found []entry, name string, at ast.Pos) (plan.Expr, error) {
	if len(found) == 1 {
		return placed(found[0].expr, at), nil
	}
	e := fault(at, "42702", "column reference %q is ambiguous", name)
	first := found[0]
	for _, other := range found[1:] {
		if other.name != first.name {
			return nil, hint(e, "write the name in double quotes: %q or %q", first.name, other.name)
		}
	}
	if found[1].table == first.table {
		return nil, hint(e, "give the columns names of their own: %s(a, b, ...)", first.table)
	}
	return nil, hint(e, `write the table too: %s.%s or %s.%s`, found[0].table, first.name, found[1].table, first.name)
}

// placed is a column's expression standing at a place.
func placed(e plan.Expr, at ast.Pos) plan.Expr {
	if ref, ok := e.(*plan.Ref); ok {
		return &plan.Ref{Column: ref.Column, At: at}
	}
	return e
}

// within is a scope inside the query around it.
func within(sc *scope, e env) *scope {
	return &scope{entries: sc.entries, tables: sc.tables, outer: e.outer}
}

// isOuter tells columns of the queries around.
func (sc *scope) isOuter(id int) bool {
	if sc == nil {
		return false
	}
	for outer := sc.outer; outer != nil; outer = outer.outer {
		if outer.measured(id) {
			return true
		}
		for _, e := range outer.entries {
			if ref, ok := e.expr.(*plan.Ref); ok && ref.ID == id {
				return true
			}
		}
	}
	return false
}

// measured tells columns of aggregates that are computed where a subquery stands.
func (sc *scope) measured(id int) bool {
	return sc.place != nil && sc.place.groups != nil && sc.place.groups.measured(id)
}

// merge puts two scopes side by side.
func merge(a, b *scope) *scope {
	return &scope{entries: append(a.entries[:len(a.entries):len(a.entries)], b.entries...),
		tables: append(a.tables[:len(a.tables):len(a.tables)], b.tables...), outer: a.outer}
}
