package simd

import "fmt"

// Hadamard transforms v in place by the Walsh-Hadamard matrix, which has elements 1 and -1 alone: twice is len(v) times v.
// len(v) must be a power of two. All sets give the same result, bit by bit.
func Hadamard(v []float32) {
	if n := len(v); n == 0 || n&(n-1) != 0 {
		panic(fmt.Sprintf("simd: Hadamard transform of %d elements", n))
	}
	active.Hadamard(v)
}

// Butterfly stores (a+b)*scale in a and (a-b)*scale in b, element by element. Both must be of equal length and not overlap.
// With a scale of sqrt(1/2) it turns each pair by 45 degrees. All sets give the same result, bit by bit.
func Butterfly(a, b []float32, scale float32) {
	checkPair(len(a), len(b))
	active.Butterfly(a, b, scale)
}
