package opt

import "github.com/mediaflight/mediaflight/planner/plan"

// turnSemiJoin has the smaller side of a semi join or an anti join become the hash table: of few rows that are kept or not, those are
// noted that have been found while the many go by.
//
//	LeftSemi(few, many, few.x = many.x)  =>  RightSemi(many, few, few.x = many.x)
func turnSemiJoin(o *Optimizer, n plan.Node) (plan.Node, bool) {
	j, ok := n.(*plan.Join)
	if !ok || j.Kind != plan.LeftSemi && j.Kind != plan.LeftAnti || j.On == nil {
		return n, false
	}
	hasKey := false
	for _, c := range plan.Conjuncts(j.On) {
		_, _, key := joinEquality(c, j.Left, j.Right)
		hasKey = hasKey || key
	}
	if !hasKey || turnedFrom*o.estimates.rows(j.Left) > o.estimates.rows(j.Right) {
		return n, false
	}
	kind := plan.RightSemi
	if j.Kind == plan.LeftAnti {
		kind = plan.RightAnti
	}
	return &plan.Join{Kind: kind, Left: j.Right, Right: j.Left, On: j.On}, true
}

// turnedFrom is how many times larger the other side must be. A turned join is one part, whatever the workers.
const turnedFrom = 4
