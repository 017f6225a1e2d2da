package gather

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// FixedRows are rows of one width and without NULLs in a great many arrays, looked at once: of an array that few rows are taken from, what
// it is made of would take longer to find than the row. The arrays stay the caller's, and must last as long.
type FixedRows struct {
	dt     arrow.DataType
	width  int // bytes of a row
	chunks [][]byte
}

// FixedRowsOf is nil if the rows of the arrays, which are of one type, are of another kind.
func FixedRowsOf(dt arrow.DataType, arrays []arrow.Array) *FixedRows {
	width, ok := plainWidth(dt)
	list, isList := dt.(*arrow.FixedSizeListType)
	if isList {
		if width, ok = plainWidth(list.Elem()); ok {
			width *= int(list.Len())
		}
	}
	if !ok || width == 0 {
		return nil
	}
	f := &FixedRows{dt: dt, width: width, chunks: make([][]byte, len(arrays))}
	for i, a := range arrays {
		data, first := a.Data(), a.Data().Offset()
		if isList {
			child := data.Children()[0]
			if child.NullN() > 0 {
				return nil
			}
			first += child.Offset() / int(list.Len())
			if child.Offset()%int(list.Len()) != 0 {
				return nil
			}
			data = child
		}
		if a.NullN() > 0 || len(data.Buffers()) < 2 || data.Buffers()[1] == nil && a.Len() > 0 {
			return nil
		}
		if a.Len() > 0 {
			f.chunks[i] = data.Buffers()[1].Bytes()[first*width:][:a.Len()*width]
		}
	}
	return f
}

// Rows returns the rows that refs name, in their order.
func (f *FixedRows) Rows(mem memory.Allocator, refs []Ref) arrow.Array {
	out := newBuffer(mem, len(refs)*f.width)
	defer out.Release()
	to := out.Bytes()
	for i, r := range refs {
		copy(to[i*f.width:(i+1)*f.width], f.chunks[r>>32][int(uint32(r))*f.width:])
	}
	if list, ok := f.dt.(*arrow.FixedSizeListType); ok {
		elements := array.NewData(list.Elem(), len(refs)*int(list.Len()), []*memory.Buffer{nil, out}, nil, 0, 0)
		defer elements.Release()
		data := array.NewData(f.dt, len(refs), []*memory.Buffer{nil}, []arrow.ArrayData{elements}, 0, 0)
		defer data.Release()
		return array.MakeFromData(data)
	}
	data := array.NewData(f.dt, len(refs), []*memory.Buffer{nil, out}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
