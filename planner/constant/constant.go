// Package constant evaluates expressions of constants while a statement is planned.
package constant

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// A Folder replaces calls and casts of constants by their values.
type Folder struct {
	Functions *udf.Set
	Env       *udf.Env
	Once      bool // what is made of the value is for this statement only: now() and its like are constants, too
}

// Fold evaluates what can be evaluated, from the inside out. What fails stays as it is: it may never be evaluated, as in CASE
// WHEN x <> 0 THEN 1 / 0 END, and if it is, the executor says so.
func (f Folder) Fold(e plan.Expr) plan.Expr {
	return plan.RewriteUp(e, func(e plan.Expr) plan.Expr {
		if out, ok := f.value(e); ok {
			return out
		}
		return e
	})
}

func (f Folder) value(e plan.Expr) (plan.Expr, bool) {
	switch e := e.(type) {
	case *plan.Call:
		return f.call(e)
	case *plan.Cast:
		arg, ok := e.Arg.(*plan.Literal)
		if !ok {
			return nil, false
		}
		call := &udf.Call{Mem: memory.DefaultAllocator, Rows: 1, Out: e.To, Env: f.Env}
		out, err := udf.Cast(call, arg.Value, e.To)
		if err != nil {
			return nil, false
		}
		return &plan.Literal{Value: out, At: e.At}, true
	case *plan.Case:
		return foldCase(e)
	case *plan.Field:
		return foldField(e)
	}
	return nil, false
}

func (f Folder) call(e *plan.Call) (plan.Expr, bool) {
	// now() and its like have no arguments and another value when the plan is run again.
	if e.Volatile || len(e.In) == 0 && !f.Once {
		return nil, false
	}
	args := make([]udf.Arg, len(e.In))
	types := make([]arrow.DataType, len(e.In))
	for i, arg := range e.In {
		l, ok := arg.(*plan.Literal)
		if !ok {
			return nil, false
		}
		args[i], types[i] = udf.Arg{Array: l.Value, Const: true}, l.Type()
	}
	fn, err := f.Functions.Scalar(e.Name, types)
	if err != nil {
		return nil, false
	}
	out, err := fn.Eval(&udf.Call{Mem: memory.DefaultAllocator, Rows: 1, Out: e.Out, Env: f.Env}, args)
	if err != nil || out.Len() != 1 {
		return nil, false
	}
	return &plan.Literal{Value: out, At: e.At}, true
}

// foldCase drops arms that never apply and ends at one that always does.
func foldCase(e *plan.Case) (plan.Expr, bool) {
	out := &plan.Case{Else: e.Else, At: e.At}
	for i, arm := range e.Whens {
		cond, ok := arm.Cond.(*plan.Literal)
		switch {
		case !ok:
			out.Whens = append(out.Whens, arm)
			continue
		case IsTrue(cond):
			if i == 0 || len(out.Whens) == 0 {
				return arm.Then, true
			}
			out.Else = arm.Then
			return out, true
		}
	}
	switch len(out.Whens) {
	case len(e.Whens):
		return nil, false
	case 0:
		return e.Else, true
	}
	return out, true
}

func foldField(e *plan.Field) (plan.Expr, bool) {
	l, ok := e.Arg.(*plan.Literal)
	if !ok {
		return nil, false
	}
	s, ok := l.Value.(*array.Struct)
	if !ok {
		return nil, false
	}
	if s.IsNull(0) {
		return &plan.Literal{Value: array.MakeArrayOfNull(memory.DefaultAllocator, e.Type(), 1), At: e.At}, true
	}
	return &plan.Literal{Value: s.Field(e.Index), At: e.At}, true
}

// IsTrue tells whether an expression is the constant true.
func IsTrue(e plan.Expr) bool { return is(e, true) }

// IsFalse tells whether an expression is the constant false.
func IsFalse(e plan.Expr) bool { return is(e, false) }

func is(e plan.Expr, want bool) bool {
	l, ok := e.(*plan.Literal)
	if !ok || l.Value.IsNull(0) {
		return false
	}
	b, ok := l.Value.(*array.Boolean)
	return ok && b.Value(0) == want
}

// IsNull tells whether an expression is the constant NULL.
func IsNull(e plan.Expr) bool {
	l, ok := e.(*plan.Literal)
	return ok && l.Value.IsNull(0)
}
