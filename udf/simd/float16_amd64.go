//go:build !purego

package simd

// float16Multiples makes a kernel of one that widens a multiple of so many numbers.
func float16Multiples(kernel func(dst []float32, src []byte), multiple int) func(dst []float32, src []byte) {
	return func(dst []float32, src []byte) {
		n := len(dst) &^ (multiple - 1)
		kernel(dst[:n], src)
		float16(dst[n:], src[2*n:])
	}
}
