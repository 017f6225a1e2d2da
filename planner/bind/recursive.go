package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// recursive binds a WITH RECURSIVE entry that refers to itself: a query, UNION [ALL], and a query over the rows that came last. It is nil for
// an entry that does not refer to itself.
func (s *binding) recursive(c *cte) (plan.Node, error) {
	n := c.node.Ctequery.GetSelectStmt()
	name, pos := c.node.Ctename, s.pos(c.node.Location)
	if n.Op != pg.SetOperation_SETOP_UNION {
		return nil, nil
	}
	e, err := s.with(n.WithClause, c.env)
	if err != nil {
		return nil, err
	}
	base, err := s.query(n.Larg, e)
	if err != nil {
		return nil, err
	}
	node := s.settle(base.node)
	track, err := s.traversal(c.node)
	if err != nil {
		return nil, err
	}
	s.lastTable++
	working := &plan.WorkingTable{Table: s.lastTable}
	for i, col := range node.Columns() {
		if i < len(c.node.Aliascolnames) {
			col.Name = c.node.Aliascolnames[i].GetString_().GetSval()
		}
		working.Cols = append(working.Cols, s.newColumn(col.Name, col.Type, true))
	}
	c.working, c.references, c.visible = working, 0, len(working.Cols)
	if track != nil {
		if node, err = track.start(node, working.Cols); err != nil {
			return nil, err
		}
		for _, col := range node.Columns()[c.visible:] {
			working.Cols = append(working.Cols, s.newColumn(col.Name, col.Type, true))
		}
	}
	defer func() { c.working = nil }()
	step, err := s.query(n.Rarg, e)
	if err != nil {
		return nil, err
	}
	if c.references == 0 {
		return nil, nil
	}
	switch {
	case c.references > 1:
		return nil, hint(fault(pos, "42P19", "recursive reference to query %q must not appear more than once", name), "join its rows with themselves outside of WITH")
	case len(n.SortClause) > 0:
		return nil, hint(fault(pos, "0A000", "ORDER BY in a recursive query is not implemented"), "order the query that reads %s", name)
	case n.LimitCount != nil || n.LimitOffset != nil:
		return nil, hint(fault(pos, "0A000", "LIMIT in a recursive query is not implemented"), "limit the query that reads %s", name)
	}
	if err := plainRecursion(step.node, working, name, pos); err != nil {
		return nil, err
	}
	then := s.settle(step.node)
	if track != nil {
		if got := len(then.Columns()); got != c.visible {
			return nil, fault(pos, "42601", "each UNION query must have the same number of columns, not %d and %d", c.visible, got)
		}
		if then, err = track.step(then, working.Cols); err != nil {
			return nil, err
		}
	}
	if got, want := len(then.Columns()), len(working.Cols); got != want {
		return nil, fault(pos, "42601", "each UNION query must have the same number of columns, not %d and %d", want, got)
	}
	types := make([]arrow.DataType, len(working.Cols))
	for i, col := range then.Columns() {
		types[i] = working.Cols[i].Type
		common, err := udf.CommonType([]arrow.DataType{types[i], col.Type})
		if err != nil {
			return nil, fault(pos, "42804", "UNION types %s and %s cannot be matched", udf.TypeName(types[i]), udf.TypeName(col.Type))
		}
		if !arrow.TypeEqual(common, types[i]) {
			return nil, hint(fault(pos, "42804", "recursive query %q column %d has type %s in non-recursive term but type %s overall", name, i+1, udf.TypeName(types[i]), udf.TypeName(common)),
				"cast the output of the non-recursive term to the correct type")
		}
	}
	if then, err = s.castColumns(then, types, udf.Explicit); err != nil {
		return nil, err
	}
	r := &plan.Recursion{Base: node, Step: then, Distinct: !n.All, Table: working.Table}
	for _, col := range working.Cols {
		if r.Distinct && !sortable(col.Type) {
			return nil, fault(pos, "42883", "values of type %s cannot be compared", udf.TypeName(col.Type))
		}
		r.Cols = append(r.Cols, s.newColumn(col.Name, col.Type, true))
	}
	return r, nil
}

// plainRecursion refuses what would need to see all rows at once: aggregates of the rows that came last, outer joins on their other side.
func plainRecursion(n plan.Node, working *plan.WorkingTable, name string, pos ast.Pos) error {
	at := slices.IndexFunc(n.Inputs(), func(in plan.Node) bool { return holds(in, working) })
	if at < 0 {
		if n == plan.Node(working) {
			return nil
		}
		return fault(pos, "42P19", "recursive reference to query %q must not appear within a subquery", name)
	}
	switch n := n.(type) {
	case *plan.Aggregate:
		return fault(pos, "42P19", "aggregate functions are not allowed in a recursive query's recursive term")
	case *plan.Join:
		missing := n.Kind == plan.Full || n.Kind == plan.Left && at == 1 || n.Kind == plan.Right && at == 0
		if missing {
			return fault(pos, "42P19", "recursive reference to query %q must not appear within an outer join", name)
		}
	case *plan.Limit:
		return hint(fault(pos, "0A000", "LIMIT in a recursive query is not implemented"), "limit the query that reads %s", name)
	}
	return plainRecursion(n.Inputs()[at], working, name, pos)
}

// holds tells whether a plan reads a working table, other than in expressions.
func holds(n plan.Node, working *plan.WorkingTable) bool {
	return n == plan.Node(working) || slices.ContainsFunc(n.Inputs(), func(in plan.Node) bool { return holds(in, working) })
}

// ownReference is a reference to a recursive entry from within it.
func (s *binding) ownReference(c *cte, n *pg.RangeVar) (plan.Node, *scope, error) {
	pos := s.pos(n.Location)
	if c.working == nil {
		if c.env.ctes != c {
			return nil, nil, fault(pos, "42P01", "relation %q does not exist", c.node.Ctename)
		}
		return nil, nil, hint(fault(pos, "42P19", "recursive query %q does not have the form non-recursive-term UNION [ALL] recursive-term", c.node.Ctename),
			"only the query behind UNION may refer to it")
	}
	c.references++
	alias := n.Alias
	if alias == nil {
		alias = &pg.Alias{Aliasname: c.node.Ctename}
	}
	return c.working, aliased(slices.Clone(c.working.Cols[:c.visible]), alias), nil
}
