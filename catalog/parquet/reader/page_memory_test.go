package reader

import "testing"

func TestPagePool(t *testing.T) {
	var p pagePool
	for _, size := range []int{0, 1, 4096, 4097, 64 << 10, 1<<maxPageBits - 1, 1 << maxPageBits, 1<<maxPageBits + 1} {
		for range 3 { // the second may be given what the first gave back
			b := p.Allocate(size)
			if len(b) != size {
				t.Fatalf("%d bytes of %d", len(b), size)
			}
			for i := range b {
				b[i] = 1
			}
			grown := p.Reallocate(2*size+10, b)
			if len(grown) != 2*size+10 || size > 0 && grown[size-1] != 1 {
				t.Fatalf("%d bytes grew to %d", size, len(grown))
			}
			p.Free(grown)
		}
	}
	p.Free(make([]byte, 5000)) // not a block of the pool
	if b := p.Allocate(5000); cap(b) < 8192 {
		t.Errorf("a block of %d bytes", cap(b))
	}
}
