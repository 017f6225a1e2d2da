package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// NullArray is an array of n NULLs. Arrow's own makes one only of memory that comes as zeros, which no allocator has to give.
func NullArray(mem memory.Allocator, dt arrow.DataType, n int) arrow.Array {
	return array.MakeArrayOfNull(zeroing{mem}, dt, n)
}

// zeroing is an allocator of zeros.
type zeroing struct{ memory.Allocator }

func (z zeroing) Allocate(size int) []byte {
	b := z.Allocator.Allocate(size)
	clear(b)
	return b
}

func (z zeroing) Reallocate(size int, b []byte) []byte {
	larger := z.Allocator.Reallocate(size, b)
	if size > len(b) {
		clear(larger[len(b):])
	}
	return larger
}
