// Package eval compiles Substrait expressions into trees of nodes and computes them over columns.
//
// A node computes a whole batch at a time by a function of package udf. What SQL decides row by row (AND, OR, CASE,
// COALESCE) is computed on the rows that are not decided yet, so that an error in a branch not taken stays unseen.
package eval

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// An Expr is a compiled expression. It may be used at once.
type Expr interface {
	Type() arrow.DataType
	// Nullable says whether the value can be NULL, as far as that is known.
	Nullable() bool
	// Eval computes the expression for each row of in. The caller releases the result. It may be encoded if a column is.
	Eval(ctx context.Context, in Input) (udf.Arg, error)
	// Args are the expressions that this one is made of.
	Args() []Expr
	String() string
}

// An Input is what expressions see of a batch. Columns that an expression does not name may be nil; those of text may be
// encoded (catalog.Encoded).
type Input struct {
	Columns []arrow.Array
	Rows    int
}

// Of is the input of all columns of a batch.
func Of(batch arrow.RecordBatch) Input {
	return Input{Columns: batch.Columns(), Rows: int(batch.NumRows())}
}

// pick copies some rows of the columns named. The caller releases what it picked.
func (in Input) pick(mem memory.Allocator, columns []int, rows []uint32) Input {
	out := Input{Columns: make([]arrow.Array, len(in.Columns)), Rows: len(rows)}
	for _, c := range columns {
		out.Columns[c] = gather.Rows(mem, in.Columns[c], rows)
	}
	return out
}

func (in Input) release() {
	for _, c := range in.Columns {
		if c != nil {
			c.Release()
		}
	}
}

// Columns lists the columns that expressions need, ascending.
func Columns(exprs ...Expr) []int {
	var columns []int
	var walk func(e Expr)
	walk = func(e Expr) {
		if c, ok := e.(*Column); ok {
			columns = append(columns, c.Index)
		}
		for _, arg := range e.Args() {
			walk(arg)
		}
	}
	for _, e := range exprs {
		walk(e)
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// IsVolatile tells whether an expression may have another value the next time that it is computed for the same row.
func IsVolatile(e Expr) bool {
	if f, ok := e.(*Function); ok && f.fn.Volatile {
		return true
	}
	return slices.ContainsFunc(e.Args(), IsVolatile)
}

// Array computes an expression as an array of in.Rows rows.
func Array(ctx context.Context, mem memory.Allocator, e Expr, in Input) (arrow.Array, error) {
	v, err := e.Eval(ctx, in)
	if err != nil || !v.Const {
		return v.Array, err
	}
	defer v.Release()
	return gather.Rows(mem, v.Array, make([]uint32, in.Rows)), nil
}

// evalAll computes several expressions, none of them encoded.
func evalAll(ctx context.Context, mem memory.Allocator, exprs []Expr, in Input) ([]udf.Arg, error) {
	args := make([]udf.Arg, 0, len(exprs))
	for _, e := range exprs {
		v, err := e.Eval(ctx, in)
		if err != nil {
			releaseAll(args)
			return nil, err
		}
		args = append(args, inPlain(mem, v))
	}
	return args, nil
}

// inPlain is a value without encoding. It takes the value over.
func inPlain(mem memory.Allocator, v udf.Arg) udf.Arg {
	if v.DataType().ID() != arrow.DICTIONARY {
		return v
	}
	defer v.Release()
	return udf.Arg{Array: gather.Plain(mem, v.Array), Const: v.Const}
}

func releaseAll(args []udf.Arg) {
	for _, a := range args {
		a.Release()
	}
}

// canFail says whether computing an expression for a row that does not need it could end in an error.
func canFail(e Expr) bool {
	switch e := e.(type) {
	case *Column, *Literal, *Field, *InList, *junction:
	case *Function:
		if !total[e.fn.Name] {
			return true
		}
	case *lazy:
		return canFail(e.Expr)
	default:
		return true
	}
	return slices.ContainsFunc(e.Args(), canFail)
}

// total has functions that have a value for every argument. It is a list of the cheap and frequent ones: for a function
// that is not here the rows are picked first, which is never wrong.
var total = map[string]bool{
	"equal": true, "not_equal": true, "lt": true, "lte": true, "gt": true, "gte": true,
	"is_null": true, "is_not_null": true, "is_distinct_from": true, "is_not_distinct_from": true,
	"is_true": true, "is_false": true, "is_not_true": true, "is_not_false": true, "not": true,
}
