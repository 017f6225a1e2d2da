package eval

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestAppendTrue(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for n := range 200 {
		for _, nulls := range []bool{false, true} {
			b := array.NewBooleanBuilder(memory.DefaultAllocator)
			for range n {
				if nulls && r.Intn(3) == 0 {
					b.AppendNull()
				} else {
					b.Append(r.Intn(2) == 0)
				}
			}
			whole := b.NewBooleanArray()
			for from := range min(n+1, 10) {
				part := array.NewSlice(whole, int64(from), int64(n)).(*array.Boolean)
				want := []uint32{7}
				for i := range part.Len() {
					if part.IsValid(i) && part.Value(i) {
						want = append(want, uint32(i))
					}
				}
				if got := appendTrue(part, []uint32{7}); !slices.Equal(got, want) {
					t.Fatalf("rows %v, want %v", got, want)
				}
			}
		}
	}
}
