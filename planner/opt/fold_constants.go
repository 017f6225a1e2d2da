package opt

import "github.com/mediaflight/mediaflight/planner/plan"

// foldConstants evaluates calls and casts of constants.
//
//	x < 1 + 1  =>  x < 2
//
// Volatile functions are left alone, and so is what fails: it may never be evaluated.
func foldConstants(o *Optimizer, n plan.Node) (plan.Node, bool) {
	out := mapExprs(n, o.fold.Fold)
	return out, out != n
}
