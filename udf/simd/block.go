package simd

import "fmt"

// DotBlock stores the inner products of all rows of a with all rows of b, each of dim elements: out[i*nb+j] is that of a's
// row i with b's row j, of nb. It reads a row once for several products, and so is two to three times as fast as Dot, from
// which it differs by rounding.
func DotBlock(a, b []float32, dim int, out []float32) {
	if dim <= 0 || len(a)%dim != 0 || len(b)%dim != 0 || len(out) < len(a)/dim*(len(b)/dim) {
		panic(fmt.Sprintf("simd: %d products of %d and %d elements in rows of %d", len(out), len(a), len(b), dim))
	}
	active.DotBlock(a, b, dim, out)
}

// MaxDifference is where a[i] - b[i] is greatest, the first place of several, and -1 where all are NaN or -Inf or there is
// none. a and b must be of equal length. Of inner products with centers, less the halves of the centers' squared lengths,
// it finds the nearest center.
func MaxDifference(a, b []float32) int {
	checkPair(len(a), len(b))
	return active.MaxDifference(a, b)
}
