package udf

import (
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// stateNullElement is the state of a vector with an element that is NULL.
const stateNullElement = "22004" // SELECT l2_distance(ARRAY[1, NULL], ARRAY[1, 2])

// vectors views a column of type vector(n), real[], double precision[] or integer[] as vectors. But for the last two, whose
// elements are rounded to real when they are asked for, they stay where they lie, at any address.
type vectors struct {
	column  arrow.Array
	reals   []byte    // the elements of all rows
	doubles []float64 // or these
	whole   []int32   // or these
	rounded []float32 // room for what at or run rounded last
	nulls   arrow.Array

	offsets []int32 // of arrays: where rows begin, in elements
	width   int     // n of vector(n)
	first   int     // of vector(n): the element that row 0 begins with
}

func vectorsOf(column arrow.Array) vectors {
	v := vectors{column: column}
	var values arrow.Array
	switch list := column.(type) {
	case *array.FixedSizeList:
		v.width = int(list.DataType().(*arrow.FixedSizeListType).Len())
		v.first = list.Data().Offset() * v.width
		values = list.ListValues()
	case *array.List:
		if list.Len() > 0 {
			v.offsets = arrow.GetOffsets[int32](list.Data(), 1)
		}
		values = list.ListValues()
	}
	switch values := values.(type) {
	case *array.Float64:
		v.doubles = values.Float64Values()
	case *array.Int32:
		v.whole = values.Int32Values()
	default:
		if data := values.Data(); data.Buffers()[1] != nil {
			v.reals = data.Buffers()[1].Bytes()[4*data.Offset() : 4*(data.Offset()+data.Len())]
		}
	}
	if values.NullN() > 0 {
		v.nulls = values
	}
	return v
}

// span is the elements [from, to) of row i.
func (v *vectors) span(i int) (from, to int) {
	if v.offsets == nil {
		return v.first + i*v.width, v.first + (i+1)*v.width
	}
	return int(v.offsets[i]), int(v.offsets[i+1])
}

// dims is the number of row i's elements.
func (v *vectors) dims(i int) int {
	from, to := v.span(i)
	return to - from
}

// at is row i, which is not NULL. It is good until the next call.
func (v *vectors) at(i int) []float32 {
	from, to := v.span(i)
	bytes := v.bytes(from, to)
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(bytes))), to-from)
}

// run is how many of the rows from i, which is not NULL, to end lie one after another and have as many elements as row i,
// with their memory, good until the next call. A NULL vector(n) has the room of a vector and is among them.
func (v *vectors) run(i, end int) (rows []byte, n int) {
	from, to := v.span(i)
	if v.offsets == nil {
		n = end - i
		return v.bytes(from, from+n*v.width), n
	}
	dim := to - from
	for n = 1; i+n < end && v.column.IsValid(i+n) && v.dims(i+n) == dim && int(v.offsets[i+n]) == to; n++ {
		to += dim
	}
	return v.bytes(from, to), n
}

func (v *vectors) bytes(from, to int) []byte {
	switch {
	case v.doubles != nil:
		v.rounded = rounded(v.rounded, v.doubles[from:to])
	case v.whole != nil:
		v.rounded = rounded(v.rounded, v.whole[from:to])
	default:
		return v.reals[4*from : 4*to]
	}
	return simd.Bytes(v.rounded)
}

func rounded[T float64 | int32](to []float32, from []T) []float32 {
	to = slices.Grow(to[:0], len(from))[:len(from)]
	for i, x := range from {
		to[i] = float32(x)
	}
	return to
}

// read is row i, which is not NULL, if none of its elements is. It is good until the next call.
func (v *vectors) read(i int) ([]float32, error) {
	if err := v.check(i, i+1); err != nil {
		return nil, err
	}
	return v.at(i), nil
}

// check refuses rows [i, end) if one that is not NULL has an element that is.
func (v *vectors) check(i, end int) error {
	if v.nulls == nil {
		return nil
	}
	for ; i < end; i++ {
		if v.column.IsNull(i) {
			continue
		}
		for from, to := v.span(i); from < to; from++ {
			if v.nulls.IsNull(from) {
				return &Error{State: stateNullElement, Msg: "vectors must not have NULL elements"}
			}
		}
	}
	return nil
}

// skipNulls is the first of the rows [i, end) that is not NULL, or end.
func (v *vectors) skipNulls(i, end int) int {
	if v.column.NullN() == 0 {
		return i
	}
	for i < end && v.column.IsNull(i) {
		i++
	}
	return i
}

// VectorAt is a copy of the vector in a row, which is not NULL, of a column of type vector(n), real[], double precision[] or
// integer[]. An element that is NULL is an *Error 22004.
func VectorAt(column arrow.Array, row int) ([]float32, error) {
	v := vectorsOf(column)
	if err := v.check(row, row+1); err != nil {
		return nil, err
	}
	return slices.Clone(v.at(row)), nil
}

func differentDimensions(a, b int) error {
	return faultf(stateData, "different vector dimensions %d and %d", a, b)
}
