package eval

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// Function is a call of a scalar function.
type Function struct {
	fn       *udf.ScalarFunc
	args     []Expr
	nullable bool
	mem      memory.Allocator
	env      *udf.Env
	byEntry  *byEntry
}

func (f *Function) Name() string         { return f.fn.Name }
func (f *Function) Type() arrow.DataType { return f.fn.Out }
func (f *Function) Nullable() bool       { return f.nullable }
func (f *Function) Args() []Expr         { return f.args }

func (f *Function) Eval(ctx context.Context, in Input) (udf.Arg, error) {
	if v, ok, err := f.byEntry.eval(ctx, f, in); ok || err != nil {
		return v, err
	}
	args, err := evalAll(ctx, f.mem, f.args, in)
	if err != nil {
		return udf.Arg{}, err
	}
	defer releaseAll(args)
	call := udf.Call{Mem: f.mem, Rows: in.Rows, Out: f.fn.Out, Env: f.env, Context: ctx}
	constant := !f.fn.Volatile
	for _, a := range args {
		constant = constant && a.Const
	}
	if constant {
		call.Rows = 1
	}
	if !f.fn.Nulls {
		for _, a := range args {
			if a.NullN() == a.Len() && a.Len() > 0 || a.DataType().ID() == arrow.NULL {
				return udf.Arg{Array: udf.NullArray(f.mem, f.fn.Out, 1), Const: true}, nil
			}
		}
	}
	a, err := f.fn.Eval(&call, args)
	if err != nil {
		return udf.Arg{}, err
	}
	return udf.Arg{Array: a, Const: constant}, nil
}

// infix has the functions that EXPLAIN writes as the operators they are.
var infix = map[string]string{
	"equal": "=", "not_equal": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=",
	"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "modulus": "%", "concat": "||", "like": "LIKE", "ilike": "ILIKE",
	"is_distinct_from": "IS DISTINCT FROM", "is_not_distinct_from": "IS NOT DISTINCT FROM",
}

func (f *Function) String() string {
	if op, ok := infix[f.fn.Name]; ok && len(f.args) == 2 {
		return operand(f.args[0]) + " " + op + " " + operand(f.args[1])
	}
	switch {
	case f.fn.Name == "is_null" && len(f.args) == 1:
		return operand(f.args[0]) + " IS NULL"
	case f.fn.Name == "is_not_null" && len(f.args) == 1:
		return operand(f.args[0]) + " IS NOT NULL"
	case f.fn.Name == "not" && len(f.args) == 1:
		return "NOT " + operand(f.args[0])
	}
	return f.fn.Name + "(" + list(f.args) + ")"
}

// operand puts whatever is made of several words into parentheses.
func operand(e Expr) string {
	s := e.String()
	if _, ok := e.(*Literal); !ok && strings.Contains(s, " ") && !strings.HasSuffix(s, ")") {
		return "(" + s + ")"
	}
	return s
}

func list(exprs []Expr) string {
	texts := make([]string, len(exprs))
	for i, e := range exprs {
		texts[i] = e.String()
	}
	return strings.Join(texts, ", ")
}
