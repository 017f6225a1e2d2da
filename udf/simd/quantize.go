package simd

import "fmt"

// Quantize makes a byte of each element of v: 128 more than the whole number, from -127 to 127, that is nearest to the element
// divided by scale. The largest element is 127 times the scale. residual and norm are the sums of the squares of what that leaves
// of the elements, and of the elements. Sets agree in bytes and scale. If the largest element is zero, infinite or so small that
// 127 divided by it is, or an element is NaN, bytes and residual mean nothing, and norm says so: it is 0, infinite or NaN, or less
// than 2^-120.
func Quantize(dst []byte, v []float32) (scale, residual, norm float32) {
	if len(dst) < len(v) {
		panic(fmt.Sprintf("simd: %d bytes for %d elements", len(dst), len(v)))
	}
	return active.Quantize(dst[:len(v)], v)
}

const (
	quantizedMost = 127
	quantizedBias = 128
)
