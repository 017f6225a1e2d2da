package eval

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// Cast converts a value to another type.
type Cast struct {
	arg      Expr
	to       arrow.DataType
	nullable bool
	mem      memory.Allocator
	env      *udf.Env
	byEntry  *byEntry
}

func (c *Cast) Type() arrow.DataType { return c.to }
func (c *Cast) Nullable() bool       { return c.nullable }
func (c *Cast) Args() []Expr         { return []Expr{c.arg} }
func (c *Cast) String() string       { return operand(c.arg) + "::" + udf.TypeName(c.to) }

func (c *Cast) Eval(ctx context.Context, in Input) (udf.Arg, error) {
	if v, ok, err := c.byEntry.eval(ctx, c, in); ok || err != nil {
		return v, err
	}
	v, err := c.arg.Eval(ctx, in)
	if err != nil {
		return udf.Arg{}, err
	}
	v = inPlain(c.mem, v)
	if arrow.TypeEqual(v.DataType(), c.to) {
		return v, nil
	}
	defer v.Release()
	call := udf.Call{Mem: c.mem, Rows: v.Len(), Out: c.to, Env: c.env}
	a, err := udf.Cast(&call, v.Array, c.to)
	if err != nil {
		return udf.Arg{}, err
	}
	return udf.Arg{Array: a, Const: v.Const}, nil
}
