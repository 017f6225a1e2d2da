package gather

import (
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// takeBytes takes the rows of a string or binary column.
func takeBytes[O int32 | int64, I index](mem memory.Allocator, chunks []chunk, rows []I) (offsets, bytes *memory.Buffer) {
	if slices.ContainsFunc(chunks, func(c chunk) bool { return c.DataType().ID() == arrow.DICTIONARY }) {
		return takeEntries[O](mem, chunks, rows)
	}
	from := make([][]O, len(chunks))
	data := make([][]byte, len(chunks))
	for i, c := range chunks {
		from[i] = values[O](c)
		if b := c.Buffers()[2]; b != nil {
			data[i] = b.Bytes()
		}
	}
	var zero O
	offsets = newBuffer(mem, (len(rows)+1)*int(unsafe.Sizeof(zero)))
	out := words[O](offsets.Bytes())
	var size int64
	out[0] = 0
	for i, r := range rows {
		f := from[uint64(r)>>32]
		size += int64(f[uint32(r)+1] - f[uint32(r)])
		out[i+1] = O(size)
	}
	if int64(out[len(rows)]) != size {
		offsets.Release()
		panic(errTooLong)
	}
	bytes = newBuffer(mem, int(size))
	to := bytes.Bytes()
	for i, r := range rows {
		c := uint64(r) >> 32
		copyText(to, int(out[i]), data[c], int(from[c][uint32(r)]), int(out[i+1]-out[i]))
	}
	return offsets, bytes
}

// copyText copies a text from one place to another. A short one is copied by 32 bytes, over what the next will write.
func copyText(to []byte, at int, from []byte, start, length int) {
	const short = 32
	if length <= short && start+short <= len(from) && at+short <= len(to) {
		*(*[short]byte)(unsafe.Pointer(&to[at])) = *(*[short]byte)(unsafe.Pointer(&from[start]))
	} else {
		copy(to[at:at+length], from[start:])
	}
}

// takeEntries is takeBytes where some chunks are encoded.
func takeEntries[O int32 | int64, I index](mem memory.Allocator, chunks []chunk, rows []I) (offsets, bytes *memory.Buffer) {
	from := make([]entries, len(chunks))
	codes := make([][]uint32, len(chunks)) // of those that are encoded
	for i, c := range chunks {
		text := c
		if c.DataType().ID() == arrow.DICTIONARY {
			codes[i] = values[uint32](c)
			text = chunk{c.ArrayData.Dictionary(), c.ArrayData.Dictionary().Offset()}
		}
		from[i].offsets = values[int32](text)
		if b := text.Buffers()[2]; b != nil {
			from[i].bytes = b.Bytes()
		}
	}
	var zero O
	offsets = newBuffer(mem, (len(rows)+1)*int(unsafe.Sizeof(zero)))
	out := words[O](offsets.Bytes())
	out[0] = 0
	spans := make([][]byte, len(rows))
	var size int64
	for i, r := range rows {
		c, row := uint64(r)>>32, uint32(r)
		if isValid(chunks[c], row) {
			if codes[c] != nil {
				row = codes[c][row]
			}
			spans[i] = from[c].bytes[from[c].offsets[row]:from[c].offsets[row+1]]
			size += int64(len(spans[i]))
		}
		out[i+1] = O(size)
	}
	if int64(out[len(rows)]) != size {
		offsets.Release()
		panic(errTooLong)
	}
	bytes = newBuffer(mem, int(size))
	to := bytes.Bytes()
	for i, s := range spans {
		copy(to[out[i]:], s)
	}
	return offsets, bytes
}

// takeList takes the rows of a list or map: new offsets, and the elements by refs of their own.
func takeList[I index](mem memory.Allocator, elem arrow.DataType, chunks []chunk, rows []I) (*memory.Buffer, arrow.ArrayData) {
	from := make([][]int32, len(chunks))
	children := make([]chunk, len(chunks))
	for i, c := range chunks {
		from[i] = values[int32](c)
		child := c.Children()[0]
		children[i] = chunk{child, child.Offset()}
	}
	offsets := newBuffer(mem, (len(rows)+1)*4)
	out := words[int32](offsets.Bytes())
	out[0] = 0
	var refs []Ref
	for i, r := range rows {
		c := uint64(r) >> 32
		f := from[c]
		if isValid(chunks[c], uint32(r)) {
			for e := f[uint32(r)]; e < f[uint32(r)+1]; e++ {
				refs = append(refs, At(int(c), int(e)))
			}
		}
		out[i+1] = int32(len(refs))
	}
	return offsets, take(mem, elem, children, refs)
}

// takeFixedSizeList copies a row's elements as one value where they are plain numbers without NULLs.
func takeFixedSizeList[I index](mem memory.Allocator, t *arrow.FixedSizeListType, chunks []chunk, rows []I) arrow.ArrayData {
	n := int(t.Len())
	children := make([]chunk, len(chunks))
	plain := true
	for i, c := range chunks {
		child := c.Children()[0]
		// Rows of the list count from its own offset, on top of which comes the child's.
		children[i] = chunk{child, child.Offset() + c.offset*n}
		plain = plain && child.NullN() == 0
	}
	if width, ok := plainWidth(t.Elem()); ok && plain {
		out := newBuffer(mem, len(rows)*n*width)
		defer out.Release()
		to, size := out.Bytes(), n*width
		for i, r := range rows {
			c := children[uint64(r)>>32]
			at := c.offset*width + int(uint32(r))*size
			copy(to[i*size:(i+1)*size], c.Buffers()[1].Bytes()[at:])
		}
		return array.NewData(t.Elem(), len(rows)*n, []*memory.Buffer{nil, out}, nil, 0, 0)
	}
	refs := make([]Ref, 0, len(rows)*n)
	for _, r := range rows {
		for e := range n {
			refs = append(refs, At(int(uint64(r)>>32), int(uint32(r))*n+e))
		}
	}
	return take(mem, t.Elem(), children, refs)
}

// plainWidth is the width in bytes of a type whose values lie in one buffer.
func plainWidth(dt arrow.DataType) (int, bool) {
	switch t := dt.(type) {
	case *arrow.BooleanType, *arrow.DictionaryType, *arrow.FixedSizeListType:
		return 0, false
	case arrow.FixedWidthDataType:
		return t.BitWidth() / 8, true
	}
	return 0, false
}

// fieldChunks are the chunks of a struct's field. A struct's offset holds for its fields too.
func fieldChunks(chunks []chunk, field int) []chunk {
	out := make([]chunk, len(chunks))
	for i, c := range chunks {
		child := c.Children()[field]
		out[i] = chunk{child, child.Offset() + c.offset}
	}
	return out
}

func isValid(c chunk, row uint32) bool {
	if c.NullN() == 0 || c.Buffers()[0] == nil {
		return true
	}
	return bit(c.Buffers()[0].Bytes(), c.offset+int(row)) == 1
}
