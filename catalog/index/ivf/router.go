package ivf

import (
	"math"
	"slices"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A route is the lists near a point. It is the scratch of finding them, too, and belongs to one goroutine at a time.
type route struct {
	table  table
	scan   []simd.CodeScan // one
	some   []float32
	near   []uint32
	sorted []nearList // the lists that were asked for, nearest first
}

// A nearList is a list near a point.
type nearList struct {
	list     uint32
	distance float32 // squared, from the point to the centroid
	rank     float32 // by which lists are visited
}

func newRoute(q *Quantizer) *route {
	blocks := int(blocksFor(int64(q.lists)))
	r := &route{table: table{sums: make([]byte, 16*q.tables())}}
	r.scan = []simd.CodeScan{{
		Table:  r.table.sums,
		Limit:  inf,
		Masks:  make([]uint32, blocks),
		Bounds: make([]float32, blocks*simd.CodesInBlock),
	}}
	return r
}

// find finds the n lists nearest to a point. It looks at all of them by their codes, then at the centroids of the best. The
// table is left set to the point.
func (r *route) find(q *Quantizer, point []float32, n int) {
	r.table.set(point)
	n = min(n, q.lists)
	near := r.candidates(q, n)
	r.sorted = r.sorted[:0]
	for _, list := range near {
		d := simd.L2Squared(point, q.centroid(int(list)))
		r.sorted = append(r.sorted, nearList{list: list, distance: d, rank: d})
	}
	slices.SortFunc(r.sorted, func(a, b nearList) int { return compareRanks(a, b) })
	r.sorted = r.sorted[:n]
}

// compareRanks orders by rank, NaN last, and then by list.
func compareRanks(a, b nearList) int {
	x, y := sortable(a.rank), sortable(b.rank)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return int(a.list) - int(b.list)
}

// candidates are the lists among which the n nearest are, as far as codes can tell.
func (r *route) candidates(q *Quantizer, n int) []uint32 {
	if want := candidatesFor(n); want < q.lists {
		scan := &r.scan[0]
		for i := range scan.Masks {
			scan.Masks[i] = math.MaxUint32
		}
		scan.Delta, scan.Offset = r.table.delta, r.table.offset
		simd.ScanCodes(q.router, r.scan)
		r.near, r.some = smallest(scan.Bounds[:q.lists], want, r.near, r.some)
		if len(r.near) >= n {
			return r.near
		}
	}
	r.near = r.near[:0]
	for i := range q.lists {
		r.near = append(r.near, uint32(i))
	}
	return r.near
}

// candidatesFor is how many lists by the estimates of their codes hold the n nearest, but for a few far ones.
func candidatesFor(n int) int { return 2*n + 32 }

// smallest finds the places of about n of the smallest values, rather more than fewer: those below what a sample tells.
func smallest(values []float32, n int, places []uint32, sample []float32) ([]uint32, []float32) {
	const step = 8
	sample = sample[:0]
	for i := step / 2; i < len(values); i += step {
		sample = append(sample, values[i])
	}
	limit := inf
	if at := n/step + n/(4*step) + 1; at < len(sample) {
		slices.Sort(sample)
		limit = sample[at]
	}
	if cap(places) < len(values) {
		places = make([]uint32, len(values))
	}
	places = places[:len(values)]
	found := 0
	for i, v := range values {
		places[found] = uint32(i)
		if v <= limit {
			found++
		}
	}
	return places[:found], sample
}

var inf = float32(math.Inf(1))

// sortable maps a float to a number such that numbers are in the order of floats, with NaN at the ends.
func sortable(x float32) uint32 {
	b := math.Float32bits(x)
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}
