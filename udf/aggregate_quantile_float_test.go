package udf

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSelectFloats compares with sorting: repeated values, NaN, both zeros, infinities.
func TestSelectFloats(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), math.MaxFloat64}
	less := func(a, b float64) int {
		switch {
		case a < b || !math.IsNaN(a) && math.IsNaN(b):
			return -1
		case a > b || math.IsNaN(a) && !math.IsNaN(b):
			return 1
		}
		return 0
	}
	for round := range 2000 {
		n := 1 + r.IntN(200)
		values := make([]float64, n)
		for i := range values {
			switch round % 4 {
			case 0:
				values[i] = r.NormFloat64()
			case 1:
				values[i] = float64(r.IntN(5))
			case 2:
				values[i] = float64(i)
			default:
				values[i] = odd[r.IntN(len(odd))]
			}
		}
		sorted := slices.Clone(values)
		slices.SortFunc(sorted, less)
		k := r.IntN(n)
		next := k+1 < n && round%2 == 0
		selectFloats(values, k, next)
		if less(values[k], sorted[k]) != 0 || next && less(values[k+1], sorted[k+1]) != 0 {
			t.Fatalf("value %d of %d is %v, want %v", k, n, values[k], sorted[k])
		}
		slices.SortFunc(values, less)
		if slices.CompareFunc(values, sorted, less) != 0 {
			t.Fatal("selecting changed the values")
		}
	}
}
