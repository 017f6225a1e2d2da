package bind

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// A target is the table whose rows a statement changes. Its rows are told apart by their addresses, which no expression sees.
type target struct {
	*table
	alias   string
	scope   *scope
	fields  []arrow.Field
	scan    *plan.Scan
	address plan.Column
}

// target binds the table of a DELETE or UPDATE.
func (s *binding) target(n *pg.RangeVar, verb string) (*target, error) {
	t, err := s.table(n)
	if err != nil {
		return nil, err
	}
	if err := s.mustBeTable(t, verb, s.pos(n.Location)); err != nil {
		return nil, err
	}
	out := &target{table: t, alias: t.name.Table, fields: t.snapshot.Schema().Fields()}
	schema := t.name.Schema
	if n.Alias != nil {
		out.alias, schema = n.Alias.Aliasname, ""
	}
	out.scan = s.scan(t, out.alias)
	out.scope = newScope(schema, out.alias, out.scan.Columns())
	out.address = s.newColumn(catalog.AddressColumn, arrow.PrimitiveTypes.Int64, false)
	out.scan.Address = &out.address
	return out, nil
}

func (s *binding) mustBeTable(t *table, verb string, pos ast.Pos) error {
	if t.Kind() == "TABLE" {
		return nil
	}
	return fault(pos, "42809", "cannot %s %q: it is a %s", verb, t.name, strings.ToLower(t.Kind()))
}

// matched are the target's rows that fulfill a condition together with rows of other FROM items, and all that may be named
// then, the target's columns first.
func (s *binding) matched(t *target, items []*pg.Node, where *pg.Node, e env) (plan.Node, *scope, error) {
	var node plan.Node = t.scan
	sc := t.scope
	if len(items) > 0 {
		others, right, err := s.from(items, e)
		if err != nil {
			return nil, nil, err
		}
		if err := s.newTables(t.scope, right, items[0]); err != nil {
			return nil, nil, err
		}
		node = &plan.Join{Kind: plan.Inner, Left: node, Right: others}
		sc = merge(sc, right)
	}
	if where == nil {
		return node, sc, nil
	}
	if n := where.GetCurrentOfExpr(); n != nil {
		return nil, nil, missing(s.where(where), "WHERE CURRENT OF", "there are no cursors: name the rows by a condition")
	}
	cond, err := s.condition(&exprs{clause: "WHERE", scope: within(sc, e), env: e}, where)
	if err != nil {
		return nil, nil, err
	}
	return &plan.Filter{Input: node, Cond: cond}, sc, nil
}

// write is the plan of a change: the rows that it is of, and what of them is to be returned. first are the columns of rows that
// the change itself needs.
func (s *binding) write(w *plan.Write, rows plan.Node, first []plan.Column, returning []*pg.Node, sc *scope, e env) (plan.Node, error) {
	w.Count = s.newColumn("count", arrow.PrimitiveTypes.Int64, false)
	items := refs(first)
	if len(returning) > 0 {
		out, err := s.returning(returning, sc, e)
		if err != nil {
			return nil, err
		}
		for _, item := range out {
			w.Returning = append(w.Returning, item.Column)
		}
		items = append(items, out...)
	}
	w.Input = &plan.Project{Input: rows, Items: items}
	return w, nil
}

// returning binds the list of RETURNING.
func (s *binding) returning(list []*pg.Node, sc *scope, e env) ([]plan.Item, error) {
	q := &selection{scope: within(sc, e), env: e}
	if err := q.selectList(s, &pg.SelectStmt{TargetList: list}); err != nil {
		return nil, err
	}
	pos := s.where(list[0].GetResTarget().GetVal())
	if q.groups.used() {
		return nil, fault(pos, "42803", "aggregate functions are not allowed in RETURNING")
	}
	if len(q.unnest) > 0 {
		return nil, hint(fault(pos, "0A000", "set-returning functions are not allowed in RETURNING"), "return the list, and unnest it afterwards")
	}
	for i, item := range q.items {
		value := s.known(item.Expr)
		c := s.newColumn(item.Name, value.Type(), value.Nullable())
		c.Comment = item.Comment
		q.items[i] = plan.Item{Column: c, Expr: value}
	}
	return q.items, nil
}

// assign casts a value to the type of the column that is to hold it.
func (s *binding) assign(value plan.Expr, to arrow.Field) (plan.Expr, error) {
	out, err := s.coerce(value, to.Type, udf.Assignment)
	e, ok := err.(*ast.Error)
	if !ok || e.State != "42804" || isUnknown(value) {
		return out, err
	}
	e.Msg = "column \"" + to.Name + "\" is of type " + udf.TypeName(to.Type) + " but expression is of type " + udf.TypeName(value.Type())
	if udf.CanCast(value.Type(), to.Type, udf.Explicit) {
		e.Hint = "you will need to rewrite or cast the expression"
	}
	return nil, e
}
