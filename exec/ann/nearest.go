package ann

import (
	"math"
	"slices"
)

// An Order is how ORDER BY ranks distances. NaN is above all numbers, as in PostgreSQL; NULL is where NullsFirst says.
// PostgreSQL's own choice is NULLS LAST when ascending and NULLS FIRST when descending.
type Order struct {
	Descending bool
	NullsFirst bool
}

// A Neighbor is a row that a search found.
type Neighbor struct {
	Address  int64
	Distance float64
	Null     bool // the distance is NULL: the row's vector or the query is
}

// Nearest keeps the k first rows in the order of their distances, and of their addresses where distances are equal. So
// the rows kept do not depend on the order in which they come or on how workers share them.
type Nearest struct {
	k     int
	order Order
	heap  []rank // the last of the kept rows on top, once there are k
	// A distance times sign that is above worst is beyond the rows kept; any other is looked at closely. It is bound as
	// long as there is no such number.
	sign, worst float64
	bound       float64 // +Inf if there is none
}

// A rank is a place in the order.
type rank struct {
	distance uint64 // see number
	address  int64
}

func (r rank) after(s rank) bool {
	return r.distance > s.distance || r.distance == s.distance && r.address > s.address
}

// NewNearest makes an empty one. Its memory grows with the rows kept, not with k.
func NewNearest(k int, order Order) *Nearest {
	n := &Nearest{k: max(k, 0), order: order, sign: 1, worst: math.Inf(1), bound: math.Inf(1)}
	if order.Descending {
		n.sign = -1
	}
	return n
}

// Bound has numbers above a distance be no neighbors. The order must be ascending and nothing be offered yet.
func (n *Nearest) Bound(distance float64) {
	n.bound = distance
	n.worst = distance
}

// Add offers a row.
func (n *Nearest) Add(distance float64, address int64) {
	if !(distance*n.sign > n.worst) {
		n.offer(rank{n.number(distance), address})
	}
}

// AddNull offers a row whose distance is NULL.
func (n *Nearest) AddNull(address int64) {
	n.offer(rank{n.null(), address})
}

// AddAll offers rows.
func (n *Nearest) AddAll(distances []float64, addresses []int64) {
	sign, worst := n.sign, n.worst
	for i, d := range distances {
		if d*sign > worst {
			continue
		}
		n.offer(rank{n.number(d), addresses[i]})
		worst = n.worst
	}
}

// Merge offers the rows that another one of the same order keeps.
func (n *Nearest) Merge(other *Nearest) {
	for _, r := range other.heap {
		n.offer(r)
	}
}

// limit is a distance above which no number is kept.
func (n *Nearest) limit() float64 {
	if n.order.Descending {
		return math.Inf(1)
	}
	return n.worst
}

// Len is the number of rows kept.
func (n *Nearest) Len() int { return len(n.heap) }

// Bytes is the memory held.
func (n *Nearest) Bytes() int64 { return int64(cap(n.heap)) * 16 }

// Sorted is the rows kept, in order.
func (n *Nearest) Sorted() []Neighbor {
	ranks := slices.Clone(n.heap)
	slices.SortFunc(ranks, func(a, b rank) int {
		switch {
		case a.after(b):
			return 1
		case b.after(a):
			return -1
		}
		return 0
	})
	neighbors := make([]Neighbor, len(ranks))
	for i, r := range ranks {
		neighbors[i] = Neighbor{Address: r.address}
		if r.distance == n.null() {
			neighbors[i].Null = true
		} else {
			neighbors[i].Distance = n.distance(r)
		}
	}
	return neighbors
}

func (n *Nearest) offer(r rank) {
	switch {
	case len(n.heap) < n.k:
		n.heap = append(n.heap, r)
		n.up(len(n.heap) - 1)
	case n.k > 0 && n.heap[0].after(r):
		n.heap[0] = r
		n.down()
	default:
		return
	}
	if len(n.heap) < n.k {
		return
	}
	n.worst = n.bound
	if top := n.heap[0]; top.distance != n.null() {
		if d := n.distance(top) * n.sign; d < n.bound {
			n.worst = d
		}
	}
}

func (n *Nearest) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !n.heap[i].after(n.heap[parent]) {
			return
		}
		n.heap[i], n.heap[parent] = n.heap[parent], n.heap[i]
		i = parent
	}
}

func (n *Nearest) down() {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(n.heap) {
			return
		}
		if child+1 < len(n.heap) && n.heap[child+1].after(n.heap[child]) {
			child++
		}
		if !n.heap[child].after(n.heap[i]) {
			return
		}
		n.heap[i], n.heap[child] = n.heap[child], n.heap[i]
		i = child
	}
}

const signBit = 1 << 63

// number maps a distance to where it stands in the order: as unsigned numbers, floats rise with their bits if the sign
// bit is flipped and, of negative ones, all others too. -0 stands where 0 does and all NaN stand in one place. The lowest
// and the highest number are left to NULL.
func (n *Nearest) number(distance float64) uint64 {
	bits := math.Float64bits(distance + 0)
	switch {
	case distance != distance:
		bits = math.Float64bits(math.NaN()) | signBit
	case bits&signBit != 0:
		bits = ^bits
	default:
		bits |= signBit
	}
	if n.order.Descending {
		return ^bits
	}
	return bits
}

// distance is number's inverse.
func (n *Nearest) distance(r rank) float64 {
	bits := r.distance
	if n.order.Descending {
		bits = ^bits
	}
	if bits&signBit != 0 {
		return math.Float64frombits(bits &^ signBit)
	}
	return math.Float64frombits(^bits)
}

func (n *Nearest) null() uint64 {
	if n.order.NullsFirst {
		return 0
	}
	return math.MaxUint64
}
