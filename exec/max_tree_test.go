package exec

import (
	"math/rand"
	"testing"
)

func TestMaxTree(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, n := range []int{1, 15, 16, 17, 255, 256, 257, 5000} {
		words := make([]uint64, n)
		for i := range words {
			words[i] = uint64(r.Intn(n))
			if r.Intn(20) == 0 {
				words[i] += uint64(r.Intn(5 * n))
			}
		}
		tree := newMaxTree(words)
		for range 2000 {
			at, end := r.Intn(n+1), r.Intn(n+1)
			if at >= end {
				continue
			}
			least := uint64(r.Intn(4 * n))
			want := at
			for want < end && words[want] < least {
				want++
			}
			if got := tree.next(uint32(at), uint32(end), least); got != uint32(want) {
				t.Fatalf("the first word of %d from %d to %d that is at least %d is at %d, not %d", n, at, end, least, want, got)
			}
		}
	}
}
