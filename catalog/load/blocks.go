package load

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// blocks is the allocator of a load. It keeps large blocks for the next batches, which need as many: to get memory from the
// system takes as long as to decode embeddings. It gets many blocks at once, for pages of 2 MB, of which there are fewer. What
// a load has not given back is the garbage collector's.
type blocks struct {
	mu   sync.Mutex
	free [maxBlockBits + 1][][]byte // of 1 << index bytes
}

const (
	minBlockBits = 18 // below, Go has memory at hand
	maxBlockBits = 24
)

var _ memory.Allocator = (*blocks)(nil)

func (b *blocks) Allocate(size int) []byte {
	class := bits.Len(uint(max(size, 1) - 1))
	if class < minBlockBits || class > maxBlockBits {
		return memory.DefaultAllocator.Allocate(size)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.free[class]) == 0 {
		more := make([]byte, 1<<maxBlockBits)
		preferHugePages(more)
		for ; len(more) > 0; more = more[1<<class:] {
			b.free[class] = append(b.free[class], more[:1<<class:1<<class])
		}
	}
	kept := b.free[class]
	block := kept[len(kept)-1]
	b.free[class] = kept[:len(kept)-1]
	return block[:size]
}

func (b *blocks) Reallocate(size int, old []byte) []byte {
	if size <= cap(old) {
		return old[:size]
	}
	grown := b.Allocate(size)
	copy(grown, old)
	b.Free(old)
	return grown
}

func (b *blocks) Free(block []byte) {
	class := bits.Len(uint(cap(block))) - 1
	if class < minBlockBits || class > maxBlockBits || cap(block) != 1<<class {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free[class] = append(b.free[class], block[:cap(block)])
}
