package simd

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func signed(bytes []byte) []int8 {
	s := make([]int8, len(bytes))
	for i, b := range bytes {
		s[i] = int8(b)
	}
	return s
}

// TestDotBytes holds every set to arithmetic in 64 bits, at every alignment and for the largest sums there are.
func TestDotBytes(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(15, 16))
		for _, dim := range []int{64, 128, 192, 384, 1536, MostBytes} {
			for n := range 11 {
				query, rows := signed(randomBytes(r, dim)), shifted(randomBytes(r, n*dim), r.IntN(64))
				if n == 10 {
					for i := range query {
						query[i] = math.MinInt8
					}
					for i := range rows {
						rows[i] = math.MaxUint8
					}
				}
				got := slices.Repeat([]int32{-1}, n+1)
				set.DotBytes(query, rows, got[:n])
				for i := range n {
					want := int64(0)
					for j, q := range query {
						want += int64(q) * int64(rows[i*dim+j])
					}
					if int64(got[i]) != want {
						t.Fatalf("row %d of %d, %d bytes: %d, want %d", i, n, dim, got[i], want)
					}
				}
				if got[n] != -1 {
					t.Fatalf("wrote past %d results", n)
				}
			}
		}
	})
}

// TestDotManyBytes is about DotBytes itself: long rows in pieces, and lengths that do not fit.
func TestDotManyBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	query, rows := signed(randomBytes(r, 512)), randomBytes(r, 512*2000)
	got, want := make([]int32, 2000), make([]int32, 2000)
	DotBytes(query, rows, got)
	dotBytes(query, rows, want)
	if !slices.Equal(got, want) {
		t.Error("rows in pieces differ")
	}
	for what, call := range map[string]func(){
		"too few rows":      func() { DotBytes(query, rows[:1000], got[:2]) },
		"a length of 63":    func() { DotBytes(query[:63], rows, got) },
		"a length of 0":     func() { DotBytes(nil, rows, got) },
		"too long a vector": func() { DotBytes(make([]int8, MostBytes+64), rows, got[:1]) },
	} {
		t.Run(what, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("was taken")
				}
			}()
			call()
		})
	}
}

// TestDotBytesTogether holds four queries at once to one at a time.
func TestDotBytesTogether(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(19, 20))
		for _, dim := range []int{64, 192, 384, 1024} {
			for n := range 14 {
				queries, rows := signed(randomBytes(r, 4*dim)), shifted(randomBytes(r, n*dim), r.IntN(64))
				got, want := slices.Repeat([]int32{-1}, 4*n+1), make([]int32, 4*n)
				set.DotBytes4(queries, rows, n, got[:4*n])
				for i := range 4 {
					dotBytes(queries[i*dim:(i+1)*dim], rows, want[i*n:(i+1)*n])
				}
				if !slices.Equal(got[:4*n], want) || got[4*n] != -1 {
					t.Fatalf("%d rows of %d bytes: %v, want %v", n, dim, got, want)
				}
			}
		}
	})
}

func BenchmarkDotBytes(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim = 384
	query := signed(randomBytes(r, dim))
	for _, place := range []struct {
		name string
		rows int
	}{{"cache", 64}, {"L3", 20_000}, {"memory", 400_000}} {
		rows, dots := randomBytes(r, place.rows*dim), make([]int32, place.rows)
		run := func(name string, scan func()) {
			b.Run(place.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(rows)))
				quick(b, place.rows, "row", scan)
			})
		}
		run("read", func() { readAll(rows) })
		for i := range available {
			set := &available[i]
			run(set.Name, func() { set.DotBytes(query, rows, dots) })
			if n := min(place.rows, 256); place.name == "cache" {
				four, products := slices.Repeat(query, 4), make([]int32, 4*n)
				run("four/"+set.Name, func() { set.DotBytes4(four, rows[:n*dim], n, products) })
			}
		}
	}
}
