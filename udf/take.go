package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// take picks rows of an array in any order; -1 picks NULL. (arrow-go's compute.Take knows no intervals.)
func take(mem memory.Allocator, a arrow.Array, rows []int) (arrow.Array, error) {
	data, err := takeData(mem, a.Data(), a.DataType(), rows)
	if err != nil {
		return nil, err
	}
	defer data.Release()
	return array.MakeFromData(data), nil
}

// takeData picks rows of an array whose type is dt, of which extension types have the storage's layout.
func takeData(mem memory.Allocator, data arrow.ArrayData, dt arrow.DataType, rows []int) (arrow.ArrayData, error) {
	if data.Len() == 0 || dt.ID() == arrow.NULL {
		return nullData(mem, dt, len(rows)), nil
	}
	valid := takeValidity(mem, data, rows)
	var buffers []*memory.Buffer
	var children []arrow.ArrayData
	var err error
	layout := dt
	if extension, ok := dt.(arrow.ExtensionType); ok {
		layout = extension.StorageType()
	}
	switch layout := layout.(type) {
	case *arrow.BooleanType:
		buffers = takeBools(mem, data, rows)
	case *arrow.StringType, *arrow.BinaryType:
		buffers, err = takeTexts(mem, data, rows)
	case *arrow.ListType, *arrow.MapType:
		buffers, children, err = takeLists(mem, data, rows)
	case *arrow.FixedSizeListType:
		children, err = takeVectors(mem, data, int(layout.Len()), rows)
	case *arrow.StructType:
		children, err = takeFields(mem, data, rows)
	case arrow.FixedWidthDataType:
		buffers = takeFixed(mem, data, layout.Bytes(), rows)
	default:
		err = faultf(stateUnsupported, "type %s is not supported here", plainName(dt))
	}
	if err != nil {
		valid.release()
		return nil, err
	}
	return valid.data(dt, children, buffers...), nil
}

func nullData(mem memory.Allocator, dt arrow.DataType, n int) arrow.ArrayData {
	a := NullArray(mem, dt, n)
	defer a.Release()
	a.Data().Retain()
	return a.Data()
}

func takeValidity(mem memory.Allocator, data arrow.ArrayData, rows []int) *validity {
	valid := allValid(mem, len(rows))
	var bitmap []byte
	if data.NullN() != 0 && data.Buffers()[0] != nil {
		bitmap = data.Buffers()[0].Bytes()
	}
	for i, row := range rows {
		if row < 0 || bitmap != nil && !bitutil.BitIsSet(bitmap, data.Offset()+row) {
			valid.clear(i)
		}
	}
	return valid
}

func takeBools(mem memory.Allocator, data arrow.ArrayData, rows []int) []*memory.Buffer {
	bits := data.Buffers()[1].Bytes()
	out := newBits(mem, len(rows))
	out.fill(0)
	for i, row := range rows {
		if row >= 0 && bitutil.BitIsSet(bits, data.Offset()+row) {
			out.set(i)
		}
	}
	return []*memory.Buffer{out.buffer}
}

func takeFixed(mem memory.Allocator, data arrow.ArrayData, width int, rows []int) []*memory.Buffer {
	from := data.Buffers()[1].Bytes()[data.Offset()*width:]
	buffer := memory.NewResizableBuffer(mem)
	buffer.Resize(len(rows) * width)
	switch width {
	case 4:
		pickValues(arrow.GetData[uint32](from), arrow.GetData[uint32](buffer.Bytes()), rows)
	case 8:
		pickValues(arrow.GetData[uint64](from), arrow.GetData[uint64](buffer.Bytes()), rows)
	default:
		out := buffer.Bytes()
		for i, row := range rows {
			if row = max(row, 0); width > 0 {
				copy(out[i*width:(i+1)*width], from[row*width:])
			}
		}
	}
	return []*memory.Buffer{buffer}
}

func pickValues[T any](from, to []T, rows []int) {
	for i, row := range rows {
		to[i] = from[max(row, 0)]
	}
}

func takeTexts(mem memory.Allocator, data arrow.ArrayData, rows []int) ([]*memory.Buffer, error) {
	from := arrow.GetOffsets[int32](data, 1)
	var bytes []byte
	if data.Buffers()[2] != nil {
		bytes = data.Buffers()[2].Bytes()
	}
	w := newTextWriter(mem, len(rows))
	for i, row := range rows {
		if row >= 0 {
			if err := w.write(bytes[from[row]:from[row+1]]); err != nil {
				w.release()
				return nil, err
			}
		}
		w.end(i)
	}
	return []*memory.Buffer{w.offsetBuffer, w.data}, nil
}

func takeLists(mem memory.Allocator, data arrow.ArrayData, rows []int) ([]*memory.Buffer, []arrow.ArrayData, error) {
	from := arrow.GetOffsets[int32](data, 1)
	var picks []int
	buffer, offsets := newValues[int32](mem, len(rows)+1)
	offsets[0] = 0
	for i, row := range rows {
		if row >= 0 {
			for at := from[row]; at < from[row+1]; at++ {
				picks = append(picks, int(at))
			}
		}
		offsets[i+1] = int32(len(picks))
	}
	child := data.Children()[0]
	elements, err := takeData(mem, child, child.DataType(), picks)
	if err != nil {
		buffer.Release()
		return nil, nil, err
	}
	return []*memory.Buffer{buffer}, []arrow.ArrayData{elements}, nil
}

// takeVectors picks lists of one width. A NULL row gets the first row's elements, which nobody looks at, rather than
// NULL elements, which the type may not allow.
func takeVectors(mem memory.Allocator, data arrow.ArrayData, width int, rows []int) ([]arrow.ArrayData, error) {
	picks := make([]int, 0, len(rows)*width)
	for _, row := range rows {
		start := (data.Offset() + max(row, 0)) * width
		for at := start; at < start+width; at++ {
			picks = append(picks, at)
		}
	}
	child := data.Children()[0]
	elements, err := takeData(mem, child, child.DataType(), picks)
	return []arrow.ArrayData{elements}, err
}

func takeFields(mem memory.Allocator, data arrow.ArrayData, rows []int) ([]arrow.ArrayData, error) {
	picks := make([]int, len(rows))
	for i, row := range rows {
		if picks[i] = row; row >= 0 {
			picks[i] += data.Offset()
		}
	}
	fields := make([]arrow.ArrayData, 0, len(data.Children()))
	for _, child := range data.Children() {
		field, err := takeData(mem, child, child.DataType(), picks)
		if err != nil {
			for _, done := range fields {
				done.Release()
			}
			return nil, err
		}
		fields = append(fields, field)
	}
	return fields, nil
}

// concatenate puts the arguments' arrays one after the other and says where each starts.
func concatenate(mem memory.Allocator, args []Arg) (all arrow.Array, starts []int, err error) {
	starts, arrays, length := make([]int, len(args)), make([]arrow.Array, len(args)), 0
	for k, a := range args {
		starts[k], arrays[k] = length, a.Array
		length += a.Len()
	}
	all, err = array.Concatenate(arrays, mem)
	return all, starts, err
}
