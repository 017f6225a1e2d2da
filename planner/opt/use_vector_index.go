package opt

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// useVectorIndex lets a nearest-neighbor query be answered by a vector index, and the condition of a range search be decided by one.
//
//	Limit(k, Sort(distance(column, query), Project(..., Scan)))  =>  the same, approximate, with the session's recall
//	Scan where distance(column, query) < r                       =>  the same, nearby
//
// A limit's answer may change by it: the rule applies only where the session allows that, and EXPLAIN says so. A range's answer does not.
// Whether there is an index is seen when the plan runs, so that a plan that was made before one was built uses it, and one that was made
// before it was dropped is right without.
//
// Filters may stand between the sort and the scan, and joins that keep rows of their left side or drop them, as IN (SELECT ...) does: the
// search is among the rows that they keep.
func useVectorIndex(o *Optimizer, n plan.Node) (plan.Node, bool) {
	if o.Recall == 0 {
		return n, false
	}
	switch n := n.(type) {
	case *plan.Limit:
		sort, ok := n.Input.(*plan.Sort)
		if !ok || n.Count == nil || n.Recall > 0 || !isNearest(sort) {
			return n, false
		}
		limit := *n
		limit.Recall = o.Recall
		return &limit, true
	case *plan.Scan:
		if n.Filter == nil || n.Nearby || !slices.ContainsFunc(plan.Conjuncts(n.Filter), isRange) {
			return n, false
		}
		scan := *n
		scan.Nearby = true
		return &scan, true
	}
	return n, false
}

// isNearest tells whether a sort puts the rows of a table that are nearest to a vector first. Its other keys put rows at one distance in
// order, those at the limit's border too.
func isNearest(sort *plan.Sort) bool {
	keys := sort.Keys
	for n := sort.Input; ; {
		switch in := n.(type) {
		case *plan.Project:
			by := substitution(in.Items)
			moved := make([]plan.Key, len(keys))
			for i, k := range keys {
				e, known := substitute(k.Expr, by)
				if !known {
					return false
				}
				moved[i] = plan.Key{Expr: e, Desc: k.Desc, NullsFirst: k.NullsFirst}
			}
			keys, n = moved, in.Input
		case *plan.Filter:
			n = in.Input
		case *plan.Join:
			if in.Kind != plan.LeftSemi && in.Kind != plan.LeftAnti && in.Kind != plan.LeftMark {
				return false
			}
			n = in.Left
		case *plan.Scan:
			descending, ok := distanceOf(keys[0].Expr)
			return ok && descending == keys[0].Desc
		default:
			return false
		}
	}
}

// indexed are the functions by whose order an index finds rows, and whether the nearest have the highest values.
var indexed = map[string]bool{
	"l2_distance": false, "cosine_distance": false, "negative_inner_product": false,
	"cosine_similarity": true, "inner_product": true,
}

// distanceOf tells whether an expression is such a function of a column of vectors and something that is the same for all rows.
func distanceOf(e plan.Expr) (descending, ok bool) {
	call, isCall := e.(*plan.Call)
	if !isCall || len(call.In) != 2 {
		return false, false
	}
	if descending, ok = indexed[call.Name]; !ok {
		return false, false
	}
	for i := range call.In {
		ref, isRef := call.In[i].(*plan.Ref)
		if isRef && ref.Column.Type.ID() == arrow.FIXED_SIZE_LIST && isConstant(call.In[1-i]) {
			return descending, true
		}
	}
	return false, false
}

// isConstant tells whether an expression has one value for the whole statement.
func isConstant(e plan.Expr) bool {
	return !isVolatile(e) && !plan.Any(e, func(e plan.Expr) bool { _, ref := e.(*plan.Ref); return ref })
}

// isRange tells whether a condition keeps the rows that are nearer than a distance.
func isRange(e plan.Expr) bool {
	call, ok := e.(*plan.Call)
	if !ok || len(call.In) != 2 {
		return false
	}
	near, far := call.In[0], call.In[1]
	switch call.Name {
	case "lt", "lte":
	case "gt", "gte":
		near, far = far, near
	default:
		return false
	}
	descending, ok := distanceOf(near)
	if ok {
		return !descending && isConstant(far)
	}
	descending, ok = distanceOf(far)
	return ok && descending && isConstant(near)
}
