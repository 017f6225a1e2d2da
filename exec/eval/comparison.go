package eval

import (
	"bytes"
	"cmp"
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
)

// A comparison compares a column with a constant, straight into the rows that fulfill it.
type comparison struct {
	column *Column
	op     catalog.Op
	value  Expr // a constant of the column's type
}

var comparisonOps = map[string]catalog.Op{
	"equal": catalog.Eq, "not_equal": catalog.NotEq, "lt": catalog.Less, "lte": catalog.LessEq, "gt": catalog.Greater, "gte": catalog.GreaterEq,
}

// flipped has the comparison that holds for (b, a) where this one holds for (a, b).
var flipped = map[catalog.Op]catalog.Op{
	catalog.Eq: catalog.Eq, catalog.NotEq: catalog.NotEq, catalog.Less: catalog.Greater, catalog.LessEq: catalog.GreaterEq,
	catalog.Greater: catalog.Less, catalog.GreaterEq: catalog.LessEq,
}

// comparisonOf is nil for an expression that is no comparison of a column with a constant.
func comparisonOf(e Expr) *comparison {
	f, ok := e.(*Function)
	if !ok || len(f.args) != 2 {
		return nil
	}
	op, ok := comparisonOps[f.fn.Name]
	if !ok || !arrow.TypeEqual(f.args[0].Type(), f.args[1].Type()) {
		return nil
	}
	if c, ok := f.args[0].(*Column); ok && IsConstant(f.args[1]) {
		return &comparison{c, op, f.args[1]}
	}
	if c, ok := f.args[1].(*Column); ok && IsConstant(f.args[0]) {
		return &comparison{c, flipped[op], f.args[0]}
	}
	return nil
}

// all appends the rows that fulfill the comparison; ok is false where there is no loop for the type.
func (c *comparison) all(ctx context.Context, in Input, into []uint32) (rows []uint32, ok bool, err error) {
	value, err := Value(ctx, c.value)
	if err != nil {
		return into, false, err
	}
	defer value.Release()
	start := len(into)
	if d, isCoded := coded(in.Columns[c.column.Index]); isCoded {
		rows = allCodes(d, c.op, value, into)
	} else if rows, ok = compareAll(in.Columns[c.column.Index], c.op, value, into); !ok {
		return into, false, nil
	}
	return rows[:start+len(dropNulls(in.Columns[c.column.Index], rows[start:]))], true, nil
}

// some drops the rows that do not fulfill the comparison, in place.
func (c *comparison) some(ctx context.Context, in Input, rows []uint32) (kept []uint32, ok bool, err error) {
	value, err := Value(ctx, c.value)
	if err != nil {
		return rows, false, err
	}
	defer value.Release()
	if d, isCoded := coded(in.Columns[c.column.Index]); isCoded {
		kept = someCodes(d, c.op, value, rows)
	} else if kept, ok = compareSome(in.Columns[c.column.Index], c.op, value, rows); !ok {
		return rows, false, nil
	}
	return dropNulls(in.Columns[c.column.Index], kept), true, nil
}

func dropNulls(a arrow.Array, rows []uint32) []uint32 {
	if a.NullN() == 0 {
		return rows
	}
	kept := rows[:0]
	for _, r := range rows {
		if a.IsValid(int(r)) {
			kept = append(kept, r)
		}
	}
	return kept
}

// compareAll appends the rows of a that compare with the value as op says, as if NULL were some value.
func compareAll(a arrow.Array, op catalog.Op, value arrow.Array, into []uint32) ([]uint32, bool) {
	if value.IsNull(0) {
		return into, value.DataType().ID() != arrow.NULL
	}
	switch a := a.(type) {
	case *array.Int16:
		return ordered(a.Int16Values(), op, value.(*array.Int16).Value(0), into), true
	case *array.Int32:
		return ordered(a.Int32Values(), op, value.(*array.Int32).Value(0), into), true
	case *array.Int64:
		return ordered(a.Int64Values(), op, value.(*array.Int64).Value(0), into), true
	case *array.Date32:
		return ordered(a.Date32Values(), op, value.(*array.Date32).Value(0), into), true
	case *array.Time64:
		return ordered(a.Time64Values(), op, value.(*array.Time64).Value(0), into), true
	case *array.Timestamp:
		return ordered(a.TimestampValues(), op, value.(*array.Timestamp).Value(0), into), true
	case *array.Float32:
		v := value.(*array.Float32).Value(0)
		return ordered(a.Float32Values(), op, v, into), v == v
	case *array.Float64:
		v := value.(*array.Float64).Value(0)
		return ordered(a.Float64Values(), op, v, into), v == v
	}
	compare, ok := comparer(a, value)
	if !ok {
		return into, false
	}
	keep := outcomes[op]
	for i := range a.Len() {
		if keep[compare(i)+1] {
			into = append(into, uint32(i))
		}
	}
	return into, true
}

