package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// lengths are all those around the widths and the unrolling of the sets, and some that embeddings have.
func lengths() []int {
	var ns []int
	for n := range 140 {
		ns = append(ns, n)
	}
	return append(ns, 255, 256, 257, 383, 384, 385, 768, 1000, 1536)
}

// at copies v to an address that is shift bytes past a multiple of 64, with a guard of NaN behind it: a kernel that reads
// on answers NaN.
func at(v []float32, shift int) []float32 {
	memory := make([]byte, 4*len(v)+192)
	start := -int(uintptr(unsafe.Pointer(unsafe.SliceData(memory))))&63 + shift
	out := row(memory[start:], 0, len(v))
	copy(out, v)
	for i := start + 4*len(v); i < len(memory); i++ {
		memory[i] = 0xff
	}
	return out
}

func random(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = r.Float32()*2 - 1
	}
	return v
}

// A pairKernel is one result of a kernel for two vectors, with the sum of its terms' magnitudes.
type pairKernel struct {
	name      string
	of        func(set *Kernels) func(a, b []float32) float32
	rows      func(set *Kernels) func(query []float32, rows []byte, out []float32)
	magnitude func(a, b float64) float64
}

var pairKernels = []pairKernel{
	{
		name:      "dot",
		of:        func(s *Kernels) func(a, b []float32) float32 { return s.Dot },
		rows:      func(s *Kernels) func([]float32, []byte, []float32) { return s.DotRows },
		magnitude: func(a, b float64) float64 { return math.Abs(a * b) },
	},
	{
		name:      "l2Squared",
		of:        func(s *Kernels) func(a, b []float32) float32 { return s.L2Squared },
		rows:      func(s *Kernels) func([]float32, []byte, []float32) { return s.L2SquaredRows },
		magnitude: func(a, b float64) float64 { return (a - b) * (a - b) },
	},
	{
		name:      "l1",
		of:        func(s *Kernels) func(a, b []float32) float32 { return s.L1 },
		rows:      func(s *Kernels) func([]float32, []byte, []float32) { return s.L1Rows },
		magnitude: func(a, b float64) float64 { return math.Abs(a - b) },
	},
	{
		name: "dotNorm's dot",
		of: func(s *Kernels) func(a, b []float32) float32 {
			return func(a, b []float32) float32 { d, _ := s.DotNorm(a, b); return d }
		},
		rows: func(s *Kernels) func([]float32, []byte, []float32) {
			return func(q []float32, rows []byte, out []float32) { s.DotNormRows(q, rows, out, make([]float32, len(out))) }
		},
		magnitude: func(a, b float64) float64 { return math.Abs(a * b) },
	},
	{
		name: "dotNorm's norm",
		of: func(s *Kernels) func(a, b []float32) float32 {
			return func(a, b []float32) float32 { _, n := s.DotNorm(a, b); return n }
		},
		rows: func(s *Kernels) func([]float32, []byte, []float32) {
			return func(q []float32, rows []byte, out []float32) { s.DotNormRows(q, rows, make([]float32, len(out)), out) }
		},
		magnitude: func(_, b float64) float64 { return b * b },
	},
}

func eachSet(t *testing.T, test func(t *testing.T, set *Kernels)) {
	for i := range available {
		t.Run(available[i].Name, func(t *testing.T) { test(t, &available[i]) })
	}
}

// TestSetsAgree holds every set to the plain one within the bound that the package documents, and the plain one to
// arithmetic in float64.
func TestSetsAgree(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range lengths() {
			for shift := range 8 {
				a, b := at(random(r, n), shift*7), at(random(r, n), shift*9)
				for _, k := range pairKernels {
					want := float64(k.of(&generic)(a, b))
					if set.Name == "generic" {
						want = inFloat64(k, a, b)
					}
					got := float64(k.of(set)(a, b))
					if bound := tolerance(k, a, b); math.Abs(got-want) > bound {
						t.Fatalf("%s of %d elements: %g, want %g within %g", k.name, n, got, want, bound)
					}
				}
			}
		}
	})
}

func inFloat64(k pairKernel, a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		switch k.name {
		case "dot", "dotNorm's dot":
			sum += x * y
		default:
			sum += k.magnitude(x, y)
		}
	}
	return sum
}

