package opt

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// simplifyConditions takes apart AND, OR and NOT by the rules of three-valued logic.
//
//	a AND (b AND true)            =>  a AND b
//	NOT (a < b)                   =>  a >= b
//	(a AND b) OR (a AND c)        =>  a AND (b OR c), so that a can be pushed down by itself
//	Filter(true, x)               =>  x
//	Filter(false or NULL, x)      =>  no rows
func simplifyConditions(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	out := mapExprs(n, func(e plan.Expr) plan.Expr { return plan.RewriteUp(e, simplify) })
	changed := out != n
	f, ok := out.(*plan.Filter)
	switch {
	case !ok:
		return out, changed
	case constant.IsTrue(f.Cond):
		return f.Input, true
	case constant.IsFalse(f.Cond), constant.IsNull(f.Cond):
		return &plan.Values{Cols: f.Columns()}, true
	}
	return out, changed
}

func simplify(e plan.Expr) plan.Expr {
	call, ok := e.(*plan.Call)
	if !ok {
		return e
	}
	switch call.Name {
	case "and":
		return junction(call, constant.IsTrue, constant.IsFalse)
	case "or":
		return factor(junction(call, constant.IsFalse, constant.IsTrue))
	case "not":
		return negate(call)
	}
	return e
}

// maxCompared bounds the search for repetitions, which compares every operand with those before it.
const maxCompared = 64

// junction flattens AND (or OR), drops what does not matter and repetitions, and ends where one operand decides all.
func junction(call *plan.Call, neutral, decides func(plan.Expr) bool) plan.Expr {
	var parts []plan.Expr
	for _, arg := range call.In {
		inner := []plan.Expr{arg}
		if c, ok := arg.(*plan.Call); ok && c.Name == call.Name {
			inner = c.In
		}
		for _, part := range inner {
			switch {
			case decides(part):
				return part
			case neutral(part), len(parts) < maxCompared && slices.ContainsFunc(parts, func(p plan.Expr) bool { return plan.Equal(p, part) }):
			default:
				parts = append(parts, part)
			}
		}
	}
	switch {
	case len(parts) == 0:
		return call.In[0] // all neutral
	case len(parts) == 1:
		return parts[0]
	case slices.Equal(parts, call.In):
		return call
	}
	return call.WithArgs(parts)
}

// factor takes conditions that every operand of OR has out of it.
func factor(e plan.Expr) plan.Expr {
	or, ok := e.(*plan.Call)
	if !ok || or.Name != "or" {
		return e
	}
	var common []plan.Expr
	for _, c := range plan.Conjuncts(or.In[0]) {
		everywhere := !isVolatile(c)
		for _, other := range or.In[1:] {
			everywhere = everywhere && slices.ContainsFunc(plan.Conjuncts(other), func(o plan.Expr) bool { return plan.Equal(o, c) })
		}
		if everywhere {
			common = append(common, c)
		}
	}
	if len(common) == 0 {
		return e
	}
	var rest []plan.Expr
	for _, arg := range or.In {
		left := slices.DeleteFunc(plan.Conjuncts(arg), func(c plan.Expr) bool {
			return slices.ContainsFunc(common, func(o plan.Expr) bool { return plan.Equal(o, c) })
		})
		if len(left) == 0 { // a OR (a AND b) is a
			return plan.And(common)
		}
		rest = append(rest, plan.And(left))
	}
	return plan.And(append(common, or.WithArgs(rest)))
}

// opposite are the comparisons that deny each other, also where an operand is NULL.
var opposite = map[string]string{"equal": "not_equal", "not_equal": "equal", "lt": "gte", "gte": "lt", "gt": "lte", "lte": "gt",
	"is_null": "is_not_null", "is_not_null": "is_null",
	"is_distinct_from": "is_not_distinct_from", "is_not_distinct_from": "is_distinct_from"}

func negate(not *plan.Call) plan.Expr {
	arg, ok := not.In[0].(*plan.Call)
	if !ok {
		return not
	}
	if arg.Name == "not" {
		return arg.In[0]
	}
	name, ok := opposite[arg.Name]
	if !ok || arg.Out.ID() != arrow.BOOL {
		return not
	}
	out := *arg
	out.Name = name
	return &out
}
