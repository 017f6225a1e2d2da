package simd

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestHadamard: all sets agree with plain Go bit by bit, and twice is so many times the same.
func TestHadamard(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(31, 32))
		for n := 1; n <= 4096; n *= 2 {
			v := at(random(r, n), r.IntN(4))
			want := slices.Clone(v)
			hadamard(want)
			set.Hadamard(v)
			if !slices.Equal(v, want) {
				t.Fatalf("%d values: %v, not %v", n, v, want)
			}
		}
		v := make([]float32, 64)
		for i := range v {
			v[i] = float32(r.IntN(100))
		}
		once := slices.Clone(v)
		set.Hadamard(v)
		set.Hadamard(v)
		for i := range v {
			if v[i] != 64*once[i] {
				t.Fatalf("twice the transform of %v is %v", once, v)
			}
		}
	})
}

func TestButterfly(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(33, 34))
		for n := range 200 {
			a, b := at(random(r, n), r.IntN(4)), at(random(r, n), r.IntN(4))
			x, y := slices.Clone(a), slices.Clone(b)
			butterfly(x, y, 0.70710678)
			set.Butterfly(a, b, 0.70710678)
			if !slices.Equal(a, x) || !slices.Equal(b, y) {
				t.Fatalf("%d pairs differ", n)
			}
		}
	})
}

func BenchmarkHadamard(b *testing.B) {
	v := make([]float32, 256)
	for b.Loop() {
		Hadamard(v)
	}
}
