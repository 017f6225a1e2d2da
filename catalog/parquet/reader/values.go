package reader

import (
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// values are decoded leaf values, none of them NULL, in one of the layouts.
type values struct {
	n      int
	layout layout
	width  int    // fixed
	data   []byte // fixed: n*width bytes; bits: a bitmap; spans: what the spans point into
	spans  []span
	// inRow says of byte strings that each lies in data behind its length, the one before it in front of that; spans are nil
	// then until find has found them. nextRow and nextAt are where walking left off.
	inRow           bool
	nextRow, nextAt int
	// buffer keeps data, or the index, good: a slice of the mapping, memory from the scan's allocator or pageMemory, nil for
	// memory of Go's own. In the fixed layout, and for codes, an Arrow
	// array may take it as it is.
	buffer *memory.Buffer
	// dict, if not nil, holds the values that index picks from; it belongs to the chunk.
	dict  *values
	index []uint32
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
