package keys

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// values is a column made ready to be encoded.
type values struct {
	arrow.Array
	column   column
	bits     []uint64 // of fixed and wide columns
	children []values // their rows are elements, or fields
	ends     []uint32 // of nested columns: where the bytes of each row end in raw
	raw      []byte
	plain    bool // a column of text in which no byte is 0
	offsets  []int32
	bytes    []byte
}

// prepare may use the memory of bits.
func prepare(c column, a arrow.Array, bits []uint64) values {
	v := values{Array: a, column: c, bits: bits[:0]}
	switch c.kind {
	case fixed:
		v.bits = appendBits(slices.Grow(v.bits, a.Len()), a)
	case wide:
		v.bits = appendWide(slices.Grow(v.bits, 2*a.Len()), a)
	case text:
		v.Array = textStorage(a)
		v.prepareText()
	case list, vector:
		v.children = []values{prepare(c.children[0], a.(array.ListLike).ListValues(), nil)}
	case record:
		for i, child := range c.children {
			v.children = append(v.children, prepare(child, a.(*array.Struct).Field(i), nil))
		}
	}
	return v
}

// textStorage is a column of text without the extension type around it.
func textStorage(a arrow.Array) arrow.Array {
	if e, ok := a.(array.ExtensionArray); ok {
		return e.Storage()
	}
	return a
}

// prepareText finds out whether text can be copied as it is.
func (v *values) prepareText() {
	switch a := v.Array.(type) {
	case *array.String:
		v.offsets = a.ValueOffsets()
	case *array.Binary:
		v.offsets = a.ValueOffsets()
	}
	if len(v.offsets) == 0 || v.NullN() > 0 || v.Data().Buffers()[2] == nil {
		return
	}
	v.bytes = v.Data().Buffers()[2].Bytes()
	v.plain = bytes.IndexByte(v.bytes[v.offsets[0]:v.offsets[v.Len()]], 0) < 0
}

// addLengths adds the length of each row's value to lengths, but for what column.width counts.
func (v *values) addLengths(lengths []uint32) {
	switch v.column.kind {
	case text:
		if v.plain {
			for i := range lengths {
				lengths[i] += uint32(v.offsets[i+1]-v.offsets[i]) + 2
			}
			return
		}
		for i := range lengths {
			if v.IsValid(i) {
				b := textOf(v.Array, i)
				lengths[i] += uint32(len(b) + bytes.Count(b, zeroByte) + 2)
			}
		}
	case list, vector, record:
		v.ends = make([]uint32, len(lengths))
		for i := range lengths {
			if v.IsValid(i) {
				start := len(v.raw)
				v.raw = v.appendNested(v.raw, i)
				lengths[i] += uint32(len(v.raw) - start)
			}
			v.ends[i] = uint32(len(v.raw))
		}
	}
}

var zeroByte = []byte{0}

// append appends the value of a row that is not NULL.
func (v *values) append(to []byte, row int) []byte {
	switch v.column.kind {
	case fixed:
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], v.bits[row])
		return append(to, b[8-v.column.width:]...)
	case wide:
		to = binary.BigEndian.AppendUint64(to, v.bits[2*row])
		return binary.BigEndian.AppendUint64(to, v.bits[2*row+1])
	case text:
		return appendText(to, textOf(v.Array, row))
	}
	if v.ends == nil {
		return v.appendNested(to, row)
	}
	var start uint32
	if row > 0 {
		start = v.ends[row-1]
	}
	return append(to, v.raw[start:v.ends[row]]...)
}

// appendNested appends elements or fields, each behind a byte that says whether it is NULL; a 0 ends a list, so that it
// sorts before the lists that it begins.
func (v *values) appendNested(to []byte, row int) []byte {
	if v.column.kind == record {
		for i := range v.children {
			to = v.children[i].appendElement(to, row)
		}
		return to
	}
	start, end := v.Array.(array.ListLike).ValueOffsets(row)
	for e := start; e < end; e++ {
		to = v.children[0].appendElement(to, int(e))
	}
	return append(to, 0)
}

func (v *values) appendElement(to []byte, row int) []byte {
	if v.column.kind == null || v.IsNull(row) {
		return append(to, nullLast)
	}
	return v.append(append(to, present), row)
}

// appendText appends b such that no key is the beginning of another one: 0 becomes 0 255, and 0 0 ends it.
func appendText(to, b []byte) []byte {
	for {
		zero := bytes.IndexByte(b, 0)
		if zero < 0 {
			return append(append(to, b...), 0, 0)
		}
		to = append(append(to, b[:zero]...), 0, 255)
		b = b[zero+1:]
	}
}

func textOf(a arrow.Array, row int) []byte {
	switch a := a.(type) {
	case *array.String:
		s := a.Value(row)
		return unsafe.Slice(unsafe.StringData(s), len(s))
	case *array.Binary:
		return a.Value(row)
	case *array.FixedSizeBinary:
		return a.Value(row)
	}
	panic("keys: not a column of text: " + a.DataType().String())
}
