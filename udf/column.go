package udf

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// A column is an argument of fixed width as a slice. The step is 0 for a constant, so that at works for both.
type column[T any] struct {
	values []T
	step   int
}

func columnOf[T arrow.FixedWidthType](a Arg) column[T] {
	return column[T]{arrow.GetValues[T](a.Data(), 1), stepOf(a)}
}

func (c column[T]) at(i int) T { return c.values[i*c.step] }

func stepOf(a Arg) int {
	if a.Const {
		return 0
	}
	return 1
}

// uuidColumn views the storage of uuids.
func uuidColumn(a Arg) column[[16]byte] {
	data := a.Data()
	if data.Len() == 0 || data.Buffers()[1] == nil {
		return column[[16]byte]{step: stepOf(a)}
	}
	all := data.Buffers()[1].Bytes()
	values := unsafe.Slice((*[16]byte)(unsafe.Pointer(unsafe.SliceData(all))), len(all)/16)
	return column[[16]byte]{values[data.Offset() : data.Offset()+data.Len()], stepOf(a)}
}

// A textColumn is an argument of type text or bytea.
type textColumn struct {
	offsets []int32
	bytes   []byte
	step    int
}

func textOf(a Arg) textColumn {
	data := a.Data()
	if data.Len() == 0 || data.Buffers()[1] == nil {
		return textColumn{offsets: make([]int32, data.Len()+1), step: stepOf(a)}
	}
	c := textColumn{offsets: arrow.GetOffsets[int32](data, 1), step: stepOf(a)}
	if data.Buffers()[2] != nil {
		c.bytes = data.Buffers()[2].Bytes()
	}
	return c
}

// at is the i-th value; it points into the array.
func (c textColumn) at(i int) []byte {
	i *= c.step
	return c.bytes[c.offsets[i]:c.offsets[i+1]]
}

// str is the i-th value as a string that is good as long as the array.
func (c textColumn) str(i int) string {
	b := c.at(i)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// A boolColumn is an argument of type boolean.
type boolColumn struct {
	bits   []byte
	offset int
	step   int
}

func boolsOf(a Arg) boolColumn {
	data := a.Data()
	c := boolColumn{offset: data.Offset(), step: stepOf(a)}
	if data.Buffers()[1] != nil {
		c.bits = data.Buffers()[1].Bytes()
	}
	return c
}

func (c boolColumn) at(i int) bool { return bitutil.BitIsSet(c.bits, c.offset+i*c.step) }

// word is the 64 values from i on; bits beyond the column's end are undefined.
func (c boolColumn) word(i int) uint64 {
	if c.bits == nil {
		return 0
	}
	if c.step == 0 {
		return splatBit(bitutil.BitIsSet(c.bits, c.offset))
	}
	return wordAt(c.bits, c.offset+i)
}

// A listColumn is an argument that is a list or a vector: row i has the elements [from, to) of elements.
type listColumn struct {
	elements arrow.Array
	offsets  []int32 // nil for vectors
	width    int     // of vectors
	base     int
	step     int
}

func listsOf(a Arg) listColumn {
	c := listColumn{step: stepOf(a)}
	switch list := a.Array.(type) {
	case *array.FixedSizeList:
		c.elements = list.ListValues()
		c.width = int(list.DataType().(*arrow.FixedSizeListType).Len())
		c.base = list.Data().Offset()
	case array.ListLike:
		c.elements = list.ListValues()
		c.offsets = make([]int32, 1)
		if data := list.Data(); data.Len() > 0 {
			c.offsets = arrow.GetOffsets[int32](data, 1)
		}
	}
	return c
}

func (c listColumn) at(i int) (from, to int) {
	i *= c.step
	if c.offsets == nil {
		return (c.base + i) * c.width, (c.base + i + 1) * c.width
	}
	return int(c.offsets[i]), int(c.offsets[i+1])
}
