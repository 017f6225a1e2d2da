package opt

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// useInList makes one IN of several comparisons of the same thing with constants, as tools for analysts write them.
//
//	x = 1 OR x = 2 OR y  =>  x IN (1, 2) OR y
//
// IN is true, false and NULL exactly where the comparisons are, and looks a value up once.
func useInList(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	out := mapExprs(n, func(e plan.Expr) plan.Expr { return plan.RewriteUp(e, gather) })
	return out, out != n
}

// gather collects the operands of OR that compare with constants.
func gather(e plan.Expr) plan.Expr {
	or, ok := e.(*plan.Call)
	if !ok || or.Name != "or" {
		return e
	}
	var parts []plan.Expr
	var lists []*plan.InList
	where := map[*plan.InList]int{} // its place among the parts
	for _, arg := range or.In {
		value, members := membership(arg)
		if value == nil {
			parts = append(parts, arg)
			continue
		}
		list := sameValue(lists, value)
		if list == nil {
			list = &plan.InList{Arg: value, At: arg.Pos()}
			if len(lists) < maxCompared {
				lists = append(lists, list)
			}
			where[list] = len(parts)
			parts = append(parts, arg)
		}
		list.List = append(list.List, members...)
	}
	if len(parts) == len(or.In) {
		return e
	}
	for _, list := range lists {
		if len(list.List) > 1 {
			parts[where[list]] = list
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return or.WithArgs(parts)
}

// membership takes x = 1 and x IN (1, 2) apart into x and the constants; the value is nil for anything else.
func membership(e plan.Expr) (value plan.Expr, members []plan.Expr) {
	switch e := e.(type) {
	case *plan.Call:
		if e.Name != "equal" {
			return nil, nil
		}
		for i := range 2 {
			_, constant := e.In[i].(*plan.Literal)
			if constant && !isVolatile(e.In[1-i]) && arrow.TypeEqual(e.In[0].Type(), e.In[1].Type()) {
				return e.In[1-i], []plan.Expr{e.In[i]}
			}
		}
	case *plan.InList:
		for _, member := range e.List {
			if _, constant := member.(*plan.Literal); !constant {
				return nil, nil
			}
		}
		if !isVolatile(e.Arg) {
			return e.Arg, e.List
		}
	}
	return nil, nil
}

func sameValue(lists []*plan.InList, value plan.Expr) *plan.InList {
	for _, l := range lists {
		if plan.Equal(l.Arg, value) {
			return l
		}
	}
	return nil
}
