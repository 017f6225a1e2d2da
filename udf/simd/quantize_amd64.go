//go:build !purego

package simd

import "math"

// quantizeMultiples is a kernel for any number of elements, of two for multiples of sixteen.
func quantizeMultiples(dst []byte, v []float32) (scale, residual, norm float32) {
	n := len(v) &^ 15
	bits := largestBits(v[n:])
	if n > 0 {
		bits = max(bits, largestBitsAVX512(v[:n]))
	}
	largest := math.Float32frombits(bits)
	scale = largest / quantizedMost
	per := quantizedMost / largest
	residual, norm = quantizeAVX512(dst[:n], v[:n], scale, per)
	r, x := quantizeBy(dst[n:], v[n:], scale, per)
	return scale, residual + r, norm + x
}
