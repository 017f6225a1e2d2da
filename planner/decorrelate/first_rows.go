package decorrelate

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// firstOf is a limit for the rows of each partition: they are numbered in the order of keys, and those with numbers in the limit
// stay.
func (d *decorrelator) firstOf(n plan.Node, partition []plan.Expr, keys []plan.Key, limit *plan.Limit) plan.Node {
	number := d.newColumn("row_number", arrow.PrimitiveTypes.Int64, false)
	w := &plan.Window{Input: n, Partition: partition, Order: keys,
		Calls: []plan.WindowCall{{Column: number, Func: "row_number", Frame: plan.DefaultFrame}}}
	var conds []plan.Expr
	last := limit.Count
	if limit.Skip != nil {
		skip := orZero(limit.Skip)
		conds = append(conds, condition("gt", false, ref(number), skip))
		if last != nil {
			last = &plan.Call{Name: "add", In: []plan.Expr{skip, last}, Out: arrow.PrimitiveTypes.Int64, Null: true, At: -1}
		}
	}
	if last != nil {
		within := condition("lte", true, ref(number), last)
		if _, ok := plan.Bigint(limit.Count); !ok { // a parameter that is NULL is no limit
			within = condition("or", true, condition("is_null", false, limit.Count), within)
		}
		conds = append(conds, within)
	}
	return &plan.Filter{Input: w, Cond: plan.And(conds)}
}

func orZero(e plan.Expr) plan.Expr {
	if _, ok := plan.Bigint(e); ok {
		return e
	}
	return &plan.Call{Name: "coalesce", In: []plan.Expr{e, bigint(0)}, Out: arrow.PrimitiveTypes.Int64, At: -1}
}
