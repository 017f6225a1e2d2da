package opt

import "github.com/mediaflight/mediaflight/planner/plan"

// tightenOuterJoin makes an inner join of an outer one whose extra rows a filter drops anyway.
//
//	Filter(b.x = 1, LeftJoin(a, b))  =>  Filter(b.x = 1, InnerJoin(a, b))
//
// The rows of a without a match have NULL for b.x, for which the condition is never true. A full join loses one side at a
// time.
func tightenOuterJoin(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	f, ok := n.(*plan.Filter)
	if !ok {
		return n, false
	}
	j, ok := f.Input.(*plan.Join)
	if !ok {
		return n, false
	}
	kind, dropsLeft, dropsRight := j.Kind, false, false
	left, right := plan.IDs(j.Left), plan.IDs(j.Right)
	for _, c := range plan.Conjuncts(f.Cond) {
		dropsLeft = dropsLeft || needs(c, left)
		dropsRight = dropsRight || needs(c, right)
	}
	if dropsRight { // NULLs on the right come from left rows without a match
		switch kind {
		case plan.Left:
			kind = plan.Inner
		case plan.Full:
			kind = plan.Right
		}
	}
	if dropsLeft {
		switch kind {
		case plan.Right:
			kind = plan.Inner
		case plan.Full:
			kind = plan.Left
		}
	}
	if kind == j.Kind {
		return n, false
	}
	out := *j
	out.Kind = kind
	return &plan.Filter{Input: &out, Cond: f.Cond}, true
}

// needs tells whether a condition cannot be true while all of some columns are NULL.
func needs(cond plan.Expr, cols plan.IDSet) bool {
	if call, ok := cond.(*plan.Call); ok && call.Name == "is_not_null" {
		return isNullWith(call.In[0], cols)
	}
	return isNullWith(cond, cols)
}

// strict are functions that are NULL whenever an argument is.
var strict = map[string]bool{"equal": true, "not_equal": true, "lt": true, "lte": true, "gt": true, "gte": true, "like": true, "ilike": true,
	"add": true, "subtract": true, "multiply": true, "divide": true, "modulus": true, "negate": true, "not": true}

// isNullWith tells whether an expression is NULL while all of some columns are.
func isNullWith(e plan.Expr, cols plan.IDSet) bool {
	switch e := e.(type) {
	case *plan.Ref:
		return cols[e.ID]
	case *plan.Cast:
		return isNullWith(e.Arg, cols)
	case *plan.Field:
		return isNullWith(e.Arg, cols)
	case *plan.InList:
		return isNullWith(e.Arg, cols)
	case *plan.Call:
		for _, arg := range e.In {
			if strict[e.Name] && isNullWith(arg, cols) {
				return true
			}
		}
	}
	return false
}
