package opt

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// carryConditions has what is said of a column said of its equals as well, so that the tables of both are read by it.
//
//	Filter(a.x < 5, Join(a.x = b.x, a, b))  =>  Filter(a.x < 5 AND b.x < 5, Join(a.x = b.x, a, b))
//
// Only rows whose columns are equal come through inner joins, and of rows with the same value either both fulfill a condition or none does.
// Floats are left alone: 0 and -0 are equal and not the same.
func carryConditions(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	switch n := n.(type) {
	case *plan.Filter:
		if conds, ok := carried(plan.Conjuncts(n.Cond), joinConditions(n.Input)); ok {
			return &plan.Filter{Input: n.Input, Cond: conds}, true
		}
	case *plan.Join:
		if n.Kind != plan.Inner || n.On == nil {
			return n, false
		}
		below := append(joinConditions(n.Left), joinConditions(n.Right)...)
		if conds, ok := carried(plan.Conjuncts(n.On), below); ok {
			out := *n
			out.On = conds
			return &out, true
		}
	}
	return n, false
}

// joinConditions are those of a tree of inner joins.
func joinConditions(n plan.Node) []plan.Expr {
	j, ok := n.(*plan.Join)
	if !ok || j.Kind != plan.Inner {
		return nil
	}
	conds := append(joinConditions(j.Left), joinConditions(j.Right)...)
	if j.On != nil {
		conds = append(conds, plan.Conjuncts(j.On)...)
	}
	return conds
}

// carried adds to conditions what they say, by the equalities among them and among those below, of other columns.
func carried(conds, below []plan.Expr) (plan.Expr, bool) {
	all := append(below[:len(below):len(below)], conds...)
	var equal [][2]*plan.Ref
	for _, c := range all {
		if l, r, ok := equalColumns(c); ok {
			equal = append(equal, [2]*plan.Ref{l, r}, [2]*plan.Ref{r, l})
		}
	}
	added := false
	for i := 0; i < len(all) && len(equal) > 0; i++ { // also over what was added, for the equals of equals
		id, ok := comparedColumn(all[i])
		if !ok {
			continue
		}
		for _, e := range equal {
			if e[0].ID != id {
				continue
			}
			c, _ := substitute(all[i], map[int]plan.Expr{id: e[1]})
			if !slices.ContainsFunc(all, func(have plan.Expr) bool { return plan.Equal(have, c) }) {
				all, conds, added = append(all, c), append(conds, c), true
			}
		}
	}
	return plan.And(conds), added
}

// equalColumns takes apart an equality of two columns of one type.
func equalColumns(c plan.Expr) (l, r *plan.Ref, ok bool) {
	call, isCall := c.(*plan.Call)
	if !isCall || call.Name != "equal" {
		return nil, nil, false
	}
	l, isLeft := call.In[0].(*plan.Ref)
	r, isRight := call.In[1].(*plan.Ref)
	ok = isLeft && isRight && l.ID != r.ID && arrow.TypeEqual(l.Type(), r.Type()) && !arrow.IsFloating(l.Type().ID())
	return l, r, ok
}

// comparedColumn is the column that a condition compares with constants.
func comparedColumn(c plan.Expr) (int, bool) {
	switch e := c.(type) {
	case *plan.InList:
		if ref, ok := e.Arg.(*plan.Ref); ok && !slices.ContainsFunc(e.List, notConstant) {
			return ref.ID, true
		}
	case *plan.Call:
		if !slices.Contains([]string{"equal", "lt", "lte", "gt", "gte", "like"}, e.Name) || len(e.In) != 2 {
			return 0, false
		}
		for i, arg := range e.In {
			if ref, ok := arg.(*plan.Ref); ok && !notConstant(e.In[1-i]) {
				return ref.ID, true
			}
		}
	}
	return 0, false
}

func notConstant(e plan.Expr) bool {
	switch e.(type) {
	case *plan.Literal, *plan.Param:
		return false
	}
	return true
}
