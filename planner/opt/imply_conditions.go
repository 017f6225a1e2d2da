package opt

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// implyConditions adds what an OR says of a single column in each of its operands, so that it can be pushed to the column's table.
//
//	Filter((a.x = 1 AND b.y = 2) OR (a.x = 3 AND b.y = 4))
//	=>  Filter(... AND (a.x = 1 OR a.x = 3) AND (b.y = 2 OR b.y = 4))
func implyConditions(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	switch n := n.(type) {
	case *plan.Filter:
		if conds, ok := withImplied(n.Cond); ok {
			return &plan.Filter{Input: n.Input, Cond: conds}, true
		}
	case *plan.Join:
		if n.On == nil || n.Kind != plan.Inner {
			return n, false
		}
		if conds, ok := withImplied(n.On); ok {
			out := *n
			out.On = conds
			return &out, true
		}
	}
	return n, false
}

func withImplied(cond plan.Expr) (plan.Expr, bool) {
	conds := plan.Conjuncts(cond)
	added := false
	for _, c := range conds[:len(conds):len(conds)] {
		or, ok := c.(*plan.Call)
		if !ok || or.Name != "or" || isVolatile(or) || len(plan.FreeOf(or)) < 2 {
			continue
		}
		for _, id := range columnsOfFirst(or) {
			implied, ok := about(or, id)
			if ok && !slices.ContainsFunc(conds, func(have plan.Expr) bool { return plan.Equal(have, implied) }) {
				conds, added = append(conds, implied), true
			}
		}
	}
	return plan.And(conds), added
}

// columnsOfFirst are the columns that conditions of the first operand are about alone, in their order.
func columnsOfFirst(or *plan.Call) []int {
	var ids []int
	for _, c := range plan.Conjuncts(or.In[0]) {
		if id, ok := onlyColumn(c); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// about is what each operand of OR says about one column alone; false if one says nothing.
func about(or *plan.Call, id int) (plan.Expr, bool) {
	parts := make([]plan.Expr, len(or.In))
	for i, arg := range or.In {
		var own []plan.Expr
		for _, c := range plan.Conjuncts(arg) {
			if of, ok := onlyColumn(c); ok && of == id {
				own = append(own, c)
			}
		}
		if len(own) == 0 {
			return nil, false
		}
		parts[i] = plan.And(own)
	}
	return or.WithArgs(parts), true
}

func onlyColumn(e plan.Expr) (int, bool) {
	free := plan.FreeOf(e)
	if len(free) != 1 {
		return 0, false
	}
	for id := range free {
		return id, true
	}
	return 0, false
}
