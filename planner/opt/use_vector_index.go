package opt

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// useVectorIndex lets a nearest-neighbor query and a range search be answered by a vector index.
//
//	Limit(k, Sort(distance(column, query), Project(..., Scan)))  =>  the same, approximate, with the session's recall
//	NearestJoin(...)                                             =>  the same, approximate
//	Scan where distance(column, query) < r                       =>  the same, approximate
//
// Answers may change by it: the rule applies only where the session allows that, and EXPLAIN says so. The rows that a statement changes or
// deletes, which are those read with their addresses, are always all that its condition keeps. Whether there is an index is seen when the plan runs, so that a plan that was made before one was built uses it, and one that was made
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
		if n.Filter == nil || n.Recall > 0 || n.Address != nil || !slices.ContainsFunc(plan.Conjuncts(n.Filter), isRange) {
			return n, false
		}
		scan := *n
		scan.Recall = o.Recall
		return &scan, true
	case *plan.NearestJoin:
		if n.Recall != 0 || n.Count == nil || !isIndexed(n) {
			return n, false
		}
		near := *n
		near.Recall = o.Recall
		return &near, true
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
			var known bool
			if keys, known = movedKeys(keys, substitution(in.Items)); !known {
				return false
			}
			n = in.Input
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

// isIndexed tells whether a nearest join is by a distance for which there may be an index.
func isIndexed(n *plan.NearestJoin) bool {
	by := substitution(n.Items)
	keys, known := movedKeys(n.Keys, by)
	if !known {
		return false
	}
	call, ok := keys[0].Expr.(*plan.Call)
	if !ok {
		return false
	}
	descending, ok := indexed[call.Name]
	return ok && descending == keys[0].Desc
}

// indexed are the functions by whose order an index finds rows, and whether the nearest have the highest values.
var indexed = map[string]bool{
	"l2_distance": false, "cosine_distance": false, "negative_inner_product": false,
	"cosine_similarity": true, "inner_product": true,
}

// distanceOf tells whether an expression is such a function of a column of vectors and something that is the same for all rows.
func distanceOf(e plan.Expr) (descending, ok bool) {
	return distance(e, func(column *plan.Ref, query plan.Expr) bool { return isConstant(query) })
}

// distanceFrom tells whether it is one of a column of one input and an expression of another one.
func distanceFrom(e plan.Expr, columns, queries plan.IDSet) (descending, ok bool) {
	return distance(e, func(column *plan.Ref, query plan.Expr) bool {
		return columns[column.ID] && !isVolatile(query) && queries.Cover(query)
	})
}

func distance(e plan.Expr, fits func(column *plan.Ref, query plan.Expr) bool) (descending, ok bool) {
	call, isCall := e.(*plan.Call)
	if !isCall || len(call.In) != 2 {
		return false, false
	}
	if descending, ok = indexed[call.Name]; !ok {
		return false, false
	}
	for i := range call.In {
		if column := plan.VectorColumn(call.In[i]); column != nil && fits(column, call.In[1-i]) {
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
