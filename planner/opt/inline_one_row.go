package opt

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// inlineOneRow puts the expressions of a single row, such as WITH q AS (SELECT $1 AS v), where the columns of its join with a table
// are used. The nearest-neighbor search of a table for a vector in such a row is then one for a constant.
//
//	Join(n, Project(v = $1, one row), a = v)  =>  Project(*, v = $1, Filter(a = $1, n))
func inlineOneRow(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	join, ok := n.(*plan.Join)
	if !ok || join.Kind != plan.Inner {
		return n, false
	}
	other, row := join.Left, oneRow(join.Right)
	if row == nil {
		other, row = join.Right, oneRow(join.Left)
	}
	if row == nil {
		return n, false
	}
	by := map[int]plan.Expr{}
	for _, item := range row {
		by[item.ID] = item.Expr
	}
	if join.On != nil {
		on, _ := substitute(join.On, by)
		other = &plan.Filter{Input: other, Cond: on}
	}
	out := &plan.Project{Input: other, Items: refs(join.Columns())}
	for i, item := range out.Items {
		if e, ok := by[item.ID]; ok {
			out.Items[i].Expr = e
		}
	}
	return out, true
}

// oneRow are the columns of a row that is computed from nothing; nil for any other plan.
func oneRow(n plan.Node) []plan.Item {
	switch n := n.(type) {
	case *plan.Project:
		from, ok := n.Input.(*plan.Values)
		if !ok || len(from.Rows) != 1 || len(from.Cols) > 0 || slices.ContainsFunc(n.Exprs(), isVolatile) {
			return nil
		}
		return n.Items
	case *plan.Values:
		if len(n.Rows) != 1 || slices.ContainsFunc(n.Rows[0], isVolatile) {
			return nil
		}
		items := make([]plan.Item, len(n.Cols))
		for i, c := range n.Cols {
			items[i] = plan.Item{Column: c, Expr: n.Rows[0][i]}
		}
		return items
	}
	return nil
}
