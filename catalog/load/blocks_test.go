package load

import "testing"

func TestBlockSize(t *testing.T) {
	for size, want := range map[int]int{
		0: 0, 128 << 10: 0, 128<<10 + 1: 256 << 10, 256 << 10: 256 << 10,
		256<<10 + 1: 288 << 10, 2 << 20: 2 << 20, 2<<20 + 4096: 2<<20 + 256<<10, 4<<20 - 1: 4 << 20,
		16 << 20: 16 << 20, 16<<20 + 1: 0,
	} {
		if got := blockSize(size); got != want {
			t.Errorf("blockSize(%d) = %d, want %d", size, got, want)
		}
	}
}

// TestBlocksComeBack holds that a freed block is the next one of its size, and that what is too small to keep is not kept.
func TestBlocksComeBack(t *testing.T) {
	var b blocks
	first := b.Allocate(2<<20 + 4096)
	b.Free(first)
	if second := b.Allocate(2<<20 + 8192); &second[0] != &first[0] {
		t.Error("a block that was free was not used again")
	}
	small := b.Allocate(100)
	b.Free(small)
	if grown := b.Reallocate(3<<20, small[:100]); len(grown) != 3<<20 || cap(grown) != 3<<20 {
		t.Errorf("grown to %d of %d bytes", len(grown), cap(grown))
	}
	if len(b.free) != 2 {
		t.Errorf("%d sizes are kept, want 2", len(b.free))
	}
}
