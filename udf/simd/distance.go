package simd

import "fmt"

// Dot returns the inner product of a and b, which must be of equal length.
func Dot(a, b []float32) float32 {
	checkPair(len(a), len(b))
	return active.Dot(a, b)
}

// L2Squared returns the square of the Euclidean distance between a and b, which must be of equal length.
func L2Squared(a, b []float32) float32 {
	checkPair(len(a), len(b))
	return active.L2Squared(a, b)
}

// L1 returns the taxicab distance between a and b, which must be of equal length.
func L1(a, b []float32) float32 {
	checkPair(len(a), len(b))
	return active.L1(a, b)
}

// DotNorm returns the inner product of a and b, which must be of equal length, and that of b with itself: what cosine
// needs, in one pass over b.
func DotNorm(a, b []float32) (dot, norm float32) {
	checkPair(len(a), len(b))
	return active.DotNorm(a, b)
}

// Norm2 returns the inner product of a with itself: the square of its Euclidean length.
func Norm2(a []float32) float32 { return active.Dot(a, a) }

// DotRows stores the inner products of query and the first len(dots) of the rows.
func DotRows(query []float32, rows []byte, dots []float32) {
	checkRows(query, rows, len(dots))
	active.DotRows(query, rows, dots)
}

// L2SquaredRows stores the squares of the Euclidean distances between query and the first len(distances) of the rows.
func L2SquaredRows(query []float32, rows []byte, distances []float32) {
	checkRows(query, rows, len(distances))
	active.L2SquaredRows(query, rows, distances)
}

// L1Rows stores the taxicab distances between query and the first len(distances) of the rows.
func L1Rows(query []float32, rows []byte, distances []float32) {
	checkRows(query, rows, len(distances))
	active.L1Rows(query, rows, distances)
}

// DotNormRows stores the inner products of query and the first len(dots) of the rows, and those of the rows with
// themselves. There are as many norms as dots.
func DotNormRows(query []float32, rows []byte, dots, norms []float32) {
	checkPair(len(dots), len(norms))
	checkRows(query, rows, len(dots))
	active.DotNormRows(query, rows, dots, norms)
}

// Hamming returns the number of bits in which a and b, which must be of equal length, differ.
func Hamming(a, b []byte) int {
	checkPair(len(a), len(b))
	return active.Hamming(a, b)
}

// Assembly checks no bounds, so that a caller's mistake must not get there.
func checkPair(a, b int) {
	if a != b {
		panic(fmt.Sprintf("simd: vectors of %d and %d elements", a, b))
	}
}

func checkRows(query []float32, rows []byte, n int) {
	if len(rows)/4 < n*len(query) {
		panic(fmt.Sprintf("simd: %d bytes for %d rows of %d elements", len(rows), n, len(query)))
	}
}
