package bind

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// groupBy binds the groups: input columns, places and names of the select list, or expressions; and sets of these.
func (q *selection) groupBy(s *binding, n *pg.SelectStmt) error {
	isSet := func(g *pg.Node) bool { return g.GetGroupingSet() != nil }
	if len(n.GroupClause) == 1 && n.GroupClause[0].GetGroupingSet().GetKind() == pg.GroupingSetKind_GROUPING_SET_EMPTY {
		q.groups.empty = true
		return nil
	}
	if len(n.GroupClause) == 1 && isAll(n.GroupClause[0]) {
		return q.groupByAll(s, n.TargetList)
	}
	if !slices.ContainsFunc(n.GroupClause, isSet) {
		for _, g := range groupExprs(n.GroupClause) {
			if _, err := q.group(s, g, n.TargetList); err != nil {
				return err
			}
		}
		return nil
	}
	sets, err := q.groupingSets(s, n)
	if err != nil {
		return err
	}
	for i, group := range q.groups.groups { // columns of their own, which are NULL where a set leaves them out
		c := s.newColumn(group.Name, group.Type, true)
		c.Comment = group.Comment
		q.groups.groups[i].Column = c
	}
	q.groups.sets = newGroupingPlan(s, sets)
	return nil
}

// group finds the place of an expression among the groups, or adds it to them.
func (q *selection) group(s *binding, g *pg.Node, targets []*pg.Node) (int, error) {
	e, err := s.groupExpr(q, g, targets)
	if err != nil {
		return 0, err
	}
	return q.groupOn(s, e, columnName(g))
}

// groupOn finds the place of a bound expression.
func (q *selection) groupOn(s *binding, e plan.Expr, name string) (int, error) {
	e = s.known(e)
	if !sortable(e.Type()) {
		return 0, fault(e.Pos(), "42883", "values of this type cannot be grouped")
	}
	if at := slices.IndexFunc(q.groups.groups, func(have plan.Item) bool { return plan.Equal(have.Expr, e) }); at >= 0 {
		return at, nil
	}
	item := plan.Item{Expr: e}
	if ref, ok := e.(*plan.Ref); ok {
		item.Column = ref.Column
	} else {
		item.Column = s.newColumn(name, e.Type(), e.Nullable())
	}
	q.groups.groups = append(q.groups.groups, item)
	return len(q.groups.groups) - 1, nil
}

// groupExprs takes GROUP BY (a, b) for GROUP BY a, b.
func groupExprs(clause []*pg.Node) []*pg.Node {
	var out []*pg.Node
	for _, g := range clause {
		if row := g.GetRowExpr(); row != nil && row.RowFormat == pg.CoercionForm_COERCE_IMPLICIT_CAST {
			out = append(out, groupExprs(row.Args)...)
		} else {
			out = append(out, g)
		}
	}
	return out
}

func (s *binding) groupExpr(q *selection, g *pg.Node, targets []*pg.Node) (plan.Expr, error) {
	x := &exprs{clause: "GROUP BY", scope: q.scope, env: q.env}
	if c := g.GetAConst(); c != nil {
		i := int(c.GetIval().GetIval())
		if c.GetIval() == nil {
			return nil, fault(s.where(g), "42601", "non-integer constant in GROUP BY")
		}
		if i < 1 || i > len(targets) {
			return nil, fault(s.where(g), "42P10", "GROUP BY position %d is not in select list", i)
		}
		return s.expr(x, targets[i-1].GetResTarget().GetVal())
	}
	ref := g.GetColumnRef()
	if ref == nil || len(ref.Fields) != 1 {
		return s.expr(x, g)
	}
	name := s.idents([]string{ref.Fields[0].GetString_().GetSval()}, ref.Location)[0]
	if len(q.scope.column(name)) > 0 {
		return s.expr(x, g)
	}
	for _, t := range targets {
		if target := t.GetResTarget(); target.Name != "" && name.is(target.Name, true) {
			return s.expr(x, target.Val)
		}
	}
	return s.expr(x, g)
}
