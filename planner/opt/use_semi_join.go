package opt

import (
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// useSemiJoin keeps rows by a join where a filter asks for the mark of one.
//
//	Filter(mark AND rest, LeftMark(a, b))      =>  Filter(rest, Project(a, mark = true, LeftSemi(a, b)))
//	Filter(NOT mark AND rest, LeftMark(a, b))  =>  Filter(rest, Project(a, mark = false, LeftAnti(a, b)))
//
// A mark that is NULL keeps no row either way. That is just what a semi join does; an anti join would keep the row, so it takes
// the place of NOT mark only where no comparison can be NULL.
func useSemiJoin(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	filter, ok := n.(*plan.Filter)
	if !ok {
		return n, false
	}
	join, ok := filter.Input.(*plan.Join)
	if !ok || join.Kind != plan.LeftMark {
		return n, false
	}
	conds := plan.Conjuncts(filter.Cond)
	for i, c := range conds {
		kind, matched := plan.LeftSemi, isRef(c, join.Mark.ID)
		if not, ok := c.(*plan.Call); ok && not.Name == "not" && isRef(not.In[0], join.Mark.ID) && !join.On.Nullable() {
			kind, matched = plan.LeftAnti, true
		}
		if !matched {
			continue
		}
		semi := &plan.Join{Kind: kind, Left: join.Left, Right: join.Right, On: join.On}
		b := array.NewBooleanBuilder(memory.DefaultAllocator)
		b.Append(kind == plan.LeftSemi)
		items := append(refs(semi.Columns()), plan.Item{Column: *join.Mark, Expr: &plan.Literal{Value: b.NewArray(), At: -1}})
		var out plan.Node = &plan.Project{Input: semi, Items: items}
		if rest := plan.And(append(conds[:i:i], conds[i+1:]...)); rest != nil {
			out = &plan.Filter{Input: out, Cond: rest}
		}
		return out, true
	}
	return n, false
}

func isRef(e plan.Expr, id int) bool {
	ref, ok := e.(*plan.Ref)
	return ok && ref.ID == id
}
