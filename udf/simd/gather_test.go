package simd

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

type gatherKernel struct {
	name   string
	gather func(set *Kernels) func(query []float32, rows []unsafe.Pointer, out []float32)
	pair   func(set *Kernels) func(a, b []float32) float32
}

func gatherKernels() []gatherKernel {
	gathers := []func(s *Kernels) func([]float32, []unsafe.Pointer, []float32){
		func(s *Kernels) func([]float32, []unsafe.Pointer, []float32) { return s.DotGather },
		func(s *Kernels) func([]float32, []unsafe.Pointer, []float32) { return s.L2SquaredGather },
		func(s *Kernels) func([]float32, []unsafe.Pointer, []float32) { return s.L1Gather },
		func(s *Kernels) func([]float32, []unsafe.Pointer, []float32) {
			return func(q []float32, rows []unsafe.Pointer, out []float32) {
				s.DotNormGather(q, rows, out, make([]float32, len(out)))
			}
		},
		func(s *Kernels) func([]float32, []unsafe.Pointer, []float32) {
			return func(q []float32, rows []unsafe.Pointer, out []float32) {
				s.DotNormGather(q, rows, make([]float32, len(out)), out)
			}
		},
	}
	var kernels []gatherKernel
	for i, gather := range gathers {
		kernels = append(kernels, gatherKernel{pairKernels[i].name, gather, pairKernels[i].of})
	}
	return kernels
}

// TestGather holds Gather kernels to the kernels for two vectors bit by bit, with each row at an alignment of its own.
func TestGather(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(15, 16))
		for _, n := range append(lengths(), 1100) {
			for _, count := range []int{0, 1, 2, 3, 4, 5, 6, 11} {
				query := at(random(r, n), n%64)
				var vectors [][]float32
				var rows []unsafe.Pointer
				for i := range count {
					vectors = append(vectors, at(random(r, n), (n+i*7)%64))
					rows = append(rows, unsafe.Pointer(unsafe.SliceData(vectors[i])))
				}
				for _, k := range gatherKernels() {
					out := slices.Repeat([]float32{-1}, count+1)
					k.gather(set)(query, rows, out[:count])
					for i, v := range vectors {
						if want := k.pair(set)(query, v); out[i] != want {
							t.Fatalf("%s of %d elements: row %d of %d is %g, alone it is %g", k.name, n, i, count, out[i], want)
						}
					}
					if out[count] != -1 {
						t.Fatalf("%s of %d elements: wrote past %d results", k.name, n, count)
					}
				}
			}
		}
	})
}

// TestGatherManyRows is about more rows than a kernel takes at once.
func TestGatherManyRows(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	const dim, count = 500, 300
	block, query := random(r, dim*count), random(r, dim)
	rows := make([]unsafe.Pointer, count)
	for i := range rows {
		rows[i] = unsafe.Pointer(&block[(count-1-i)*dim])
	}
	out, norms := make([]float32, count), make([]float32, count)
	for i, gather := range []func(){
		func() { DotGather(query, rows, out) },
		func() { L2SquaredGather(query, rows, out) },
		func() { L1Gather(query, rows, out) },
		func() { DotNormGather(query, rows, out, norms) },
		func() { DotNormGather(query, rows, norms, out) },
	} {
		gather()
		for j := range rows {
			if want := pairKernels[i].of(active)(query, block[(count-1-j)*dim:][:dim]); out[j] != want {
				t.Fatalf("%s: row %d is %g, want %g", pairKernels[i].name, j, out[j], want)
			}
		}
	}
}

// BenchmarkGather measures rows at random places, with the drawing of their numbers.
func BenchmarkGather(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim, count = 384, 50
	query, out := random(r, dim), make([]float32, count)
	for _, place := range []struct {
		name string
		rows int
	}{{"cache", 50}, {"memory", 300_000}} {
		block := random(r, dim*place.rows)
		rows := make([]unsafe.Pointer, count)
		run := func(name string, measure func()) {
			b.Run(fmt.Sprintf("%s/%s", place.name, name), func(b *testing.B) {
				quick(b, count, "row", func() {
					for i := range rows {
						rows[i] = unsafe.Pointer(&block[r.IntN(place.rows)*dim])
					}
					measure()
				})
			})
		}
		for i := range available {
			set := &available[i]
			run("l2Squared/"+set.Name, func() { set.L2SquaredGather(query, rows, out) })
			run("l2Squared one by one/"+set.Name, func() {
				for i, row := range rows {
					out[i] = set.L2Squared(query, unsafe.Slice((*float32)(row), dim))
				}
			})
		}
	}
}
