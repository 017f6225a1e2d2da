package opt

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// pushLimit moves a limit towards the scans, so that they stop early and nothing is computed for rows that are dropped.
//
//	Limit(n, Project(x))            =>  Project(Limit(n, x))
//	Limit(n skip m, UnionAll(x, y)) =>  Limit(n skip m, UnionAll(Limit(n+m, x), Limit(n+m, y)))
//
// A limit directly over a sort stays: the two are a top-k.
func pushLimit(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	limit, ok := n.(*plan.Limit)
	if !ok {
		return n, false
	}
	switch in := limit.Input.(type) {
	case *plan.Project:
		for _, item := range in.Items {
			if isVolatile(item.Expr) {
				return n, false
			}
		}
		return in.WithInputs([]plan.Node{limit.WithInputs([]plan.Node{in.Input})}), true
	case *plan.Union:
		return limitUnion(limit, in)
	}
	return n, false
}

func limitUnion(limit *plan.Limit, u *plan.Union) (plan.Node, bool) {
	count, known := plan.Bigint(limit.Count)
	skip, skipKnown := plan.Bigint(limit.Skip)
	if u.Distinct || !known || (limit.Skip != nil && !skipKnown) || count > math.MaxInt64-skip {
		return limit, false
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(count + skip)
	each := &plan.Literal{Value: b.NewArray(), At: -1}
	inputs := make([]plan.Node, len(u.Ins))
	changed := false
	for i, in := range u.Ins {
		inputs[i] = in
		if !limitedTo(in, count+skip) {
			inputs[i] = &plan.Limit{Input: in, Count: each}
			changed = true
		}
	}
	if !changed {
		return limit, false
	}
	return limit.WithInputs([]plan.Node{u.WithInputs(inputs)}), true
}

// limitedTo tells whether a node puts out no more than so many rows anyway.
func limitedTo(n plan.Node, rows int64) bool {
	switch n := n.(type) {
	case *plan.Limit:
		count, ok := plan.Bigint(n.Count)
		return ok && count <= rows
	case *plan.Project:
		return limitedTo(n.Input, rows)
	case *plan.Values:
		return int64(len(n.Rows)) <= rows
	}
	return false
}
