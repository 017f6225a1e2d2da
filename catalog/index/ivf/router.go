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
	keys   []uint64
	sorted []nearList // the lists that were asked for, nearest first
}

// A nearList is a list near a point.
type nearList struct {
	list     uint32
	distance float32 // squared, from the point to the centroid
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
	// Sorted as numbers, which takes a fifth of the time of sorting by a function: the distance above, the list below.
	r.keys = r.keys[:0]
	for _, list := range near {
		r.keys = append(r.keys, uint64(sortable(simd.L2Squared(point, q.centroid(int(list)))))<<32|uint64(list))
	}
	slices.Sort(r.keys)
	r.sorted = r.sorted[:0]
	for _, key := range r.keys[:n] {
		r.sorted = append(r.sorted, nearList{list: uint32(key), distance: sorted(uint32(key >> 32))})
	}
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
		limit = nth(sample, at)
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

// sorted is the float of a sortable number.
func sorted(x uint32) float32 {
	if x>>31 != 0 {
		return math.Float32frombits(x &^ (1 << 31))
	}
	return math.Float32frombits(^x)
}

// nth is the n-th smallest number, n from 0, as quickselect finds it; it leaves the numbers in another order.
func nth(x []float32, n int) float32 {
	lo, hi := 0, len(x)-1
	for lo < hi {
		pivot := x[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for x[i] < pivot {
				i++
			}
			for pivot < x[j] {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i++
				j--
			}
		}
		switch {
		case n <= j:
			hi = j
		case n >= i:
			lo = i
		default:
			return x[n]
		}
	}
	return x[lo]
}
