package eval

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// Column is a column of the input.
type Column struct {
	Index int
	Field arrow.Field
}

func (c *Column) Type() arrow.DataType { return c.Field.Type }
func (c *Column) Nullable() bool       { return c.Field.Nullable }
func (c *Column) Args() []Expr         { return nil }
func (c *Column) String() string       { return c.Field.Name }

func (c *Column) Eval(_ context.Context, in Input) (udf.Arg, error) {
	a := in.Columns[c.Index]
	a.Retain()
	return udf.Arg{Array: a}, nil
}

// Field is a field of a struct. The field of a NULL struct is NULL.
type Field struct {
	Struct Expr
	Index  int
	mem    memory.Allocator
}

func (f *Field) field() arrow.Field   { return f.Struct.Type().(*arrow.StructType).Field(f.Index) }
func (f *Field) Type() arrow.DataType { return f.field().Type }
func (f *Field) Nullable() bool       { return f.Struct.Nullable() || f.field().Nullable }
func (f *Field) Args() []Expr         { return []Expr{f.Struct} }
func (f *Field) String() string       { return "(" + f.Struct.String() + ")." + f.field().Name }

func (f *Field) Eval(ctx context.Context, in Input) (udf.Arg, error) {
	v, err := f.Struct.Eval(ctx, in)
	if err != nil {
		return udf.Arg{}, err
	}
	defer v.Release()
	s, ok := v.Array.(*array.Struct)
	if !ok {
		return udf.Arg{}, malformed("%s is not a struct", f.Struct)
	}
	field := s.Field(f.Index)
	if s.NullN() == 0 {
		field.Retain()
		return udf.Arg{Array: field, Const: v.Const}, nil
	}
	return udf.Arg{Array: alsoNull(f.mem, field, s), Const: v.Const}, nil
}

// alsoNull is a with NULL wherever b is NULL.
func alsoNull(mem memory.Allocator, a, b arrow.Array) arrow.Array {
	d := a.Data()
	valid := memory.NewResizableBuffer(mem)
	defer valid.Release()
	valid.Resize((d.Offset() + a.Len() + 7) / 8)
	bits := valid.Bytes()
	clear(bits)
	nulls := 0
	for i := range a.Len() {
		if a.IsNull(i) || b.IsNull(i) {
			nulls++
			continue
		}
		at := d.Offset() + i
		bits[at>>3] |= 1 << (at & 7)
	}
	if d.DataType().ID() == arrow.NULL {
		a.Retain()
		return a
	}
	buffers := append([]*memory.Buffer{valid}, d.Buffers()[1:]...)
	out := array.NewData(d.DataType(), d.Len(), buffers, d.Children(), nulls, d.Offset())
	defer out.Release()
	if dict, ok := d.Dictionary().(*array.Data); ok && dict != nil {
		out.SetDictionary(dict)
	}
	return array.MakeFromData(out)
}
