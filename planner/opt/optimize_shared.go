package opt

import "github.com/mediaflight/mediaflight/planner/plan"

// optimizeShared optimizes rows that the binder wants computed once, as those of a WITH query that calls random() and is used twice.
// They are plans of their own, into which no rule sees: what one use wants of them, another may not.
func (o *Optimizer) optimizeShared(n plan.Node) plan.Node {
	o.depth++
	defer func() { o.depth-- }()
	out, _ := plan.MapShared(n, func(n plan.Node) (plan.Node, error) { return o.Optimize(n), nil })
	return out
}

// showShared has the first use of such rows show how they are computed. next is a number that none of them has.
func showShared(n plan.Node) (out plan.Node, next int) {
	seen := map[int]bool{}
	var show func(use *plan.Shared) (plan.Node, error)
	show = func(use *plan.Shared) (plan.Node, error) {
		first, of := !seen[use.Number], use.Input
		seen[use.Number] = true
		if next = max(next, use.Number+1); first {
			of, _ = plan.ReplaceShared(of, show)
		}
		return &plan.Shared{Input: of, Cols: use.Cols, Number: use.Number, First: first}, nil
	}
	out, _ = plan.ReplaceShared(n, show)
	return out, next
}