func compareSome(a arrow.Array, op catalog.Op, value arrow.Array, rows []uint32) ([]uint32, bool) {
	if value.IsNull(0) {
		return rows[:0], value.DataType().ID() != arrow.NULL
	}
	switch a := a.(type) {
	case *array.Int16:
		return orderedOf(a.Int16Values(), op, value.(*array.Int16).Value(0), rows), true
	case *array.Int32:
		return orderedOf(a.Int32Values(), op, value.(*array.Int32).Value(0), rows), true
	case *array.Int64:
		return orderedOf(a.Int64Values(), op, value.(*array.Int64).Value(0), rows), true
	case *array.Date32:
		return orderedOf(a.Date32Values(), op, value.(*array.Date32).Value(0), rows), true
	case *array.Time64:
		return orderedOf(a.Time64Values(), op, value.(*array.Time64).Value(0), rows), true
	case *array.Timestamp:
		return orderedOf(a.TimestampValues(), op, value.(*array.Timestamp).Value(0), rows), true
	case *array.Float32:
		if v := value.(*array.Float32).Value(0); v == v {
			return orderedOf(a.Float32Values(), op, v, rows), true
		}
		return rows, false
	case *array.Float64:
		if v := value.(*array.Float64).Value(0); v == v {
			return orderedOf(a.Float64Values(), op, v, rows), true
		}
		return rows, false
	}
	compare, ok := comparer(a, value)
	if !ok {
		return rows, false
	}
	keep := outcomes[op]
	kept := rows[:0]
	for _, r := range rows {
		if keep[compare(int(r))+1] {
			kept = append(kept, r)
		}
	}
	return kept, true
}

// outcomes says for each comparison whether it holds for less, equal and greater.
var outcomes = [...][3]bool{
	catalog.Eq: {false, true, false}, catalog.NotEq: {true, false, true}, catalog.Less: {true, false, false},
	catalog.LessEq: {true, true, false}, catalog.Greater: {false, false, true}, catalog.GreaterEq: {false, true, true},
}

// comparer compares the rows of columns whose values are more than a number.
func comparer(a, value arrow.Array) (func(i int) int, bool) {
	switch a := a.(type) {
	case *array.String:
		v := value.(*array.String).Value(0)
		return func(i int) int { return strings.Compare(a.Value(i), v) }, true
	case *array.Binary:
		v := value.(*array.Binary).Value(0)
		return func(i int) int { return bytes.Compare(a.Value(i), v) }, true
	case *array.Decimal128:
		v := value.(*array.Decimal128).Value(0)
		values := a.Values()
		return func(i int) int { return values[i].Cmp(v) }, true
	}
	return nil, false
}

// ordered appends the rows whose values compare with v as op says. Greater is written as not less or equal, because NaN
// is greater than every number.
func ordered[T cmp.Ordered](values []T, op catalog.Op, v T, into []uint32) []uint32 {
	start := len(into)
	into = append(into, make([]uint32, len(values))...)
	out, n := into[start:], 0
	switch op {
	case catalog.Eq:
		for i, x := range values {
			out[n] = uint32(i)
			if x == v {
				n++
			}
		}
	case catalog.NotEq:
		for i, x := range values {
			out[n] = uint32(i)
			if x != v {
				n++
			}
		}
	case catalog.Less:
		for i, x := range values {
			out[n] = uint32(i)
			if x < v {
				n++
			}
		}
	case catalog.LessEq:
		for i, x := range values {
			out[n] = uint32(i)
			if x <= v {
				n++
			}
		}
	case catalog.Greater:
		for i, x := range values {
			out[n] = uint32(i)
			if !(x <= v) {
				n++
			}
		}
	case catalog.GreaterEq:
		for i, x := range values {
			out[n] = uint32(i)
			if !(x < v) {
				n++
			}
		}
	}
	return into[:start+n]
}

func orderedOf[T cmp.Ordered](values []T, op catalog.Op, v T, rows []uint32) []uint32 {
	n := 0
	switch op {
	case catalog.Eq:
		for _, r := range rows {
			rows[n] = r
			if values[r] == v {
				n++
			}
		}
	case catalog.NotEq:
		for _, r := range rows {
			rows[n] = r
			if values[r] != v {
				n++
			}
		}
	case catalog.Less:
		for _, r := range rows {
			rows[n] = r
			if values[r] < v {
				n++
			}
		}
	case catalog.LessEq:
		for _, r := range rows {
			rows[n] = r
			if values[r] <= v {
				n++
			}
		}
	case catalog.Greater:
		for _, r := range rows {
			rows[n] = r
			if !(values[r] <= v) {
				n++
			}
		}
	case catalog.GreaterEq:
		for _, r := range rows {
			rows[n] = r
			if !(values[r] < v) {
				n++
			}
		}
	}
	return rows[:n]
}

// Equality takes x = y or x IS NOT DISTINCT FROM y apart.
func Equality(e Expr) (x, y Expr, nullSafe, ok bool) {
	f, ok := e.(*Function)
	if !ok || len(f.args) != 2 || f.fn.Name != "equal" && f.fn.Name != "is_not_distinct_from" || !arrow.TypeEqual(f.args[0].Type(), f.args[1].Type()) {
		return nil, nil, false, false
	}
	return f.args[0], f.args[1], f.fn.Name == "is_not_distinct_from", true
}
