package ivf

import (
	"math/rand/v2"
	"testing"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// TestRouteHasEachListOnce however it is asked for them, and the nearest early.
func TestRouteHasEachListOnce(t *testing.T) {
	for _, dim := range []int{1, 40, 500} {
		r := rand.New(rand.NewPCG(71, uint64(dim)))
		data := &files{dim: dim}
		data.add(clustered(r, 400, dim))
		ix := build(t, "l2_distance", data, 300, 2)
		q := ix.Quantizer
		route := newRoute(q)
		point, codes := make([]float32, q.dims), table{sums: make([]byte, 16*q.tables())}
		for range 50 {
			if !q.enterQuery(point, clustered(r, 1, dim)) {
				t.Fatal("a vector is no query")
			}
			codes.set(point)
			route.start(point, &codes)
			for n := 1; len(route.sorted) < q.lists; n += 1 + r.IntN(2*n) {
				route.extend(n)
				if len(route.sorted) != min(n, q.lists) {
					t.Fatalf("%d lists, want %d of %d", len(route.sorted), n, q.lists)
				}
			}
			seen := map[uint32]bool{}
			nearer := 0
			for _, near := range route.sorted {
				if seen[near.list] || near.distance != simd.L2Squared(point, q.centroid(int(near.list))) {
					t.Fatalf("list %d is there again or at a wrong distance", near.list)
				}
				seen[near.list] = true
				if near.distance < route.sorted[0].distance {
					nearer++
				}
			}
			if nearer > 2 {
				t.Errorf("%d elements: %d lists are nearer than the first", dim, nearer)
			}
		}
	}
}
