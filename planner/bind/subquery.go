package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// marks are the joins that x IN (subquery) and its like come to. Each appends a boolean column to the rows, to which the
// bound expression refers.
type marks struct{ joins []markJoin }

type markJoin struct {
	query plan.Node
	on    plan.Expr
	mark  plan.Column
}

// ids are the columns that the joins append.
func (m *marks) ids() plan.IDSet {
	set := plan.IDSet{}
	for _, j := range m.joins {
		set[j.mark.ID] = true
	}
	return set
}

// apply puts the joins on top of a node.
func (m *marks) apply(n plan.Node) plan.Node {
	for _, j := range m.joins {
		mark := j.mark
		n = &plan.Join{Kind: plan.LeftMark, Left: n, Right: j.query, On: j.on, Mark: &mark}
	}
	return n
}

// subLink binds a subquery in an expression.
func (s *binding) subLink(x *exprs, n *pg.SubLink) (plan.Expr, error) {
	pos := s.pos(n.Location)
	q, err := s.subquery(n.Subselect, x.env, x.scope)
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
		return s.exists(node, pos)
	case pg.SubLinkType_ANY_SUBLINK, pg.SubLinkType_ALL_SUBLINK:
		return s.quantifiedSubquery(x, n, node)
	case pg.SubLinkType_ARRAY_SUBLINK:
		return nil, missing(pos, "ARRAY(subquery)", "use (SELECT array_agg(...) FROM ...)")
	}
	return nil, missing(pos, "this kind of subquery", "")
}

// exists counts the first row: the answer is the same for every row of the query around it.
func (s *binding) exists(node plan.Node, pos ast.Pos) (plan.Expr, error) {
	found, err := s.Functions.ResolveAggregate("count", nil)
	if err != nil {
		return nil, at(pos, err)
	}
	count := plan.Measure{Column: s.newColumn("count", found.Out, false), Func: found.Name}
	first := &plan.Limit{Input: node, Count: bigint(1, pos)}
	query := &plan.Subquery{Plan: &plan.Aggregate{Input: first, Measures: []plan.Measure{count}}, At: pos}
	e, err := s.operate(">", query, bigint(0, pos), pos)
	if call, ok := e.(*plan.Call); ok {
		call.Null = false
	}
	return e, err
}

// quantifiedSubquery binds x IN (subquery), x op ANY (subquery) and x op ALL (subquery): a join that marks rows with a match.
// x op ALL is NOT (x opposite-op ANY).
func (s *binding) quantifiedSubquery(x *exprs, n *pg.SubLink, query plan.Node) (plan.Expr, error) {
	pos := s.pos(n.Location)
	if x.marks == nil {
		return nil, missing(pos, "IN, ANY or ALL with a subquery in "+x.clause, "")
	}
	name := "="
	if len(n.OperName) > 0 {
		name = n.OperName[len(n.OperName)-1].GetString_().GetSval()
	}
	all := n.SubLinkType == pg.SubLinkType_ALL_SUBLINK
	if all {
		if name = opposite[name]; name == "" {
			return nil, missing(pos, "this operator with ALL", "")
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
	if len(needles) > 1 && name != "=" {
		return nil, missing(pos, "comparing rows with a subquery by "+name, "")
	}
	var conds []plan.Expr
	for i, needle := range needles {
		l, err := s.expr(x, needle)
		if err != nil {
			return nil, err
		}
		on, err := s.operate(name, l, &plan.Ref{Column: cols[i], At: pos}, pos)
		if err != nil {
			return nil, err
		}
		conds = append(conds, on)
	}
	j := markJoin{query: query, on: plan.And(conds), mark: s.newColumn("matches", arrow.FixedWidthTypes.Boolean, true)}
	x.marks.joins = append(x.marks.joins, j)
	ref := &plan.Ref{Column: j.mark, At: pos}
	if all {
		return logical("not", ref), nil
	}
	return ref, nil
}
