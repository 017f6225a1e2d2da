package simd

import "fmt"

// Add stores a + b, element by element. All must be of equal length; dst may be a, but not overlap a or b otherwise.
func Add(dst, a, b []float32) {
	checkPair(len(a), len(b))
	checkPair(len(dst), len(a))
	active.Add(dst, a, b)
}

// Sub stores a - b, element by element, under Add's conditions.
func Sub(dst, a, b []float32) {
	checkPair(len(a), len(b))
	checkPair(len(dst), len(a))
	active.Sub(dst, a, b)
}

// Mul stores a * b, element by element, under Add's conditions.
func Mul(dst, a, b []float32) {
	checkPair(len(a), len(b))
	checkPair(len(dst), len(a))
	active.Mul(dst, a, b)
}

// Scale stores a's elements times by. Both must be of equal length; dst may be a, but not overlap it otherwise.
func Scale(dst, a []float32, by float32) {
	checkPair(len(dst), len(a))
	active.Scale(dst, a, by)
}

// Float16 stores the first len(dst) half precision numbers of src, which are in little-endian byte order. Every number
// is exact in float32, NaN stays NaN.
func Float16(dst []float32, src []byte) {
	if len(src)/2 < len(dst) {
		panic(fmt.Sprintf("simd: %d bytes for %d half precision numbers", len(src), len(dst)))
	}
	active.Float16(dst, src)
}
