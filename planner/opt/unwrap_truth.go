package opt

import (
	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// unwrapTruth takes IS TRUE off where NULL counts as false anyway.
//
//	Filter((a < b) IS NOT DISTINCT FROM true, x)   =>  Filter(a < b, x)
//	LeftSemi((a < b) IS NOT DISTINCT FROM true)    =>  LeftSemi(a < b)
//
// EXISTS has its conditions written so, for the sake of a mark that is never NULL. A join that keeps or drops rows can find matches by
// the comparison itself.
func unwrapTruth(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	switch n := n.(type) {
	case *plan.Filter:
		if cond, ok := withoutTruth(n.Cond); ok {
			return &plan.Filter{Input: n.Input, Cond: cond}, true
		}
	case *plan.Join:
		if n.On == nil || n.Kind == plan.LeftMark {
			return n, false
		}
		if cond, ok := withoutTruth(n.On); ok {
			out := *n
			out.On = cond
			return &out, true
		}
	}
	return n, false
}

func withoutTruth(cond plan.Expr) (plan.Expr, bool) {
	var out []plan.Expr
	found := false
	for _, c := range plan.Conjuncts(cond) {
		if call, ok := c.(*plan.Call); ok && call.Name == "is_not_distinct_from" && constant.IsTrue(call.In[1]) {
			c, found = call.In[0], true
		}
		out = append(out, plan.Conjuncts(c)...)
	}
	return plan.And(out), found
}
