package opt

import (
	"math"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// boundRanks tells a window that rows beyond a number in their partition are not wanted, so that it need not keep them.
//
//	Filter(n <= 3, Window(n = row_number()))  =>  Filter(n <= 3, Window(n = row_number() at most 3))
//
// The filter stays: the window may yield more rows. It is done where all that the window computes are ranks, which the rows behind a
// row don't count for. Thus are answered the best rows of each group, DISTINCT ON, and FETCH FIRST ... WITH TIES.
func boundRanks(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	f, ok := n.(*plan.Filter)
	if !ok {
		return n, false
	}
	w, ok := f.Input.(*plan.Window)
	if !ok || !onlyRanks(w) {
		return n, false
	}
	for i, c := range w.Calls {
		if c.AtMost > 0 {
			return n, false
		}
		if most, ok := atMost(plan.Conjuncts(f.Cond), c.ID); ok {
			calls := append([]plan.WindowCall(nil), w.Calls...)
			calls[i].AtMost = most
			return f.WithInputs([]plan.Node{&plan.Window{Input: w.Input, Partition: w.Partition, Order: w.Order, Calls: calls}}), true
		}
	}
	return n, false
}

func onlyRanks(w *plan.Window) bool {
	for _, c := range w.Calls {
		switch c.Func {
		case "row_number", "rank", "dense_rank":
		default:
			return false
		}
	}
	return true
}

// maxRank is the largest number that is worth it. Up to that many rows of each partition are kept beside what is sorted.
const maxRank = 1 << 16

// atMost finds a condition that a column be at most a constant, which is at least 1.
func atMost(conds []plan.Expr, id int) (int64, bool) {
	best, found := int64(math.MaxInt64), false
	for _, c := range conds {
		call, ok := c.(*plan.Call)
		if !ok || len(call.In) != 2 {
			continue
		}
		name, column, constant := call.Name, call.In[0], call.In[1]
		if _, ok := column.(*plan.Ref); !ok {
			name, column, constant = turned[name], constant, column
		}
		ref, ok := column.(*plan.Ref)
		most, known := plan.Bigint(constant)
		if !ok || ref.ID != id || !known {
			continue
		}
		switch name {
		case "lt":
			most--
		case "lte", "equal":
		default:
			continue
		}
		if most >= 1 && most <= maxRank {
			best, found = min(best, most), true
		}
	}
	return best, found
}

// turned are comparisons with their sides exchanged.
var turned = map[string]string{"gt": "lt", "gte": "lte", "equal": "equal"}
