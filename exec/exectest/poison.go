package exectest

import "github.com/apache/arrow-go/v18/arrow/memory"

// Poison is an allocator whose memory is full of rubbish before anyone wrote to it and after it was freed, so that whoever takes
// fresh memory for zeros, or reads what is no longer theirs, gets answers that are wrong.
type Poison struct{}

var _ memory.Allocator = Poison{}

func (Poison) Allocate(size int) []byte {
	b := memory.DefaultAllocator.Allocate(size)
	fill(b, 0xA7)
	return b
}

func (p Poison) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	larger := p.Allocate(size)
	copy(larger, b)
	p.Free(b)
	return larger
}

func (Poison) Free(b []byte) { fill(b[:cap(b)], 0xE5) }

func fill(b []byte, with byte) {
	for i := range b {
		b[i] = with
	}
}
