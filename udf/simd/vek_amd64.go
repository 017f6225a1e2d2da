//go:build !purego

package simd

import "github.com/viterin/vek/vek32"

// blockwise makes a kernel of a function that works in place. Blocks are so short that the copy stays in the cache.
func blockwise(inPlace func(x, y []float32)) func(dst, a, b []float32) {
	return func(dst, a, b []float32) {
		for len(dst) > 0 {
			n := min(len(dst), block)
			copy(dst[:n], a)
			inPlace(dst[:n], b[:n])
			dst, a, b = dst[n:], a[n:], b[n:]
		}
	}
}

const block = 2048

func scaleBlockwise(dst, a []float32, by float32) {
	for len(dst) > 0 {
		n := min(len(dst), block)
		copy(dst[:n], a)
		vek32.MulNumber_Inplace(dst[:n], by)
		dst, a = dst[n:], a[n:]
	}
}
