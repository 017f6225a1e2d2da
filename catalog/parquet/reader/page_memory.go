package reader

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// pageMemory is where pages of byte strings are decompressed to, and where the text of arrays, indexes into dictionaries and
// addresses are. It is used again, and not cleared, because all of them fill it: fresh memory for every batch cost streams of
// text a quarter of their CPU time, for clearing it and for the collector. Whoever keeps a string beyond its batch must copy it.
var pageMemory pagePool

// A pagePool is an allocator that keeps blocks of powers of two for the next.
type pagePool struct {
	blocks [maxPageBits + 1]sync.Pool // of *[]byte of 1 << index bytes
}

const (
	minPageBits = 12
	maxPageBits = 22 // longer ones are left to the garbage collector
)

func (p *pagePool) Allocate(size int) []byte {
	class := max(bits.Len(uint(max(size, 1)-1)), minPageBits)
	if class > maxPageBits {
		return make([]byte, size)
	}
	if b, ok := p.blocks[class].Get().(*[]byte); ok {
		return (*b)[:size]
	}
	return make([]byte, size, 1<<class)
}

func (p *pagePool) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	grown := p.Allocate(size)
	copy(grown, b)
	p.Free(b)
	return grown
}

func (p *pagePool) Free(b []byte) {
	class := bits.Len(uint(cap(b))) - 1
	if class < minPageBits || class > maxPageBits || cap(b) != 1<<class {
		return
	}
	b = b[:cap(b)]
	p.blocks[class].Put(&b)
}

var _ memory.Allocator = (*pagePool)(nil)
