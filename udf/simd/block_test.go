package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestDotBlock holds every set to the products of pairs, for rows of all kinds of lengths and numbers.
func TestDotBlock(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(21, 22))
		for range 400 {
			dim := 1 + r.IntN(100)
			if r.IntN(4) == 0 {
				dim = 1 + r.IntN(1100)
			}
			na, nb := r.IntN(12), r.IntN(40)
			a, b := at(random(r, na*dim), r.IntN(4)), at(random(r, nb*dim), r.IntN(4))
			out := make([]float32, na*nb+1)
			out[na*nb] = 7
			set.DotBlock(a, b, dim, out)
			for i := range na {
				for j := range nb {
					want, size := 0.0, 0.0
					for d := range dim {
						product := float64(a[i*dim+d]) * float64(b[j*dim+d])
						want += product
						size += math.Abs(product)
					}
					if got := float64(out[i*nb+j]); math.Abs(got-want) > 1e-5*size {
						t.Fatalf("%d x %d rows of %d: product %d, %d is %v, not %v", na, nb, dim, i, j, got, want)
					}
				}
			}
			if out[na*nb] != 7 {
				t.Fatalf("%d x %d rows of %d: written beyond", na, nb, dim)
			}
		}
	})
}

// TestDotBlockOfManyRows takes more rows of b than one call of a kernel does.
func TestDotBlockOfManyRows(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(23, 24))
		const dim = 1024
		for _, nb := range []int{125, 126, 127, 128, 129, 130, 131, 132, 133, 255, 256, 257, 300} {
			a, b := random(r, 5*dim), random(r, nb*dim)
			got, want := make([]float32, 5*nb), make([]float32, 5*nb)
			set.DotBlock(a, b, dim, got)
			dotBlock(a, b, dim, want)
			for i := range got {
				if math.Abs(float64(got[i]-want[i])) > 1e-2 {
					t.Fatalf("%d rows: product %d is %v, not %v", nb, i, got[i], want[i])
				}
			}
		}
	})
}

func TestMaxDifference(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(25, 26))
		for range 2000 {
			n := r.IntN(200)
			a, b := at(make([]float32, n), r.IntN(4)), at(make([]float32, n), r.IntN(4))
			for i := range n {
				a[i], b[i] = float32(r.IntN(20)), float32(r.IntN(20))
				switch r.IntN(40) {
				case 0:
					a[i] = nan
				case 1:
					a[i] = -inf
				case 2:
					b[i] = inf
				case 3:
					a[i], b[i] = inf, inf
				case 4:
					a[i] = inf
				}
			}
			if got, want := set.MaxDifference(a, b), maxDifference(a, b); got != want {
				t.Fatalf("%v - %v: greatest at %d, not %d", a, b, got, want)
			}
		}
	})
}

func BenchmarkDotBlock(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const na, nb, dim = 64, 1264, 384
	x, y := random(r, na*dim), random(r, nb*dim)
	out := make([]float32, na*nb)
	b.SetBytes(na * nb * dim * 4)
	for b.Loop() {
		DotBlock(x, y, dim, out)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(na*nb), "ns/product")
}
