package gather

import (
	"math/bits"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// takeValidity returns no buffer if no row is NULL.
func takeValidity[I index](mem memory.Allocator, chunks []chunk, rows []I) (*memory.Buffer, int) {
	bitmaps := make([][]byte, len(chunks))
	alike := make([]byte, len(chunks)) // of a chunk without NULL 1, of one that has nothing else 0
	some := false
	for i, c := range chunks {
		alike[i] = 1
		if len(c.Buffers()) > 0 && c.Buffers()[0] != nil && c.NullN() != 0 {
			bitmaps[i], alike[i], some = c.Buffers()[0].Bytes(), mixed, true
			if c.NullN() == c.Len() {
				alike[i] = 0
			}
		}
	}
	if !some {
		return nil, 0
	}
	out := newBuffer(mem, int(bitutil.BytesForBits(int64(len(rows)))))
	to, set := out.Bytes(), 0
	for i := range to {
		var valid byte
		for k, r := range rows[8*i : min(8*i+8, len(rows))] {
			c := uint64(r) >> 32
			is := alike[c]
			if is == mixed {
				is = bit(bitmaps[c], chunks[c].offset+int(uint32(r)))
			}
			valid |= is << k
		}
		to[i] = valid
		set += bits.OnesCount8(valid)
	}
	if set == len(rows) {
		out.Release()
		return nil, 0
	}
	return out, len(rows) - set
}

// mixed is a chunk of which some rows are NULL.
const mixed = 2

func takeBits[I index](mem memory.Allocator, chunks []chunk, rows []I) *memory.Buffer {
	out := newBitmap(mem, len(rows))
	to := out.Bytes()
	for i, r := range rows {
		c := &chunks[uint64(r)>>32]
		to[i>>3] |= bit(c.Buffers()[1].Bytes(), c.offset+int(uint32(r))) << (i & 7)
	}
	return out
}

func bit(bitmap []byte, i int) byte { return bitmap[i>>3] >> (i & 7) & 1 }

func newBitmap(mem memory.Allocator, n int) *memory.Buffer {
	b := newBuffer(mem, int(bitutil.BytesForBits(int64(n))))
	clear(b.Bytes())
	return b
}

func takeFixed[I index](mem memory.Allocator, width int, chunks []chunk, rows []I) *memory.Buffer {
	out := newBuffer(mem, width*len(rows))
	switch width {
	case 1:
		takeWords[uint8](chunks, rows, out)
	case 2:
		takeWords[uint16](chunks, rows, out)
	case 4:
		takeWords[uint32](chunks, rows, out)
	case 8:
		takeWords[uint64](chunks, rows, out)
	case 16:
		takeWords[[2]uint64](chunks, rows, out)
	default:
		takeWide(width, chunks, rows, out.Bytes())
	}
	return out
}

func takeWords[T any, I index](chunks []chunk, rows []I, buffer *memory.Buffer) {
	out := words[T](buffer.Bytes())[:len(rows)]
	if len(chunks) == 1 {
		from := values[T](chunks[0])
		for i, r := range rows {
			out[i] = from[uint32(r)]
		}
		return
	}
	from := make([][]T, len(chunks))
	for i, c := range chunks {
		from[i] = values[T](c)
	}
	for i, r := range rows {
		out[i] = from[uint64(r)>>32][uint32(r)]
	}
}

// takeWide copies rows of any width, such as vectors.
func takeWide[I index](width int, chunks []chunk, rows []I, out []byte) {
	for i, r := range rows {
		c := &chunks[uint64(r)>>32]
		at := (c.offset + int(uint32(r))) * width
		copy(out[i*width:(i+1)*width], c.Buffers()[1].Bytes()[at:])
	}
}

// values views a chunk's values from its first row on.
func values[T any](c chunk) []T {
	if len(c.Buffers()) < 2 || c.Buffers()[1] == nil {
		return nil
	}
	all := words[T](c.Buffers()[1].Bytes())
	return all[c.offset:]
}

func words[T any](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero)))
}
