package eval

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// Case is CASE WHEN ... THEN ... ELSE ... END. An arm is computed for the rows that take it.
type Case struct {
	arms    []arm
	last    Expr // ELSE
	mem     memory.Allocator
	byEntry *byEntry
}

type arm struct{ when, then Expr }

func (c *Case) Type() arrow.DataType { return c.last.Type() }

func (c *Case) Nullable() bool {
	for _, a := range c.arms {
		if a.then.Nullable() {
			return true
		}
	}
	return c.last.Nullable()
}

func (c *Case) Args() []Expr {
	var args []Expr
	for _, a := range c.arms {
		args = append(args, a.when, a.then)
	}
	return append(args, c.last)
}

func (c *Case) String() string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, a := range c.arms {
		b.WriteString(" WHEN " + a.when.String() + " THEN " + a.then.String())
	}
	b.WriteString(" ELSE " + c.last.String() + " END")
	return b.String()
}

func (c *Case) Eval(ctx context.Context, in Input) (udf.Arg, error) {
	if v, ok, err := c.byEntry.eval(ctx, c, in); ok || err != nil {
		return v, err
	}
	m := newMosaic(c.mem, c.Type(), in.Rows)
	defer m.release()
	for _, a := range c.arms {
		if len(m.open) == 0 {
			break
		}
		if err := c.arm(ctx, a, in, m); err != nil {
			return udf.Arg{}, err
		}
	}
	if len(m.open) > 0 {
		if err := m.lay(ctx, c.last, in, m.open); err != nil {
			return udf.Arg{}, err
		}
	}
	return udf.Arg{Array: m.array()}, nil
}

// arm lays the rows that the arm's condition holds for, and leaves the others open.
func (c *Case) arm(ctx context.Context, a arm, in Input, m *mosaic) error {
	v, err := m.eval(ctx, a.when, in, m.open)
	if err != nil {
		return err
	}
	defer v.Release()
	b, ok := v.Array.(*array.Boolean)
	if !ok {
		return notBoolean(a.when)
	}
	var take, leave []uint32
	for at, row := range m.open {
		if truthOf(b, v.Row(at)) == yes {
			take = append(take, row)
		} else {
			leave = append(leave, row)
		}
	}
	m.open = leave
	if len(take) == 0 {
		return nil
	}
	return m.lay(ctx, a.then, in, take)
}

// Coalesce is its first argument that is not NULL. An argument is computed for the rows where those before it are NULL.
type Coalesce struct {
	args     []Expr
	nullable bool
	mem      memory.Allocator
	byEntry  *byEntry
}

func (c *Coalesce) Type() arrow.DataType { return c.args[0].Type() }
func (c *Coalesce) Nullable() bool       { return c.nullable }
func (c *Coalesce) Args() []Expr         { return c.args }
func (c *Coalesce) String() string       { return "coalesce(" + list(c.args) + ")" }

func (c *Coalesce) Eval(ctx context.Context, in Input) (udf.Arg, error) {
	if v, ok, err := c.byEntry.eval(ctx, c, in); ok || err != nil {
		return v, err
	}
	m := newMosaic(c.mem, c.Type(), in.Rows)
	defer m.release()
	for i, arg := range c.args {
		v, err := m.eval(ctx, arg, in, m.open)
		if err != nil {
			return udf.Arg{}, err
		}
		if i == 0 && v.NullN() == 0 && v.DataType().ID() != arrow.NULL {
			return v, nil
		}
		var leave []uint32
		chunk := len(m.chunks)
		for at, row := range m.open {
			m.refs[row] = gather.At(chunk, v.Row(at))
			if v.IsNull(v.Row(at)) || v.DataType().ID() == arrow.NULL {
				leave = append(leave, row)
			}
		}
		m.chunks, m.open = append(m.chunks, v.Array), leave
		if len(leave) == 0 {
			break
		}
	}
	return udf.Arg{Array: m.array()}, nil
}

// A mosaic is a column put together from columns of some of its rows each.
type mosaic struct {
	mem    memory.Allocator
	dt     arrow.DataType
	open   []uint32 // rows that have no value yet
	chunks []arrow.Array
	refs   []gather.Ref
}

func newMosaic(mem memory.Allocator, dt arrow.DataType, rows int) *mosaic {
	m := &mosaic{mem: mem, dt: dt, open: make([]uint32, rows), refs: make([]gather.Ref, rows)}
	for i := range m.open {
		m.open[i] = uint32(i)
	}
	return m
}

// eval computes an expression for some of the rows: row i of the result is that of rows[i].
func (m *mosaic) eval(ctx context.Context, e Expr, in Input, rows []uint32) (udf.Arg, error) {
	if len(rows) == in.Rows {
		return e.Eval(ctx, in)
	}
	in = in.pick(m.mem, Columns(e), rows)
	defer in.release()
	return e.Eval(ctx, in)
}

// lay computes an expression for some of the rows as their value.
func (m *mosaic) lay(ctx context.Context, e Expr, in Input, rows []uint32) error {
	v, err := m.eval(ctx, e, in, rows)
	if err != nil {
		return err
	}
	for at, row := range rows {
		m.refs[row] = gather.At(len(m.chunks), v.Row(at))
	}
	m.chunks = append(m.chunks, v.Array)
	return nil
}

func (m *mosaic) array() arrow.Array { return gather.Chunks(m.mem, m.dt, m.chunks, m.refs) }

func (m *mosaic) release() {
	for _, c := range m.chunks {
		c.Release()
	}
}
