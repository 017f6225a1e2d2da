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
	free map[int][][]byte // by their size
}

const (
	minBlockBits = 18 // below, Go has memory at hand
	maxBlockBits = 24
	// sizes of blocks lie an eighth of a power of two apart: a page of 2 MB of values and a little more would waste half of 4 MB.
	sizeStepBits = 3
)

var _ memory.Allocator = (*blocks)(nil)

func (b *blocks) Allocate(size int) []byte {
	whole := blockSize(size)
	if whole == 0 {
		return memory.DefaultAllocator.Allocate(size)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free == nil {
		b.free = map[int][][]byte{}
	}
	if len(b.free[whole]) == 0 {
		more := make([]byte, 1<<maxBlockBits)
		preferHugePages(more)
		for ; len(more) >= whole; more = more[whole:] {
			b.free[whole] = append(b.free[whole], more[:whole:whole])
		}
	}
	kept := b.free[whole]
	block := kept[len(kept)-1]
	b.free[whole] = kept[:len(kept)-1]
	return block[:size]
}

// blockSize is the size of the blocks for so many bytes, or 0 if they are not kept.
func blockSize(size int) int {
	if size <= 1<<(minBlockBits-1) || size > 1<<maxBlockBits {
		return 0
	}
	if size <= 1<<minBlockBits {
		return 1 << minBlockBits
	}
	step := 1 << (bits.Len(uint(size-1)) - 1 - sizeStepBits)
	return (size + step - 1) &^ (step - 1)
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
	whole := cap(block)
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ours := b.free[whole]; ours {
		b.free[whole] = append(b.free[whole], block[:whole])
	}
}
