package buffers

import (
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestClasses(t *testing.T) {
	for class := range classes {
		size := sizeOf(class)
		if got := classOf(size); got != class {
			t.Errorf("class of %d is %d, want %d", size, got, class)
		}
		if class+1 < classes {
			if got := classOf(size + 1); got != class+1 {
				t.Errorf("class of %d is %d, want %d", size+1, got, class+1)
			}
		}
	}
	if got := sizeOf(classes - 1); got != 1<<maxBits {
		t.Errorf("largest block has %d bytes, want %d", got, 1<<maxBits)
	}
}

func TestPool(t *testing.T) {
	var p Pool
	for _, size := range []int{0, 1, 63, 1023, 1024, 1025, 1280, 1281, 5000, 1 << 20, 1<<20 + 1, 1 << 25, 1<<25 + 1} {
		b := p.Allocate(size)
		if len(b) != size {
			t.Errorf("%d bytes, want %d", len(b), size)
		}
		if size > 0 && uintptr(unsafe.Pointer(unsafe.SliceData(b)))%64 != 0 {
			t.Errorf("%d bytes are not aligned", size)
		}
		p.Free(b)
	}
}

func TestPoolKeepsContentWhenGrowing(t *testing.T) {
	var p Pool
	b := p.Allocate(1500)
	for i := range b {
		b[i] = byte(i)
	}
	b = p.Reallocate(100, b)
	b = p.Reallocate(1500, b)
	b = p.Reallocate(50_000, b)
	if len(b) != 50_000 {
		t.Fatalf("%d bytes", len(b))
	}
	for i, v := range b[:1500] {
		if v != byte(i) {
			t.Fatalf("byte %d is %d", i, v)
		}
	}
}

// Blocks that somebody else made, and parts of blocks, must not be lent out.
func TestPoolFreesForeignBlocks(t *testing.T) {
	var p Pool
	p.Free(nil)
	p.Free(make([]byte, 5000, 5001))
	b := p.Allocate(4096)
	p.Free(b[:100:2000])
	if again := p.Allocate(1900); unsafe.SliceData(again) == unsafe.SliceData(b) {
		t.Error("part of a block that is in use was lent out")
	}
}

func BenchmarkAllocate(b *testing.B) {
	for _, bench := range []struct {
		name string
		mem  memory.Allocator
	}{{"pool", new(Pool)}, {"heap", memory.NewGoAllocator()}} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				block := bench.mem.Allocate(400 << 10)
				for i := 0; i < len(block); i += 64 {
					block[i] = 1
				}
				bench.mem.Free(block)
			}
		})
	}
}
