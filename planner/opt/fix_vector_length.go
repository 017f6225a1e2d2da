package opt

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// fixVectorLength gives a constant list the type of the vector that it is measured against, so that the function for vectors of
// one length does it, at the speed of memory.
//
//	l2_distance(embedding, ARRAY[1, 2, 3]::real[])  =>  l2_distance(embedding, '[1,2,3]'::vector(3))
//
// A list of another length, or with NULL in it, stays: the executor says what is wrong with it.
func fixVectorLength(o *Optimizer, n plan.Node) (plan.Node, bool) {
	out := mapExprs(n, func(e plan.Expr) plan.Expr {
		return plan.RewriteUp(e, func(e plan.Expr) plan.Expr { return o.fixLength(e) })
	})
	return out, out != n
}

func (o *Optimizer) fixLength(e plan.Expr) plan.Expr {
	call, ok := e.(*plan.Call)
	if !ok || len(call.In) != 2 {
		return e
	}
	for i := range 2 {
		vector, ok := call.In[i].Type().(*arrow.FixedSizeListType)
		l, isLiteral := call.In[1-i].(*plan.Literal)
		if !ok || !isLiteral || !isListOf(l, int(vector.Len())) {
			continue
		}
		found, err := o.Functions.Resolve(call.Name, []arrow.DataType{vector, vector})
		if err != nil || !arrow.TypeEqual(found.Out, call.Out) || !arrow.TypeEqual(found.Args[0], vector) {
			return e
		}
		fixed, err := udf.Cast(o.call(vector), l.Value, vector)
		if err != nil {
			return e
		}
		args := []plan.Expr{call.In[0], call.In[1]}
		args[1-i] = &plan.Literal{Value: fixed, At: l.At}
		return call.WithArgs(args)
	}
	return e
}

// isListOf tells whether a constant is a list of so many numbers, none of them NULL, that are reals already.
func isListOf(l *plan.Literal, n int) bool {
	list, ok := l.Value.(*array.List)
	if !ok || list.IsNull(0) {
		return false
	}
	start, end := list.ValueOffsets(0)
	if list.ListValues().DataType().ID() != arrow.FLOAT32 || int(end-start) != n {
		return false
	}
	for i := start; i < end; i++ {
		if list.ListValues().IsNull(int(i)) {
			return false
		}
	}
	return true
}
