package opt

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// dropWindowKeys drops what a window's order does not need: within a partition, all rows have the same.
//
//	Window(partition by a order by a, b)  =>  Window(partition by a order by b)
//
// DISTINCT ON comes to that. A frame of RANGE with an offset must keep the one key that the offset is of.
func dropWindowKeys(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	w, ok := n.(*plan.Window)
	if !ok || slices.ContainsFunc(w.Calls, func(c plan.WindowCall) bool { return c.Frame.Start.Offset != nil || c.Frame.End.Offset != nil }) {
		return n, false
	}
	var order []plan.Key
	for _, k := range w.Order {
		same := func(e plan.Expr) bool { return plan.Equal(e, k.Expr) }
		if isVolatile(k.Expr) || !slices.ContainsFunc(w.Partition, same) && !slices.ContainsFunc(order, func(o plan.Key) bool { return same(o.Expr) }) {
			order = append(order, k)
		}
	}
	if len(order) == len(w.Order) {
		return n, false
	}
	return &plan.Window{Input: w.Input, Partition: w.Partition, Order: order, Calls: w.Calls}, true
}