func tolerance(k pairKernel, a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += k.magnitude(float64(a[i]), float64(b[i]))
	}
	return float64(len(a)+1) * 0x1p-24 * sum
}

func TestWithinASet(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, n := range lengths() {
			a, b := random(r, n), random(r, n)
			dot, norm := set.DotNorm(a, b)
			if dot != set.Dot(a, b) || norm != set.Dot(b, b) {
				t.Errorf("%d elements: DotNorm gives %g and %g, Dot %g and %g", n, dot, norm, set.Dot(a, b), set.Dot(b, b))
			}
			for _, k := range pairKernels[:3] {
				if k.of(set)(a, b) != k.of(set)(b, a) {
					t.Errorf("%s of %d elements: depends on the arguments' order", k.name, n)
				}
			}
		}
	})
}

// TestRows holds Rows kernels to the kernels for two vectors bit by bit, at every alignment.
func TestRows(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, n := range lengths() {
			for _, rows := range []int{0, 1, 2, 7} {
				query := at(random(r, n), n%64)
				block := at(random(r, n*rows), (n*5+rows)%64)
				for _, k := range pairKernels {
					out := slices.Repeat([]float32{-1}, rows+1)
					k.rows(set)(query, Bytes(block), out[:rows])
					for i := range rows {
						if want := k.of(set)(query, block[i*n:(i+1)*n]); out[i] != want {
							t.Fatalf("%s of %d elements: row %d of %d is %g, alone it is %g", k.name, n, i, rows, out[i], want)
						}
					}
					if out[rows] != -1 {
						t.Fatalf("%s of %d elements: wrote past %d results", k.name, n, rows)
					}
				}
			}
		}
	})
}

func TestOddNumbers(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tiny := float32(math.SmallestNonzeroFloat32)
	eachSet(t, func(t *testing.T, set *Kernels) {
		for _, n := range lengths() {
			for place := range n {
				zeros, ones := make([]float32, n), slices.Repeat([]float32{1}, n)
				with := func(x float32) []float32 {
					v := slices.Clone(zeros)
					v[place] = x
					return v
				}
				for _, c := range []struct {
					what      string
					got, want float32
				}{
					{"dot of NaN", set.Dot(with(nan), ones), nan},
					{"dot of infinity", set.Dot(with(inf), ones), inf},
					{"dot of infinity and zero", set.Dot(with(inf), zeros), nan},
					{"dot of subnormal", set.Dot(with(tiny), ones), tiny},
					{"dot beyond the range", set.Dot(with(-math.MaxFloat32), with(math.MaxFloat32)), -inf},
					{"l2Squared of NaN", set.L2Squared(zeros, with(nan)), nan},
					{"l2Squared of infinity", set.L2Squared(with(-inf), ones), inf},
					{"l2Squared of infinities", set.L2Squared(with(inf), with(inf)), nan},
					{"l2Squared beyond the range", set.L2Squared(with(1e30), zeros), inf},
					{"l1 of NaN", set.L1(zeros, with(nan)), nan},
					{"l1 of infinity", set.L1(ones, with(-inf)), inf},
					{"l1 of subnormal", set.L1(with(-tiny), zeros), tiny},
				} {
					if !same(c.got, c.want) {
						t.Fatalf("%s at %d of %d: %g, want %g", c.what, place, n, c.got, c.want)
					}
				}
			}
		}
	})
}

func same(a, b float32) bool { return a == b || a != a && b != b }

func TestHamming(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(7, 8))
		for n := range 300 {
			a, b := make([]byte, n+64), make([]byte, n+64)
			for i := range a {
				a[i], b[i] = byte(r.Uint32()), byte(r.Uint32())
			}
			want := 0
			for i := range n {
				for x := a[i] ^ b[i]; x != 0; x &= x - 1 {
					want++
				}
			}
			if got := set.Hamming(a[:n], b[:n]); got != want {
				t.Fatalf("%d bytes: %d, want %d", n, got, want)
			}
		}
	})
}

