package simd

import (
	"os"
	"unsafe"
)

// Kernels is a set of kernels. Their callers have checked lengths.
type Kernels struct {
	Name string

	// Two vectors of equal length.
	Dot       func(a, b []float32) float32
	L2Squared func(a, b []float32) float32
	L1        func(a, b []float32) float32
	DotNorm   func(a, b []float32) (dot, norm float32)

	// A query and as many rows as there are results.
	DotRows       func(query []float32, rows []byte, dots []float32)
	L2SquaredRows func(query []float32, rows []byte, distances []float32)
	L1Rows        func(query []float32, rows []byte, distances []float32)
	DotNormRows   func(query []float32, rows []byte, dots, norms []float32)

	// A query and rows anywhere, as many as there are results.
	DotGather       func(query []float32, rows []unsafe.Pointer, dots []float32)
	L2SquaredGather func(query []float32, rows []unsafe.Pointer, distances []float32)
	L1Gather        func(query []float32, rows []unsafe.Pointer, distances []float32)
	DotNormGather   func(query []float32, rows []unsafe.Pointer, dots, norms []float32)

	// All rows of a and all rows of b.
	DotBlock      func(a, b []float32, dim int, out []float32)
	MaxDifference func(a, b []float32) int

	// The blocks [from, to) of codes, for one scan and for four.
	ScanCodes  func(blocks []byte, scans []CodeScan, from, to int)
	ScanCodes4 func(blocks []byte, scans []CodeScan, from, to int)

	// A query of signed bytes and rows of unsigned ones.
	DotBytes func(query []int8, rows []byte, dots []int32)
	// The same for four queries, one after another, each with all n rows.
	DotBytes4 func(queries []int8, rows []byte, n int, dots []int32)
	Quantize  func(dst []byte, v []float32) (scale, residual, norm float32)

	// One part of packed numbers, of 1, 2, 4 or 8 bits: what is skip bytes into each row, times weight, is added to dots.
	AddPart func(width int, query []float32, rows []unsafe.Pointer, skip int, weight float32, dots []float32)

	// In place.
	Hadamard  func(v []float32)
	Butterfly func(a, b []float32, scale float32)

	// Strings of bits, of equal length.
	Hamming func(a, b []byte) int

	// Element by element, all of one length.
	Add   func(dst, a, b []float32)
	Sub   func(dst, a, b []float32)
	Mul   func(dst, a, b []float32)
	Scale func(dst, a []float32, by float32)

	// len(dst) half precision numbers.
	Float16 func(dst []float32, src []byte)
}

// available lists the kernel sets this machine can run, plainest first.
var available = append([]Kernels{generic}, native()...)

// active is the last available, or the one that the environment names.
var active = choose(available, os.Getenv("MEDIAFLIGHT_SIMD"))

func choose(sets []Kernels, name string) *Kernels {
	for i := range sets {
		if sets[i].Name == name {
			return &sets[i]
		}
	}
	return &sets[len(sets)-1]
}

// Active is the name of the kernel set in use. It differs from MEDIAFLIGHT_SIMD where that names a set that does not
// exist or that this machine cannot run.
func Active() string { return active.Name }

// Available lists the names of the sets that this machine can run, plainest first.
func Available() []string {
	names := make([]string, len(available))
	for i, set := range available {
		names[i] = set.Name
	}
	return names
}

// Bytes is the memory of v, as the Rows kernels take it.
func Bytes(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}
