package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// subLink binds a subquery in an expression.
func (s *binding) subLink(x *exprs, n *pg.SubLink) (plan.Expr, error) {
	pos := s.pos(n.Location)
	q, err := s.subquery(n.Subselect, x.env, x.around())
	if err != nil {
		return nil, err
	}
	node := s.settle(q.node)
	switch n.SubLinkType {
	case pg.SubLinkType_EXPR_SUBLINK:
		if len(node.Columns()) != 1 {
			return nil, fault(pos, "42601", "subquery must return only one column")
		}
		return &plan.Subquery{Plan: node, At: pos}, nil
	case pg.SubLinkType_EXISTS_SUBLINK:
		return &plan.Subquery{Kind: plan.Exists, Plan: node, At: pos}, nil
	case pg.SubLinkType_ANY_SUBLINK, pg.SubLinkType_ALL_SUBLINK:
		return s.quantifiedSubquery(x, n, node)
	case pg.SubLinkType_ARRAY_SUBLINK:
		return s.arrayOf(node, pos)
	}
	return nil, missing(pos, "this kind of subquery", "")
}

// quantifiedSubquery binds x IN (subquery), x op ANY (subquery) and x op ALL (subquery), which is NOT (x opposite-op ANY).
func (s *binding) quantifiedSubquery(x *exprs, n *pg.SubLink, query plan.Node) (plan.Expr, error) {
	pos := s.pos(n.Location)
	name := "="
	if len(n.OperName) > 0 {
		name = n.OperName[len(n.OperName)-1].GetString_().GetSval()
	}
	all := n.SubLinkType == pg.SubLinkType_ALL_SUBLINK
	if all {
		if name = opposite[name]; name == "" {
			return nil, missing(pos, "this operator with ALL", "compare with = <> < <= > or >=")
		}
	}
	needles := []*pg.Node{n.Testexpr}
	if row := n.Testexpr.GetRowExpr(); row != nil {
		needles = row.Args
	}
	cols := query.Columns()
	if len(cols) != len(needles) {
		return nil, fault(pos, "42601", "subquery has %d columns, but %d values are compared with it", len(cols), len(needles))
	}
	values, err := s.list(x, needles)
	if err != nil {
		return nil, err
	}
	var test plan.Expr
	if found := mapped(cols, func(c plan.Column) plan.Expr { return &plan.Ref{Column: c, At: pos} }); len(values) == 1 {
		test, err = s.operate(name, values[0], found[0], pos)
	} else {
		test, err = s.compareValues(name, values, found, pos)
	}
	if err != nil {
		return nil, err
	}
	any := &plan.Subquery{Kind: plan.AnyRow, Plan: query, Test: test, At: pos}
	if all {
		return logical("not", any), nil
	}
	return any, nil
}
