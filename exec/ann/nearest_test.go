package ann

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// An offer is a row with its distance, nil for NULL.
type offer struct {
	address  int64
	distance *float64
}

// sorted is the specification: ORDER BY distance, address LIMIT k, as PostgreSQL orders.
func sorted(offers []offer, k int, order Order) []Neighbor {
	nulls, sign := 1, 1
	if order.NullsFirst {
		nulls = -1
	}
	if order.Descending {
		sign = -1
	}
	offers = slices.Clone(offers)
	slices.SortFunc(offers, func(a, b offer) int {
		byAddress := cmp.Compare(a.address, b.address)
		switch {
		case a.distance == nil && b.distance == nil:
			return byAddress
		case a.distance == nil:
			return nulls
		case b.distance == nil:
			return -nulls
		}
		// cmp.Compare has NaN below all numbers, PostgreSQL above.
		c := cmp.Compare(*a.distance, *b.distance)
		if math.IsNaN(*a.distance) != math.IsNaN(*b.distance) {
			c = -c
		}
		return cmp.Or(sign*c, byAddress)
	})
	var list []Neighbor
	for _, o := range offers[:min(k, len(offers))] {
		n := Neighbor{Address: o.address, Null: o.distance == nil}
		if !n.Null {
			n.Distance = *o.distance
		}
		list = append(list, n)
	}
	return list
}

func same(a, b []Neighbor) bool {
	return slices.EqualFunc(a, b, func(a, b Neighbor) bool {
		return a.Address == b.Address && a.Null == b.Null && (a.Distance == b.Distance || math.IsNaN(a.Distance) && math.IsNaN(b.Distance))
	})
}

var orders = []Order{{}, {NullsFirst: true}, {Descending: true}, {Descending: true, NullsFirst: true}}

// TestNearestIsSortAndLimit draws distances from few numbers, so that many are equal, and from the odd ones.
func TestNearestIsSortAndLimit(t *testing.T) {
	values := []float64{0, math.Copysign(0, -1), 1, 1, 2, -1, -2.5, 1e300, math.Inf(1), math.Inf(-1), math.NaN(), math.SmallestNonzeroFloat64}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 2000 {
		rows := r.IntN(60)
		offers := make([]offer, rows)
		for i, address := range r.Perm(rows) {
			offers[i].address = int64(address) - 5
			if pick := r.IntN(len(values) + 3); pick < len(values) {
				offers[i].distance = &values[pick]
			}
		}
		for _, order := range orders {
			for _, k := range []int{0, 1, 2, 5, 30, 100} {
				one, workers := NewNearest(k, order), []*Nearest{NewNearest(k, order), NewNearest(k, order)}
				for _, o := range offers {
					worker := workers[r.IntN(2)]
					if o.distance == nil {
						one.AddNull(o.address)
						worker.AddNull(o.address)
					} else {
						one.Add(*o.distance, o.address)
						worker.AddAll([]float64{*o.distance}, []int64{o.address})
					}
				}
				workers[0].Merge(workers[1])
				want := sorted(offers, k, order)
				for _, got := range [][]Neighbor{one.Sorted(), workers[0].Sorted()} {
					if !same(got, want) {
						t.Fatalf("round %d, k=%d, %+v:\ngot  %v\nwant %v", round, k, order, got, want)
					}
				}
			}
		}
	}
}

func TestNearestGrowsWithItsRows(t *testing.T) {
	n := NewNearest(1<<40, Order{})
	for i := range int64(100) {
		n.Add(float64(i), i)
	}
	if n.Len() != 100 || n.Bytes() > 1<<13 {
		t.Errorf("%d rows in %d bytes", n.Len(), n.Bytes())
	}
}
