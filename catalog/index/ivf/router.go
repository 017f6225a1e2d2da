package ivf

import (
	"math"
	"slices"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A route is the lists near a point, nearest first, as far as they were asked for. It is the scratch of finding them, too, and
// belongs to one goroutine at a time.
type route struct {
	*Quantizer
	point  []float32
	table  *table          // of the point
	scan   []simd.CodeScan // one, of the lists' own codes
	known  bool            // the codes were scanned for the point
	want   int             // lists that were asked for by their codes
	taken  float32         // what estimates those lists have at most; NaN if there are none
	keys   []uint64        // such lists that are not in sorted: the rank above, the list below
	lifts  []float32       // by list: its rank less its distance; nil if that is none
	near   []uint32        // scratch of take
	some   []float32       // scratch of below
	sorted []nearList
}

// A nearList is a list near a point.
type nearList struct {
	list     uint32
	distance float32 // squared, from the point to the centroid
	rank     float32 // by which lists are in order
}

func newRoute(q *Quantizer) *route {
	blocks := int(blocksFor(int64(q.lists)))
	r := &route{Quantizer: q, keys: make([]uint64, 0, q.lists), near: make([]uint32, q.lists+1)}
	r.scan = []simd.CodeScan{{
		Limit:  inf,
		Masks:  make([]uint32, blocks),
		Bounds: make([]float32, blocks*simd.CodesInBlock),
	}}
	return r
}

// start sets out from a point, of which a table was made.
func (r *route) start(point []float32, t *table) {
	r.point, r.table = point, t
	r.scan[0].Table = t.sums
	r.known, r.want, r.taken = false, 0, float32(math.NaN())
	r.keys, r.sorted = r.keys[:0], r.sorted[:0]
}

// extend finds more of the nearest lists until there are n, or all. It looks at lists by their codes, then at the centroids of
// those that may be the nearest. A list that its code holds for farther than it is may so come late.
func (r *route) extend(n int) {
	n = min(n, r.lists)
	if n <= len(r.sorted) {
		return
	}
	for want := r.candidatesFor(n); ; want *= 2 {
		r.take(want)
		if len(r.sorted)+len(r.keys) >= n {
			break
		}
	}
	// Numbers, as sorting them takes a fifth of the time of sorting by a function, and no more than are asked for.
	next := r.keys[:n-len(r.sorted)]
	nth(r.keys, len(next)-1)
	slices.Sort(next)
	for _, key := range next {
		near := nearList{list: uint32(key), rank: sorted(uint32(key >> 32))}
		if near.distance = near.rank; r.lifts != nil {
			near.distance -= r.lifts[near.list]
		}
		r.sorted = append(r.sorted, near)
	}
	r.keys = r.keys[:copy(r.keys, r.keys[len(next):])]
}

// candidatesFor is how many lists by the estimates of their codes hold the n nearest, but for a few far ones. The fewer
// dimensions there are, the less codes tell, and the less it takes to measure.
func (r *route) candidatesFor(n int) int { return (2*n + 32) * max(384/r.dims, 1) }

// take finds the distances of about so many lists, rather more than fewer, by their estimates.
func (r *route) take(want int) {
	if want = min(want, r.lists); want <= r.want {
		return
	}
	r.want = want
	if want == r.lists {
		// All that were not taken, NaN among them.
		for list, estimate := range r.scan[0].Bounds[:r.lists] {
			if !r.known || !(estimate <= r.taken) {
				r.measure(list)
			}
		}
		r.taken = inf
		return
	}
	if !r.known {
		scan := &r.scan[0]
		for i := range scan.Masks {
			scan.Masks[i] = math.MaxUint32
		}
		scan.Delta, scan.Offset = r.table.delta, r.table.offset
		simd.ScanCodes(r.router, r.scan)
		for list, lift := range r.lifts {
			scan.Bounds[list] += lift
		}
		r.known = true
	}
	estimates := r.scan[0].Bounds[:r.lists]
	limit := r.below(estimates, want)
	// Without a branch that nobody can predict.
	near, n := r.near, 0
	for list, estimate := range estimates {
		if near[n] = uint32(list); estimate <= limit {
			n++
		}
	}
	for _, list := range near[:n] {
		if !(estimates[list] <= r.taken) {
			r.measure(int(list))
		}
	}
	if !(limit <= r.taken) {
		r.taken = limit
	}
}

func (r *route) measure(list int) {
	rank := simd.L2Squared(r.point, r.centroid(list))
	if r.lifts != nil {
		rank += r.lifts[list]
	}
	r.keys = append(r.keys, uint64(sortable(rank))<<32|uint64(list))
}

// below is a number that about n of the values do not exceed, by a sample.
func (r *route) below(values []float32, n int) float32 {
	const step = 8
	r.some = r.some[:0]
	for i := step / 2; i < len(values); i += step {
		r.some = append(r.some, values[i])
	}
	if at := n/step + n/(4*step) + 1; at < len(r.some) {
		return nth(r.some, at)
	}
	return inf
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
func nth[T float32 | uint64](x []T, n int) T {
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

// lowest puts the n lowest keys first.
func lowest(keys []uint64, n int) {
	if n > 32 {
		nth(keys, n-1)
		return
	}
	// Few of many, one after the other into their places among those so far: a selection that halves would guess wrong
	// half of the time where to go on.
	for i := 1; i < len(keys); i++ {
		key := keys[i]
		at := min(i, n)
		if at == n {
			if key >= keys[n-1] {
				continue
			}
			keys[i] = keys[n-1]
			at--
		}
		for at > 0 && keys[at-1] > key {
			keys[at] = keys[at-1]
			at--
		}
		keys[at] = key
	}
}
