package simd

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestQuantize holds every set's bytes and scale to the plain one's, and what is left to arithmetic in float64.
func TestQuantize(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(19, 20))
		for _, n := range lengths()[1:] {
			for kind, scale := range []float32{1, 0x1p-40, 0x1p38, 1} {
				v := at(random(r, n), n*7%64)
				for i := range v {
					v[i] *= scale
					if kind == 3 { // halves between two numbers
						v[i] = float32(r.IntN(509)-254) / 2
						v[0] = 127
					}
				}
				got, want := slices.Repeat([]byte{7}, n+1), make([]byte, n)
				gotScale, residual, norm := set.Quantize(got[:n], v)
				wantScale, _, _ := quantize(want, v)
				if gotScale != wantScale || !slices.Equal(got[:n], want) {
					t.Fatalf("%d elements: %v by %g, want %v by %g", n, got[:n], gotScale, want, wantScale)
				}
				if got[n] != 7 {
					t.Fatalf("wrote past %d bytes", n)
				}
				var left, squares float64
				for i, x := range v {
					d := float64(x) - float64(gotScale)*(float64(got[i])-quantizedBias)
					if math.Abs(d) > 0.5001*float64(gotScale) {
						t.Fatalf("%g by %g became %d", x, gotScale, got[i])
					}
					left += d * d
					squares += float64(x) * float64(x)
				}
				slack := float64(n+16) * 0x1p-24
				if math.Abs(float64(norm)-squares) > slack*squares {
					t.Fatalf("%d elements: norm %g, want %g", n, norm, squares)
				}
				if math.Abs(math.Sqrt(float64(residual))-math.Sqrt(left)) > slack*math.Sqrt(left)+0x1p-23*math.Sqrt(squares) {
					t.Fatalf("%d elements: residual %g, want %g", n, residual, left)
				}
			}
		}
	})
}

func TestQuantizeOddNumbers(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	eachSet(t, func(t *testing.T, set *Kernels) {
		for n := 1; n < 70; n++ {
			for place := range n {
				for _, c := range []struct {
					x    float32
					well func(norm float32) bool
				}{
					{nan, func(norm float32) bool { return norm != norm }},
					{inf, func(norm float32) bool { return norm == -inf }},
					{0, func(norm float32) bool { return norm == 0 }},
					{math.SmallestNonzeroFloat32, func(norm float32) bool { return norm < 0x1p-120 }},
					{math.MaxFloat32, func(norm float32) bool { return norm == -inf }},
				} {
					v := make([]float32, n)
					v[place] = c.x
					if _, _, norm := set.Quantize(make([]byte, n), v); !c.well(norm) {
						t.Fatalf("%g at %d of %d: norm %g", c.x, place, n, norm)
					}
				}
			}
		}
	})
}

func BenchmarkQuantize(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim = 384
	for _, place := range []struct {
		name string
		rows int
	}{{"cache", 16}, {"memory", 100_000}} {
		v, bytes := random(r, place.rows*dim), make([]byte, place.rows*dim)
		for i := range available {
			set := &available[i]
			b.Run(place.name+"/"+set.Name, func(b *testing.B) {
				quick(b, place.rows, "row", func() {
					for i := 0; i < len(v); i += dim {
						set.Quantize(bytes[i:i+dim], v[i:i+dim])
					}
				})
			})
		}
	}
}
