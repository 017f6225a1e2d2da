package eval

import (
	"context"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/udf"
)

// InList is x IN (constants): true if one is equal, NULL if none is but x or one of them is NULL.
type InList struct {
	value   Expr
	options []Expr // constants of the value's type
	mem     memory.Allocator
	byEntry *byEntry

	once  sync.Once
	table *keys.Table
	nulls bool // some option is NULL
	err   error
}

func (l *InList) Type() arrow.DataType { return arrow.FixedWidthTypes.Boolean }
func (l *InList) Args() []Expr         { return append([]Expr{l.value}, l.options...) }
func (l *InList) Nullable() bool       { return slices.ContainsFunc(l.Args(), Expr.Nullable) }
func (l *InList) String() string       { return operand(l.value) + " IN (" + list(l.options) + ")" }

func (l *InList) Eval(ctx context.Context, in Input) (udf.Arg, error) {
	if v, ok, err := l.byEntry.eval(ctx, l, in); ok || err != nil {
		return v, err
	}
	l.once.Do(func() { l.err = l.build(ctx) })
	if l.err != nil {
		return udf.Arg{}, l.err
	}
	v, err := l.value.Eval(ctx, in)
	if err != nil {
		return udf.Arg{}, err
	}
	defer v.Release()
	n := v.Len()
	ids := make([]uint32, n)
	l.table.Find(&keys.Scratch{}, []arrow.Array{v.Array}, n, ids)
	answers := make([]truth, n)
	for i, id := range ids {
		switch {
		case v.IsNull(i):
			answers[i] = unknown
		case id != keys.Missing:
			answers[i] = yes
		case l.nulls:
			answers[i] = unknown
		}
	}
	return udf.Arg{Array: truths(l.mem, answers), Const: v.Const}, nil
}

// build makes a table of the options that are not NULL.
func (l *InList) build(ctx context.Context) error {
	var err error
	if l.table, err = keys.NewTable([]arrow.DataType{l.value.Type()}); err != nil {
		return unsupported("%v", err)
	}
	var s keys.Scratch
	for _, o := range l.options {
		a, err := Value(ctx, o)
		if err != nil {
			return err
		}
		if a.NullN() > 0 {
			l.nulls = true
		} else {
			l.table.Insert(&s, []arrow.Array{a}, 1, make([]uint32, 1), nil)
		}
		a.Release()
	}
	return nil
}

// values are the options that are not NULL, as one array which the caller releases.
func (l *InList) values(ctx context.Context) (arrow.Array, error) {
	var options []arrow.Array
	defer func() {
		for _, o := range options {
			o.Release()
		}
	}()
	for _, o := range l.options {
		a, err := Value(ctx, o)
		if err != nil {
			return nil, err
		}
		if a.NullN() > 0 {
			a.Release()
			continue
		}
		options = append(options, a)
	}
	if len(options) == 0 {
		return udf.NullArray(l.mem, l.value.Type(), 0), nil
	}
	return array.Concatenate(options, l.mem)
}
