package ivf

import (
	"math"
	"slices"

	"github.com/mediaflight/mediaflight/catalog"
)

// nearest keeps the k first rows by distance, NaN last or first, and address, or all those within a distance if k is 0.
type nearest struct {
	k        int
	within   float64
	nanFirst bool
	heap     []catalog.Found // the last on top, once there are k
	limit    float64         // a distance above which no row is kept
}

func (n *nearest) reset(k int, within float64) {
	n.k, n.within = k, within
	n.heap = n.heap[:0]
	n.limit = within
}

// before is the order of rows. No NaN is less than a number or another NaN.
func (n *nearest) before(a, b catalog.Found) bool {
	switch {
	case a.Distance < b.Distance:
		return true
	case a.Distance > b.Distance:
		return false
	case a.Distance == b.Distance || a.Distance != a.Distance && b.Distance != b.Distance:
		return a.Address < b.Address
	}
	return (b.Distance != b.Distance) != n.nanFirst
}

// add offers a row.
func (n *nearest) add(distance float64, address int64) {
	f := catalog.Found{Address: address, Distance: distance}
	if distance > n.limit || distance != distance && !math.IsInf(n.within, 1) {
		return
	}
	switch {
	case n.k == 0:
		n.heap = append(n.heap, f)
		return
	case len(n.heap) < n.k:
		n.heap = append(n.heap, f)
		n.up(len(n.heap) - 1)
	case n.before(f, n.heap[0]):
		n.heap[0] = f
		n.down()
	default:
		return
	}
	if len(n.heap) == n.k {
		switch d := n.heap[0].Distance; {
		case d == d:
			n.limit = min(n.within, d)
		case n.nanFirst:
			n.limit = math.Inf(-1)
		}
	}
}

// full tells whether there are k rows at a distance that is a number.
func (n *nearest) full() bool {
	return n.k > 0 && len(n.heap) == n.k && n.heap[0].Distance == n.heap[0].Distance
}

func (n *nearest) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !n.before(n.heap[parent], n.heap[i]) {
			return
		}
		n.heap[i], n.heap[parent] = n.heap[parent], n.heap[i]
		i = parent
	}
}

func (n *nearest) down() {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(n.heap) {
			return
		}
		if child+1 < len(n.heap) && n.before(n.heap[child], n.heap[child+1]) {
			child++
		}
		if !n.before(n.heap[i], n.heap[child]) {
			return
		}
		n.heap[i], n.heap[child] = n.heap[child], n.heap[i]
		i = child
	}
}

// found appends the rows in order.
func (n *nearest) found(to []catalog.Found) []catalog.Found {
	from := len(to)
	to = append(to, n.heap...)
	slices.SortFunc(to[from:], func(a, b catalog.Found) int {
		switch {
		case n.before(a, b):
			return -1
		case n.before(b, a):
			return 1
		}
		return 0
	})
	return to
}
