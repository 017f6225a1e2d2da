package reader

import (
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// values are decoded leaf values in one of the layouts.
type values struct {
	n      int
	layout layout
	width  int    // fixed
	data   []byte // fixed: n*width bytes; bits: a bitmap; spans: what the spans point into
	spans  []span
	// buffer keeps data good: a slice of the mapping or memory from the scan's allocator, nil for memory of Go's own. In the
	// fixed layout an Arrow array may take it as it is.
	buffer *memory.Buffer
	// dict, if not nil, holds the values that index picks from; it belongs to the chunk.
	dict  *values
	index []uint32
	valid []byte // one bit a value; nil: none is NULL
	nulls int
}

type layout int

const (
	fixed layout = iota
	bitmap
	spans
)

// A span is where a byte string lies in data.
type span struct{ from, to uint32 }

func (s span) len() int { return int(s.to - s.from) }

// release gives memory back that belongs to the allocator or the mapping.
func (v *values) release() {
	if v != nil && v.buffer != nil {
		v.buffer.Release()
		v.buffer = nil
	}
}

// allocateFixed makes n values of width bytes in memory that Arrow arrays may take over.
func allocateFixed(mem memory.Allocator, n, width int) *values {
	buffer := memory.NewResizableBuffer(mem)
	buffer.Resize(n * width)
	return &values{n: n, layout: fixed, width: width, data: buffer.Bytes(), buffer: buffer}
}

// spread lays v's values out to n places of which valid says which have one. It takes v over.
func (v *values) spread(mem memory.Allocator, n int, valid []byte) *values {
	out := &values{n: n, layout: v.layout, width: v.width, dict: v.dict, valid: valid, nulls: n - v.n}
	switch {
	case v.dict != nil:
		out.index = make([]uint32, n)
		spreadSlice(out.index, v.index, valid)
	case v.layout == spans:
		out.spans = make([]span, n)
		spreadSlice(out.spans, v.spans, valid)
		out.data, out.buffer, v.buffer = v.data, v.buffer, nil // the bytes stay where they are
	case v.layout == bitmap:
		out.data = make([]byte, bitutil.BytesForBits(int64(n)))
		from := 0
		for i := range n {
			if bitutil.BitIsSet(valid, i) {
				bitutil.SetBitTo(out.data, i, bitutil.BitIsSet(v.data, from))
				from++
			}
		}
	default:
		wide := allocateFixed(mem, n, v.width)
		out.data, out.buffer = wide.data, wide.buffer
		spreadFixed(out.data, v.data, valid, n, v.width)
	}
	v.release()
	return out
}

func spreadSlice[T any](dst, src []T, valid []byte) {
	from := 0
	var zero T // what NULLs hold: never what the memory held before
	for i := range dst {
		if valid[i>>3]>>(i&7)&1 != 0 {
			dst[i] = src[from]
			from++
		} else {
			dst[i] = zero
		}
	}
}

func spreadFixed(dst, src, valid []byte, n, width int) {
	switch width {
	case 4:
		spreadSlice(elements[uint32](dst), elements[uint32](src), valid)
	case 8:
		spreadSlice(elements[uint64](dst), elements[uint64](src), valid)
	default:
		from := 0
		for i := range n {
			if bitutil.BitIsSet(valid, i) {
				copy(dst[i*width:(i+1)*width], src[from*width:])
				from++
			} else {
				clear(dst[i*width : (i+1)*width])
			}
		}
	}
}

// orRelease gives v up if there was an error.
func (v *values) orRelease(err error) (*values, error) {
	if err != nil {
		v.release()
		return nil, err
	}
	return v, nil
}

// toFixed lays byte strings, which must all be width bytes long, end to end.
func (v *values) toFixed(mem memory.Allocator, width int) (*values, error) {
	out := allocateFixed(mem, v.n, width)
	for i, s := range v.spans {
		if s.len() != width {
			out.release()
			return nil, errShort
		}
		copy(out.data[i*width:], v.data[s.from:s.to])
	}
	return out, nil
}
