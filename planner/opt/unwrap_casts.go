package opt

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// unwrapCasts compares a column in its own type with a constant, so that statistics and dictionaries can be asked.
//
//	x::bigint = 5                  =>  x = 5::integer
//	score::double precision > 0.5  =>  score > 0.5::real
//	score::double precision > 0.1  =>  score >= 0.1::real, which is the next real above 0.1
//	x::bigint IN (1, 10000000000)  =>  x IN (1::integer)
//
// The cast of the column keeps its values apart and in order. The constant must be the same in the column's type, or lie between
// two neighbors there and be compared by order.
func unwrapCasts(o *Optimizer, n plan.Node) (plan.Node, bool) {
	out := mapExprs(n, func(e plan.Expr) plan.Expr {
		return plan.RewriteUp(e, func(e plan.Expr) plan.Expr { return o.unwrap(e) })
	})
	return out, out != n
}

var comparisons = map[string]bool{"equal": true, "not_equal": true, "lt": true, "lte": true, "gt": true, "gte": true,
	"is_distinct_from": true, "is_not_distinct_from": true}

func (o *Optimizer) unwrap(e plan.Expr) plan.Expr {
	if in, ok := e.(*plan.InList); ok {
		return o.unwrapList(in)
	}
	call, ok := e.(*plan.Call)
	if !ok || !comparisons[call.Name] || len(call.In) != 2 {
		return e
	}
	for i := range 2 {
		cast, ok := call.In[i].(*plan.Cast)
		constant, ok2 := call.In[1-i].(*plan.Literal)
		if !ok || !ok2 || !keepsOrder(cast.Arg.Type(), cast.To) {
			continue
		}
		name := call.Name
		narrow, ok := o.same(constant, cast.Arg.Type())
		if !ok {
			if narrow, name, ok = neighbor(name, i == 1, constant, cast.Arg.Type()); !ok {
				continue
			}
		}
		args := []plan.Expr{cast.Arg, narrow}
		if i == 1 {
			args = []plan.Expr{narrow, cast.Arg}
		}
		out := *call
		out.Name, out.In = name, args
		return &out
	}
	return e
}

// unwrapList does the same for IN. Members that the column's type does not have match nothing and go, but for the last.
func (o *Optimizer) unwrapList(in *plan.InList) plan.Expr {
	cast, ok := in.Arg.(*plan.Cast)
	if !ok || !keepsOrder(cast.Arg.Type(), cast.To) {
		return in
	}
	out := &plan.InList{Arg: cast.Arg, At: in.At}
	for _, member := range in.List {
		l, ok := member.(*plan.Literal)
		if !ok {
			return in
		}
		if narrow, ok := o.same(l, cast.Arg.Type()); ok {
			out.List = append(out.List, narrow)
		}
	}
	if len(out.List) == 0 {
		return in
	}
	return out
}

// neighbor is for a double constant that is no real: the comparison with the real nearest to it that comes to the same. turned
// says that the constant stands on the left.
func neighbor(name string, turned bool, l *plan.Literal, to arrow.DataType) (*plan.Literal, string, bool) {
	double, ok := l.Value.(*array.Float64)
	if !ok || to.ID() != arrow.FLOAT32 || double.IsNull(0) {
		return nil, "", false
	}
	exact := double.Value(0)
	near := float32(exact)
	if math.IsInf(float64(near), 0) || math.IsNaN(exact) {
		return nil, "", false
	}
	above := (float64(near) > exact) != turned // nothing lies between the two
	switch {
	case name == "gt" && above:
		name = "gte"
	case name == "gte" && !above:
		name = "gt"
	case name == "lte" && above:
		name = "lt"
	case name == "lt" && !above:
		name = "lte"
	case name != "lt" && name != "lte" && name != "gt" && name != "gte":
		return nil, "", false
	}
	b := array.NewFloat32Builder(memory.DefaultAllocator)
	b.Append(near)
	return &plan.Literal{Value: b.NewArray(), At: l.At}, name, true
}

// keepsOrder tells casts that give different values different results, in the same order.
func keepsOrder(from, to arrow.DataType) bool {
	switch from.ID() {
	case arrow.INT16:
		return to.ID() == arrow.INT32 || to.ID() == arrow.INT64 || to.ID() == arrow.FLOAT64 || wide(to, 5)
	case arrow.INT32:
		return to.ID() == arrow.INT64 || to.ID() == arrow.FLOAT64 || wide(to, 10)
	case arrow.INT64:
		return wide(to, 19)
	case arrow.FLOAT32:
		return to.ID() == arrow.FLOAT64
	}
	return false
}

// wide tells whether a decimal type has room for so many digits before the point.
func wide(t arrow.DataType, digits int32) bool {
	d, ok := t.(*arrow.Decimal128Type)
	return ok && d.Precision-d.Scale >= digits
}

// same is a constant in another type, if it is the same there.
func (o *Optimizer) same(l *plan.Literal, to arrow.DataType) (*plan.Literal, bool) {
	if l.Value.IsNull(0) {
		return &plan.Literal{Value: array.MakeArrayOfNull(memory.DefaultAllocator, to, 1), At: l.At}, true
	}
	there, err := udf.Cast(o.call(to), l.Value, to)
	if err != nil {
		return nil, false
	}
	back, err := udf.Cast(o.call(l.Type()), there, l.Type())
	if err != nil || !array.Equal(back, l.Value) {
		return nil, false
	}
	return &plan.Literal{Value: there, At: l.At}, true
}

func (o *Optimizer) call(to arrow.DataType) *udf.Call {
	return &udf.Call{Mem: memory.DefaultAllocator, Rows: 1, Out: to, Env: o.Env}
}
