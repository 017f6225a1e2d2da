package files

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// convertVector turns lists of numbers into vectors. Every row that is not NULL must have the vectors' length and no
// NULL element.
func convertVector(mem memory.Allocator, values array.ListLike, to *arrow.FixedSizeListType) (arrow.Array, error) {
	if err := checkLengths(values, int64(to.Len())); err != nil {
		return nil, err
	}
	if err := checkElements(values); err != nil {
		return nil, err
	}
	dim := int(to.Len())
	buffer := memory.NewResizableBuffer(mem)
	defer buffer.Release()
	buffer.Resize(4 * dim * values.Len())
	into := arrow.Float32Traits.CastFromBytes(buffer.Bytes())
	if dense, ok := denseElements(values, dim); ok {
		defer dense.Release()
		if err := copyFloats(into, dense); err != nil {
			if err.row > 0 {
				err.row /= dim
			}
			return nil, err
		}
	} else if err := copyRows(into, values, dim); err != nil {
		return nil, err
	}
	data := array.NewData(arrow.PrimitiveTypes.Float32, len(into), []*memory.Buffer{nil, buffer}, nil, 0, 0)
	defer data.Release()
	return newLike(mem, values, to, nil, []arrow.ArrayData{data}), nil
}

func checkLengths(values array.ListLike, dim int64) error {
	if fixed, ok := values.DataType().(*arrow.FixedSizeListType); ok && int64(fixed.Len()) == dim {
		return nil
	}
	for i := range values.Len() {
		if from, to := values.ValueOffsets(i); to-from != dim && values.IsValid(i) {
			return fault(i, stateData, "%d elements, but the column has %d", to-from, dim)
		}
	}
	return nil
}

func checkElements(values array.ListLike) error {
	elements := values.ListValues()
	if elements.NullN() == 0 {
		return nil
	}
	for i := range values.Len() {
		if values.IsNull(i) {
			continue
		}
		from, to := values.ValueOffsets(i)
		for j := from; j < to; j++ {
			if elements.IsNull(int(j)) {
				return fault(i, stateNullElement, "element %d is NULL", j-from+1)
			}
		}
	}
	return nil
}

// denseElements are the elements of all rows, if NULL rows have elements too so that they lie evenly.
func denseElements(values array.ListLike, dim int) (arrow.Array, bool) {
	if values.Len() == 0 {
		return nil, false
	}
	_, fixed := values.(*array.FixedSizeList)
	if !fixed && values.NullN() > 0 {
		return nil, false
	}
	from, _ := values.ValueOffsets(0)
	if view, ok := values.(array.VarLenListLike); ok && !fixed {
		if _, to := view.ValueOffsets(view.Len() - 1); to-from != int64(dim*view.Len()) {
			return nil, false // a list view
		}
	}
	return array.NewSlice(values.ListValues(), from, from+int64(dim*values.Len())), true
}

func copyRows(into []float32, values array.ListLike, dim int) error {
	for i := range values.Len() {
		if values.IsNull(i) {
			clear(into[i*dim : (i+1)*dim])
			continue
		}
		from, to := values.ValueOffsets(i)
		row := array.NewSlice(values.ListValues(), from, to)
		err := copyFloats(into[i*dim:(i+1)*dim], row)
		row.Release()
		if err != nil {
			if err.row >= 0 {
				err.row = i
			}
			return err
		}
	}
	return nil
}

// copyFloats turns as many numbers as into has. What is NULL becomes any number.
func copyFloats(into []float32, from arrow.Array) *rowError {
	switch from := from.(type) {
	case *array.Float32:
		copy(into, from.Float32Values())
	case *array.Float16:
		at := from.Data().Offset()
		simd.Float16(into, from.Data().Buffers()[1].Bytes()[2*at:2*(at+from.Len())])
	case *array.Float64:
		for i, v := range from.Float64Values() {
			if into[i] = float32(v); math.IsInf(float64(into[i]), 0) && !math.IsInf(v, 0) {
				return fault(i, stateOutOfRange, "%g is out of range for real", v)
			}
		}
	case *array.Int32:
		copyIntegers(into, from.Int32Values())
	case *array.Int64:
		copyIntegers(into, from.Int64Values())
	case *array.Int8:
		copyIntegers(into, from.Int8Values())
	case *array.Uint8:
		copyIntegers(into, from.Uint8Values())
	case *array.Int16:
		copyIntegers(into, from.Int16Values())
	default:
		return fault(-1, stateUnsupported, "vectors are made of numbers, not %s", from.DataType())
	}
	return nil
}

func copyIntegers[T int8 | uint8 | int16 | int32 | int64](into []float32, from []T) {
	for i, v := range from {
		into[i] = float32(v)
	}
}
