package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// distinctOn finds the columns of DISTINCT ON: places and names of the select list, or expressions, which are hidden columns then. It is
// nil without.
func (q *selection) distinctOn(s *binding, n *pg.SelectStmt) ([]plan.Column, error) {
	if len(n.DistinctClause) == 0 || n.DistinctClause[0].GetNode() == nil {
		return nil, nil
	}
	var on []plan.Column
	for _, node := range n.DistinctClause {
		at, err := s.outputColumn(node, q.outputs(), "DISTINCT ON")
		if err != nil {
			return nil, err
		}
		if at < 0 {
			if at, err = q.hide(s, node, false); err != nil {
				return nil, err
			}
		}
		item := append(q.items[:len(q.items):len(q.items)], q.hidden...)[at]
		c := item.Column
		if isUnknown(item.Expr) { // typed as text below
			c.Type = s.known(item.Expr).Type()
		}
		if !sortable(c.Type) {
			return nil, fault(s.where(node), "42883", "values of type %s cannot be compared", udf.TypeName(c.Type))
		}
		on = append(on, c)
	}
	return on, nil
}

// leadBy checks that ORDER BY begins with the columns of DISTINCT ON, in any order.
func (s *binding) leadBy(on []plan.Column, keys []plan.Key) error {
	isOn := func(k plan.Key) bool {
		return slices.ContainsFunc(on, func(c plan.Column) bool { return c.ID == k.Expr.(*plan.Ref).ID })
	}
	left := plan.IDSet{}
	for _, c := range on {
		left[c.ID] = true
	}
	for _, k := range keys {
		if len(left) == 0 {
			return nil
		}
		if !isOn(k) {
			return fault(k.Expr.Pos(), "42P10", "SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
		}
		delete(left, k.Expr.(*plan.Ref).ID)
	}
	return nil
}

// firstOf keeps the first row of each group of rows with equal columns, in the order of keys.
func (s *binding) firstOf(n plan.Node, on []plan.Column, keys []plan.Key) (plan.Node, error) {
	w := &plan.Window{Input: n, Order: keys}
	for _, c := range on {
		w.Partition = append(w.Partition, &plan.Ref{Column: c, At: -1})
	}
	return s.numbered(w, "row_number", func(number plan.Expr) (plan.Expr, error) { return s.operate("=", number, bigint(1, -1), -1) })
}

// numbered keeps the rows whose number by a window function passes a test.
func (s *binding) numbered(w *plan.Window, function string, test func(number plan.Expr) (plan.Expr, error)) (plan.Node, error) {
	number := s.newColumn(function, arrow.PrimitiveTypes.Int64, false)
	w.Calls = []plan.WindowCall{{Column: number, Func: function, Frame: plan.DefaultFrame}}
	cond, err := test(&plan.Ref{Column: number, At: -1})
	if err != nil {
		return nil, err
	}
	return &plan.Project{Input: &plan.Filter{Input: w, Cond: cond}, Items: refs(w.Input.Columns())}, nil
}

// withTies is FETCH FIRST n ROWS WITH TIES of sorted rows: those up to the n-th, and those that the order does not tell from it.
func (s *binding) withTies(sort *plan.Sort, count, skip plan.Expr) (plan.Node, error) {
	last := count
	var err error
	if skip != nil {
		if skip, err = s.apply("coalesce", []plan.Expr{skip, bigint(0, -1)}, -1); err != nil {
			return nil, err
		}
		if last, err = s.operate("+", count, skip, -1); err != nil {
			return nil, err
		}
	}
	within := func(rank plan.Expr) (plan.Expr, error) {
		test, err := s.operate("<=", rank, last, -1)
		if _, known := count.(*plan.Literal); known || err != nil {
			return test, err
		}
		return s.apply("coalesce", []plan.Expr{test, boolean(true, -1)}, -1) // NULL is no limit
	}
	kept, err := s.numbered(&plan.Window{Input: sort.Input, Order: sort.Keys}, "rank", within)
	if err != nil {
		return nil, err
	}
	out := plan.Node(&plan.Sort{Input: kept, Keys: sort.Keys})
	if skip != nil {
		out = &plan.Limit{Input: out, Skip: skip}
	}
	return out, nil
}
