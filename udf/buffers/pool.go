// Package buffers has the allocator of what is made anew for batch after batch: pages that are read, columns that queries compute,
// rows that are loaded.
package buffers

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A Pool is an allocator that keeps what is freed for whoever asks next. Queries compute the same few columns for batch after
// batch: memory that was just in use is in the cache and need not be cleared. Fresh memory for every batch cost TPC-H's first
// query a quarter of its time, for clearing it and for the collector.
//
// What is allocated holds anything. Whoever uses it after having freed it finds the columns of others, and so must nobody;
// exectest.Poison is an allocator for tests that makes this show. What is never freed is left to the garbage collector, and so is
// what nobody has asked for between two collections.
type Pool struct {
	blocks [classes]sync.Pool // of *[]byte of the sizes of classes
}

var _ memory.Allocator = (*Pool)(nil)

// Blocks have four sizes for each power of two, so that at most a fifth of one is not asked for. Those that are shorter than all
// classes cost the collector little, and longer ones are few.
const (
	minBits = 10
	maxBits = 25
	classes = 4*(maxBits-minBits) + 1
)

// classOf is the least class of blocks of at least size bytes, which is more than 0.
func classOf(size int) int {
	if size <= 1<<minBits {
		return 0
	}
	power := bits.Len(uint(size-1)) - 1 // of the largest power of two below size
	return 4*(power-minBits) + (size-1)>>(power-2)&3 + 1
}

func sizeOf(class int) int { return (4 + class&3) << (minBits - 2 + class>>2) }

// Allocate returns size bytes of undefined content at a multiple of 64.
func (p *Pool) Allocate(size int) []byte {
	if size < 1<<minBits || size > 1<<maxBits {
		return memory.DefaultAllocator.Allocate(size)
	}
	class := classOf(size)
	if b, ok := p.blocks[class].Get().(*[]byte); ok {
		return (*b)[:size]
	}
	return make([]byte, size, sizeOf(class))
}

func (p *Pool) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	larger := p.Allocate(size)
	copy(larger, b)
	p.Free(b)
	return larger
}

func (p *Pool) Free(b []byte) {
	size := cap(b)
	if size < 1<<minBits || size > 1<<maxBits {
		return
	}
	if class := classOf(size); sizeOf(class) == size {
		b = b[:size]
		p.blocks[class].Put(&b)
	}
}
