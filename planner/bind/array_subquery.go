package bind

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// arrayOf is ARRAY(subquery): an array of its rows, in their order; an empty one if there are none.
//
//	ARRAY(SELECT x FROM t ORDER BY y)  =>  coalesce((SELECT array_agg(x ORDER BY y) FROM t), '{}')
func (s *binding) arrayOf(query plan.Node, pos ast.Pos) (plan.Expr, error) {
	cols := query.Columns()
	if len(cols) != 1 {
		return nil, fault(pos, "42601", "subquery must return only one column")
	}
	element := plan.Expr(&plan.Ref{Column: cols[0], At: pos})
	rows := query
	if p, ok := query.(*plan.Project); ok { // which may drop what the rows are sorted by
		element, rows = p.Items[0].Expr, p.Input
	}
	found, err := s.Functions.ResolveAggregate("array_agg", []arrow.DataType{cols[0].Type})
	if err != nil {
		return nil, at(pos, err)
	}
	m := plan.Measure{Column: s.newColumn("array", found.Out, true), Func: found.Name, Args: []plan.Expr{element}}
	if sorted := sortOf(rows); sorted != nil {
		m.Sort = sorted.Keys
	}
	agg := &plan.Aggregate{Input: rows, Measures: []plan.Measure{m}}
	empty, err := s.coerce(&unknown{"{}", pos}, found.Out, udf.Explicit)
	if err != nil {
		return nil, err
	}
	return s.apply("coalesce", []plan.Expr{&plan.Subquery{Plan: agg, At: pos}, empty}, pos)
}

// sortOf is the sort that a query's rows come from in order, through a limit.
func sortOf(n plan.Node) *plan.Sort {
	switch n := n.(type) {
	case *plan.Sort:
		return n
	case *plan.Limit:
		return sortOf(n.Input)
	}
	return nil
}