func TestElements(t *testing.T) {
	kernels := []struct {
		name string
		of   func(set *Kernels) func(dst, a, b []float32)
		want func(a, b float32) float32
	}{
		{"add", func(s *Kernels) func(dst, a, b []float32) { return s.Add }, func(a, b float32) float32 { return a + b }},
		{"sub", func(s *Kernels) func(dst, a, b []float32) { return s.Sub }, func(a, b float32) float32 { return a - b }},
		{"mul", func(s *Kernels) func(dst, a, b []float32) { return s.Mul }, func(a, b float32) float32 { return a * b }},
		{"scale", func(s *Kernels) func(dst, a, b []float32) {
			return func(dst, a, _ []float32) { s.Scale(dst, a, 0.3) }
		}, func(a, _ float32) float32 { return a * 0.3 }},
	}
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(9, 10))
		for _, n := range append(lengths(), 5000) {
			a, b := at(random(r, n), n%64), at(random(r, n), n*3%64)
			if n > 2 {
				a[n-1], b[n-2] = float32(math.NaN()), float32(math.Inf(-1))
			}
			for _, k := range kernels {
				fresh := make([]float32, n+1)
				fresh[n] = -1
				k.of(set)(fresh[:n], a, b)
				over := slices.Clone(a)
				k.of(set)(over, over, b)
				for i := range n {
					if want := k.want(a[i], b[i]); !same(fresh[i], want) || !same(over[i], want) {
						t.Fatalf("%s at %d of %d: %g, in place %g, want %g", k.name, i, n, fresh[i], over[i], want)
					}
				}
				if fresh[n] != -1 {
					t.Fatalf("%s of %d wrote past its end", k.name, n)
				}
			}
		}
	})
}

// TestFloat16 widens all numbers there are, in pieces of all lengths.
func TestFloat16(t *testing.T) {
	all := make([]byte, 0, 2<<16)
	want := make([]float32, 1<<16)
	for half := range 1 << 16 {
		all = append(all, byte(half), byte(half>>8))
		exponent, fraction := half>>10&31, float64(half&1023)
		x := (1024 + fraction) * math.Pow(2, float64(exponent-25))
		switch {
		case exponent == 31 && fraction != 0:
			x = math.NaN()
		case exponent == 31:
			x = math.Inf(1)
		case exponent == 0:
			x = fraction * 0x1p-24
		}
		if half>>15 == 1 {
			x = -x
		}
		want[half] = float32(x)
	}
	eachSet(t, func(t *testing.T, set *Kernels) {
		for from, n := 0, 0; from < 1<<16; from, n = from+n, (n+1)%100 {
			n := min(n, 1<<16-from)
			got := make([]float32, n+1)
			got[n] = 42
			set.Float16(got[:n], all[2*from:])
			for i := range n {
				if w := want[from+i]; !same(got[i], w) || math.Signbit(float64(got[i])) != math.Signbit(float64(w)) && w == w {
					t.Fatalf("%#x: %g, want %g", from+i, got[i], w)
				}
			}
			if got[n] != 42 {
				t.Fatalf("wrote past %d numbers", n)
			}
		}
	})
}

func TestChoose(t *testing.T) {
	sets := []Kernels{{Name: "plain"}, {Name: "fast"}, {Name: "best"}}
	for name, want := range map[string]string{"": "best", "fast": "fast", "plain": "plain", "neon": "best"} {
		if got := choose(sets, name).Name; got != want {
			t.Errorf("MEDIAFLIGHT_SIMD=%q chooses %q, want %q", name, got, want)
		}
	}
}

func TestLengthsAreChecked(t *testing.T) {
	three, four := make([]float32, 3), make([]float32, 4)
	for what, call := range map[string]func(){
		"Dot":         func() { Dot(three, four) },
		"L2Squared":   func() { L2Squared(three, four) },
		"L1":          func() { L1(three, four) },
		"DotNorm":     func() { DotNorm(three, four) },
		"DotRows":     func() { DotRows(three, Bytes(three), four) },
		"DotNormRows": func() { DotNormRows(three, Bytes(three), three[:1], four) },
		"Hamming":     func() { Hamming(Bytes(three), Bytes(four)) },
		"Add":         func() { Add(four, three, three) },
		"Scale":       func() { Scale(four, three, 1) },
		"Float16":     func() { Float16(four, make([]byte, 7)) },
	} {
		t.Run(what, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("took lengths that do not fit")
				}
			}()
			call()
		})
	}
}

func ExampleDotRows() {
	rows := Bytes([]float32{1, 0, 0, 1, 2, 2})
	dots := make([]float32, 3)
	DotRows([]float32{3, 4}, rows, dots)
	fmt.Println(dots)
	// Output: [3 4 14]
}
