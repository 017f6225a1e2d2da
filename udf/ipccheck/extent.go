package ipccheck

import (
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Bounds on what a batch may ask operators to write out.
const (
	// maxUnbacked is how many rows a batch may have in arrays that take no bytes for a row: NULLs and structs of nothing.
	maxUnbacked = 64 << 20
	// maxSpread is how many bytes its views and dictionaries may come to, beyond those that they share, when each value is
	// written where it is used; spreadRow as many for each row, for large files of short names.
	maxSpread = 1 << 30
	spreadRow = 16
)

// An extent is what arrays take beyond their buffers. Sums stop short of overflow.
type extent struct {
	unbacked, spread int64
}

func (e *extent) fits(rows int64) bool {
	return e.unbacked <= maxUnbacked && e.spread <= max(maxSpread, times(spreadRow, rows))
}

// add adds an array that checkArray has passed.
func (e *extent) add(a arrow.Array) {
	switch a := a.(type) {
	case array.ExtensionArray:
		e.add(a.Storage())
	case *array.Null:
		e.unbacked = plus(e.unbacked, int64(a.Len()))
	case array.ViewLike:
		e.spread = plus(e.spread, viewed(a))
	case *array.ListView:
		e.spread = plus(e.spread, times(listed(a), largest(a.ListValues())))
		e.add(a.ListValues())
	case *array.LargeListView:
		e.spread = plus(e.spread, times(listed(a), largest(a.ListValues())))
		e.add(a.ListValues())
	case array.ListLike: // maps too
		e.add(a.ListValues())
	case *array.Dictionary:
		if a.Len() > 0 {
			e.spread = plus(e.spread, spelled(a))
			e.add(a.Dictionary())
		}
	case *array.Struct:
		if a.NumField() == 0 {
			e.unbacked = plus(e.unbacked, int64(a.Len()))
		}
		for i := range a.NumField() {
			e.add(a.Field(i))
		}
	}
}

// viewed is how many bytes an array of views shows beyond those that it has.
func viewed(a array.ViewLike) (sum int64) {
	for i := range a.Len() {
		if a.IsValid(i) {
			sum += int64(max(a.ValueHeader(i).Len(), 0))
		}
	}
	for i := range a.Data().Buffers() {
		sum -= int64(length(a.Data(), i))
	}
	return max(sum, 0)
}

// listed is how many elements an array of list views shows; none if its lists follow each other, as most do, and so show
// no element twice.
func listed(a array.VarLenListLike) (sum int64) {
	apart, end := true, int64(0)
	for i := range a.Len() {
		from, to := a.ValueOffsets(i)
		if from < to {
			apart = apart && end <= from
			end = to
		}
		sum = plus(sum, to-from)
	}
	if apart {
		return 0
	}
	return sum
}

// spelled is how many bytes the values of a dictionary take in their places; at most that many, where it is little or the
// values are nested.
func spelled(a *array.Dictionary) int64 {
	most := times(int64(a.Len()), largest(a.Dictionary()))
	values, ok := a.Dictionary().(interface{ ValueLen(int) int })
	if !ok || most <= maxSpread {
		return most
	}
	var sum int64
	for i := range a.Len() {
		if a.IsValid(i) {
			sum += int64(values.ValueLen(a.GetValueIndex(i)))
		}
	}
	return sum
}

// largest is how many bytes the largest value of an array takes, or more.
func largest(a arrow.Array) (most int64) {
	switch a := a.(type) {
	case array.ExtensionArray:
		return largest(a.Storage())
	case array.ViewLike:
		for i := range a.Len() {
			if a.IsValid(i) {
				most = max(most, int64(a.ValueHeader(i).Len()))
			}
		}
		return most
	case array.BinaryLike:
		for i := range a.Len() {
			most = max(most, int64(a.ValueLen(i)))
		}
		return most
	case *array.FixedSizeList:
		return times(int64(a.DataType().(*arrow.FixedSizeListType).Len()), largest(a.ListValues()))
	case array.ListLike:
		for i := range a.Len() {
			from, to := a.ValueOffsets(i)
			most = max(most, to-from)
		}
		return times(most, largest(a.ListValues()))
	case *array.Dictionary:
		if a.Len() == 0 {
			return 0
		}
		return largest(a.Dictionary())
	case *array.Struct:
		for i := range a.NumField() {
			most = plus(most, largest(a.Field(i)))
		}
		return most
	}
	if fixed, ok := a.DataType().(arrow.FixedWidthDataType); ok {
		return int64(fixed.Bytes())
	}
	return 1 // of type null, which is written as another type's
}

func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func times(a, b int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi != 0 || lo > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(lo)
}
