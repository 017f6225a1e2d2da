package simd

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// BenchmarkRows measures a row at a time, from cache and from memory, beside a loop that only reads.
func BenchmarkRows(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim = 384
	query := random(r, dim)
	for _, place := range []struct {
		name string
		rows int
	}{{"cache", 16}, {"memory", 200_000}} {
		block := Bytes(random(r, dim*place.rows))
		out, norms := make([]float32, place.rows), make([]float32, place.rows)
		run := func(name string, scan func()) {
			b.Run(place.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(block)))
				for b.Loop() {
					scan()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(place.rows), "ns/row")
			})
		}
		run("read", func() { readAll(block) })
		for i := range available {
			set := &available[i]
			run("dot/"+set.Name, func() { set.DotRows(query, block, out) })
			run("l2Squared/"+set.Name, func() { set.L2SquaredRows(query, block, out) })
			run("l1/"+set.Name, func() { set.L1Rows(query, block, out) })
			run("dotNorm/"+set.Name, func() { set.DotNormRows(query, block, out, norms) })
		}
	}
}

func BenchmarkPair(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	x, y := random(r, 384), random(r, 384)
	for i := range available {
		set := &available[i]
		for _, k := range pairKernels[:3] {
			pair := k.of(set)
			b.Run(k.name+"/"+set.Name, func(b *testing.B) {
				for b.Loop() {
					pair(x, y)
				}
			})
		}
	}
}

func BenchmarkElements(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{384, 8192, 16 << 20} {
		x, y, dst := random(r, n), random(r, n), make([]float32, n)
		halves := make([]byte, 2*n)
		for i := range available {
			set := &available[i]
			run := func(name string, bytes int, op func()) {
				b.Run(fmt.Sprintf("%d/%s/%s", n, name, set.Name), func(b *testing.B) {
					b.SetBytes(int64(bytes))
					for b.Loop() {
						op()
					}
				})
			}
			run("add", 12*n, func() { set.Add(dst, x, y) })
			run("mul", 12*n, func() { set.Mul(dst, x, y) })
			run("scale", 8*n, func() { set.Scale(dst, x, 3) })
			run("float16", 6*n, func() { set.Float16(dst, halves) })
		}
	}
}

func BenchmarkHamming(b *testing.B) {
	for _, n := range []int{16, 48, 128, 1024} {
		x, y := make([]byte, n), make([]byte, n)
		for i := range available {
			set := &available[i]
			b.Run(fmt.Sprintf("%d/%s", n, set.Name), func(b *testing.B) {
				for b.Loop() {
					set.Hamming(x, y)
				}
			})
		}
	}
}

// quick runs a function again and again, and reports how long it takes for each of its n units where nothing else has the
// processor: in the fastest tenth of its runs. The time for an operation is as ever that of all.
func quick(b *testing.B, n int, unit string, run func()) {
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		run()
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/10])/float64(n), "ns/"+unit)
}

var read uint64

// readAll loads every byte and does next to nothing with it.
func readAll(block []byte) {
	var x0, x1, x2, x3 uint64
	for len(block) >= 64 {
		b := block[:64]
		x0 |= binary.NativeEndian.Uint64(b) | binary.NativeEndian.Uint64(b[8:])
		x1 |= binary.NativeEndian.Uint64(b[16:]) | binary.NativeEndian.Uint64(b[24:])
		x2 |= binary.NativeEndian.Uint64(b[32:]) | binary.NativeEndian.Uint64(b[40:])
		x3 |= binary.NativeEndian.Uint64(b[48:]) | binary.NativeEndian.Uint64(b[56:])
		block = block[64:]
	}
	read = x0 | x1 | x2 | x3
}
