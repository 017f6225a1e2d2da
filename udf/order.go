package udf

import (
	"bytes"
	"cmp"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
)

// comparer orders row i of a against row j of b, both of one type and not NULL: negative, 0 or positive. The switch on the
// type happens here, once, and not for every row.
func comparer(a, b arrow.Array) func(i, j int) int {
	x, y := Arg{Array: a}, Arg{Array: b}
	switch a.(type) {
	case *array.Boolean:
		x, y := boolsOf(x), boolsOf(y)
		return func(i, j int) int { return int(bit(x.at(i))) - int(bit(y.at(j))) }
	case *array.Int16:
		return compareInts(columnOf[int16](x).values, columnOf[int16](y).values)
	case *array.Int32, *array.Date32:
		return compareInts(columnOf[int32](x).values, columnOf[int32](y).values)
	case *array.Int64, *array.Time64, *array.Timestamp:
		return compareInts(columnOf[int64](x).values, columnOf[int64](y).values)
	case *array.Float32:
		return compareFloats(columnOf[float32](x).values, columnOf[float32](y).values)
	case *array.Float64:
		return compareFloats(columnOf[float64](x).values, columnOf[float64](y).values)
	case *array.Decimal128:
		x, y := columnOf[decimal128.Num](x), columnOf[decimal128.Num](y)
		return func(i, j int) int { return x.values[i].Cmp(y.values[j]) }
	case *array.MonthDayNanoInterval:
		x, y := columnOf[arrow.MonthDayNanoInterval](x), columnOf[arrow.MonthDayNanoInterval](y)
		return func(i, j int) int { return compareIntervals(x.values[i], y.values[j]) }
	case *extensions.UUIDArray:
		x, y := uuidColumn(x), uuidColumn(y)
		return func(i, j int) int { return bytes.Compare(x.values[i][:], y.values[j][:]) }
	case *array.String, *array.Binary, *extensions.JSONArray:
		x, y := textOf(x), textOf(y)
		return func(i, j int) int { return bytes.Compare(x.at(i), y.at(j)) }
	case *array.List, *array.FixedSizeList:
		return compareLists(listsOf(x), listsOf(y))
	case *array.Struct:
		return compareStructs(a.(*array.Struct), b.(*array.Struct))
	}
	return func(i, j int) int { return 0 } // the null type, and the elements of an empty array
}

func compareInts[T cmp.Ordered](a, b []T) func(i, j int) int {
	return func(i, j int) int { return cmp.Compare(a[i], b[j]) }
}

// compareFloats has NaN equal to itself and greater than every number; 0 equals -0.
func compareFloats[T ~float32 | ~float64](a, b []T) func(i, j int) int {
	return func(i, j int) int { return compareFloat(a[i], b[j]) }
}

func compareFloat[T ~float32 | ~float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	}
	return int(bit(a != a)) - int(bit(b != b))
}

func compareLists(a, b listColumn) func(i, j int) int {
	compare := compareNullable(a.elements, b.elements)
	return func(i, j int) int {
		x, endX := a.at(i)
		y, endY := b.at(j)
		for x < endX && y < endY {
			if order := compare(x, y); order != 0 {
				return order
			}
			x, y = x+1, y+1
		}
		return cmp.Compare(endX-x, endY-y)
	}
}

func compareStructs(a, b *array.Struct) func(i, j int) int {
	fields := make([]func(i, j int) int, a.NumField())
	for f := range fields {
		fields[f] = compareNullable(a.Field(f), b.Field(f))
	}
	return func(i, j int) int {
		for _, compare := range fields {
			if order := compare(i, j); order != 0 {
				return order
			}
		}
		return 0
	}
}

// compareNullable has NULL equal to itself and greater than every value.
func compareNullable(a, b arrow.Array) func(i, j int) int {
	compare := comparer(a, b)
	return func(i, j int) int {
		x, y := a.IsNull(i), b.IsNull(j)
		if x || y {
			return int(bit(x)) - int(bit(y))
		}
		return compare(i, j)
	}
}

// compareIntervals counts a month as 30 days and a day as 24 hours, as PostgreSQL does.
func compareIntervals(a, b arrow.MonthDayNanoInterval) int {
	daysA, nanosA := intervalSpan(a)
	daysB, nanosB := intervalSpan(b)
	if order := cmp.Compare(daysA, daysB); order != 0 {
		return order
	}
	return cmp.Compare(nanosA, nanosB)
}

// intervalSpan is an interval's length in days and nanoseconds of a day.
func intervalSpan(v arrow.MonthDayNanoInterval) (days, nanos int64) {
	days, nanos = v.Nanoseconds/nanosPerDay, v.Nanoseconds%nanosPerDay
	if nanos < 0 {
		days, nanos = days-1, nanos+nanosPerDay
	}
	return days + int64(v.Days) + int64(v.Months)*daysPerMonth, nanos
}

const (
	nanosPerDay  = 24 * 60 * 60 * 1_000_000_000
	daysPerMonth = 30 // where an interval is taken as a length of time
)
