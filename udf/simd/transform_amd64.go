//go:build !purego

package simd

// hadamardBy makes a kernel for any power of two of one for at least lanes values.
func hadamardBy(lanes int, kernel func(v *float32, n int)) func(v []float32) {
	return func(v []float32) {
		if len(v) < lanes {
			hadamard(v)
			return
		}
		kernel(&v[0], len(v))
	}
}

// butterflyBy makes a kernel for any number of pairs of one for a multiple of lanes.
func butterflyBy(lanes int, kernel func(a, b *float32, n int, scale float32)) func(a, b []float32, scale float32) {
	return func(a, b []float32, scale float32) {
		n := len(a) / lanes * lanes
		if n > 0 {
			kernel(&a[0], &b[0], n, scale)
		}
		butterfly(a[n:], b[n:], scale)
	}
}
