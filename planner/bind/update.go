package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// update binds UPDATE: the rows that match, then the same rows with the columns that SET assigns to.
func (s *binding) update(n *pg.UpdateStmt) (*Statement, error) {
	e, err := s.with(n.WithClause, env{})
	if err != nil {
		return nil, err
	}
	t, err := s.target(n.Relation, "update")
	if err != nil {
		return nil, err
	}
	rows, sc, err := s.matched(t, n.FromClause, n.WhereClause, e)
	if err != nil {
		return nil, err
	}
	set := &assignments{binding: s, target: t, node: rows, scope: within(sc, e), env: e, values: map[int]plan.Expr{}}
	for _, node := range n.TargetList {
		if err := set.add(node.GetResTarget()); err != nil {
			return nil, err
		}
	}
	updated, columns, sc := set.updated(sc)
	w := &plan.Write{Kind: plan.Update, Table: t.name, Target: t.snapshot.Schema(), Snapshot: t.snapshot.ID()}
	node, err := s.write(w, updated, columns, n.ReturningList, sc, e)
	if err != nil {
		return nil, err
	}
	return &Statement{Tag: "UPDATE", Plan: node}, nil
}

// assignments are the SET clause of an UPDATE while it is read.
type assignments struct {
	*binding
	target *target
	node   plan.Node // the rows, with the columns that values refer to
	scope  *scope
	env    env
	values map[int]plan.Expr // by the number of the table's column
	row    []plan.Column     // of the subquery that SET (a, b) = (subquery) is reading
}

// add reads one column's assignment.
func (a *assignments) add(n *pg.ResTarget) error {
	pos := a.pos(n.Location)
	if len(n.Indirection) > 0 {
		return missing(pos, "assigning to a part of a column", "assign the whole value")
	}
	at, err := fieldNamed(a.target.fields, a.idents([]string{n.Name}, n.Location)[0], pos)
	if err != nil {
		return err
	}
	field := a.target.fields[at]
	if _, twice := a.values[at]; twice {
		return fault(pos, "42601", "multiple assignments to same column %q", field.Name)
	}
	value, err := a.value(n.Val, field)
	if err != nil {
		return err
	}
	a.values[at], err = a.assign(value, field)
	return err
}

func (a *assignments) value(n *pg.Node, field arrow.Field) (plan.Expr, error) {
	switch v := n.GetNode().(type) {
	case *pg.Node_SetToDefault:
		return a.columnDefault(field, a.pos(v.SetToDefault.Location))
	case *pg.Node_MultiAssignRef:
		return a.part(v.MultiAssignRef, field)
	}
	return a.expr(&exprs{clause: "UPDATE", scope: a.scope, env: a.env}, n)
}

// part is one value of SET (a, b) = (1, 2), or of SET (a, b) = (subquery).
func (a *assignments) part(n *pg.MultiAssignRef, field arrow.Field) (plan.Expr, error) {
	pos := a.where(n.Source)
	if row := n.Source.GetRowExpr(); row != nil {
		if len(row.Args) != int(n.Ncolumns) {
			return nil, fault(pos, "42601", "number of columns does not match number of values")
		}
		return a.value(row.Args[n.Colno-1], field)
	}
	link := n.Source.GetSubLink()
	if link == nil || link.SubLinkType != pg.SubLinkType_EXPR_SUBLINK {
		return nil, hint(fault(pos, "0A000", "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression"), "write (a, b) = (SELECT ...) or (a, b) = (1, 2)")
	}
	if n.Colno == 1 {
		q, err := a.subquery(link.Subselect, a.env, a.scope)
		if err != nil {
			return nil, err
		}
		node := a.settle(q.node)
		if a.row = node.Columns(); len(a.row) != int(n.Ncolumns) {
			return nil, fault(pos, "42601", "number of columns does not match number of values")
		}
		a.node = &plan.Join{Kind: plan.LeftSingle, Left: a.node, Right: node}
	}
	c := a.row[n.Colno-1]
	c.Nullable = true
	return &plan.Ref{Column: c, At: pos}, nil
}

// updated are the new rows: the address, then the table's columns, then those that RETURNING may name besides. sc is the scope
// of the old rows, and what is returned that of the new ones.
func (a *assignments) updated(sc *scope) (plan.Node, []plan.Column, *scope) {
	columns := []plan.Column{a.target.address}
	items := refs(columns)
	now := &scope{tables: sc.tables}
	for i, old := range a.target.scope.entries {
		item := plan.Item{Column: a.target.scan.All[i], Expr: old.expr}
		if value, ok := a.values[i]; ok {
			item = plan.Item{Column: a.newColumn(old.name, value.Type(), value.Nullable()), Expr: value}
			item.Table, item.Comment = old.table, a.target.scan.All[i].Comment
		}
		items, columns = append(items, item), append(columns, item.Column)
		old.expr = &plan.Ref{Column: item.Column, At: -1}
		now.entries = append(now.entries, old)
	}
	seen := plan.IDSet{}
	for _, other := range sc.entries[len(a.target.scope.entries):] {
		now.entries = append(now.entries, other)
		if ref, ok := other.expr.(*plan.Ref); ok && !seen[ref.ID] {
			seen[ref.ID] = true
			items = append(items, refs([]plan.Column{ref.Column})...)
		}
	}
	return &plan.Project{Input: a.node, Items: items}, columns, now
}
