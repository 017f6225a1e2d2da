package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// intersect binds INTERSECT and EXCEPT, with ALL or without: the rows of both sides are grouped by all their columns, NULLs alike,
// and each group knows how often it occurs on either side.
//
//	a INTERSECT b      =>  the groups that occur on both sides
//	a EXCEPT ALL b     =>  the groups, as often as they occur on the left side more than on the right one
func (s *binding) intersect(n *pg.SelectStmt, e env) (*query, error) {
	name, isExcept := "INTERSECT", n.Op == pg.SetOperation_SETOP_EXCEPT
	if isExcept {
		name = "EXCEPT"
	}
	sides, cols, err := s.alike([]*pg.SelectStmt{n.Larg, n.Rarg}, name, e)
	if err != nil {
		return nil, err
	}
	for _, c := range cols {
		if !sortable(c.Type) {
			return nil, fault(s.queryPos(n), "42883", "values of this type cannot be compared")
		}
	}
	both := &plan.Union{Cols: cols}
	var marks [2]plan.Column // not NULL in the rows of a side
	for side := range marks {
		marks[side] = s.newColumn("side", arrow.FixedWidthTypes.Boolean, true)
		both.Cols = append(both.Cols[:len(both.Cols):len(both.Cols)], marks[side])
	}
	for side, in := range sides {
		items := refs(in.Columns())
		for of := range marks {
			mark := plan.Expr(null(arrow.FixedWidthTypes.Boolean, -1))
			if of == side {
				mark = boolean(true, -1)
			}
			items = append(items, plan.Item{Column: s.newColumn("side", arrow.FixedWidthTypes.Boolean, true), Expr: mark})
		}
		both.Ins = append(both.Ins, &plan.Project{Input: in, Items: items})
	}
	var counts [2]plan.Expr
	groups := &plan.Aggregate{Input: both, Groups: refs(cols)}
	for side, mark := range marks {
		m := plan.Measure{Column: s.newColumn("count", arrow.PrimitiveTypes.Int64, false), Func: "count", Args: []plan.Expr{&plan.Ref{Column: mark, At: -1}}}
		groups.Measures = append(groups.Measures, m)
		counts[side] = &plan.Ref{Column: m.Column, At: -1}
	}
	rows, err := s.occurring(groups, counts, isExcept, n.All)
	if err != nil {
		return nil, err
	}
	return &query{node: &plan.Project{Input: rows, Items: refs(cols)}}, nil
}

// occurring keeps the groups that are in the answer, and with all repeats each as often as it is.
func (s *binding) occurring(groups plan.Node, counts [2]plan.Expr, isExcept, all bool) (plan.Node, error) {
	zero := bigint(0, -1)
	var times plan.Expr
	var err error
	switch {
	case isExcept && all:
		times, err = s.operate("-", counts[0], counts[1], -1)
	case all:
		times, err = s.apply("least", counts[:], -1)
	}
	if err != nil {
		return nil, err
	}
	if all {
		list, err := s.apply("range", []plan.Expr{times}, -1) // empty below 1
		if err != nil {
			return nil, err
		}
		repeat := s.newColumn("repeat", arrow.PrimitiveTypes.Int64, true)
		return &plan.Unnest{Input: groups, Lists: []plan.Expr{list}, Cols: []plan.Column{repeat}}, nil
	}
	onLeft, err := s.operate(">", counts[0], zero, -1)
	if err != nil {
		return nil, err
	}
	operator := ">"
	if isExcept {
		operator = "="
	}
	onRight, err := s.operate(operator, counts[1], zero, -1)
	if err != nil {
		return nil, err
	}
	return &plan.Filter{Input: groups, Cond: logical("and", onLeft, onRight)}, nil
}
