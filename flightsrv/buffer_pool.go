package flightsrv

import (
	"math/bits"
	"sync"

	"google.golang.org/grpc/mem"
)

// bufferPool lends out transport buffers of powers of two. Unlike gRPC's own pool it does not clear them: every buffer
// is written in full before it is read, and clearing cost a tenth of the CPU time of a stream.
type bufferPool struct {
	sizes [maxPooledBits + 1]sync.Pool // of *[]byte with capacity 1 << index
}

const maxPooledBits = 25 // 32 MiB; larger ones are left to the garbage collector

var _ mem.BufferPool = (*bufferPool)(nil)

func (p *bufferPool) Get(length int) *[]byte {
	class := bits.Len(uint(max(length, 256) - 1))
	if class > maxPooledBits {
		b := make([]byte, length)
		return &b
	}
	if b, ok := p.sizes[class].Get().(*[]byte); ok {
		*b = (*b)[:length]
		return b
	}
	b := make([]byte, length, 1<<class)
	return &b
}

func (p *bufferPool) Put(b *[]byte) {
	class := bits.Len(uint(cap(*b))) - 1
	if cap(*b) != 1<<class || class < 8 || class > maxPooledBits {
		return
	}
	p.sizes[class].Put(b)
}
