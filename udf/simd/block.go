package simd

import (
	"fmt"
	"unsafe"
)

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

// DotGather stores the inner products of query and rows that lie anywhere: each pointer is the address, odd ones too, of
// len(query) float32 which must be there to read. The number for a row is DotRows's. There are as many rows as dots. While
// it computes with a row, it has the memory fetch the next.
func DotGather(query []float32, rows []unsafe.Pointer, dots []float32) {
	checkPair(len(rows), len(dots))
	active.DotGather(query, rows, dots)
}

// L2SquaredGather stores the squares of the Euclidean distances between query and rows that lie anywhere, as DotGather
// takes them. The number for a row is L2SquaredRows's.
func L2SquaredGather(query []float32, rows []unsafe.Pointer, distances []float32) {
	checkPair(len(rows), len(distances))
	active.L2SquaredGather(query, rows, distances)
}

// L1Gather stores the taxicab distances between query and rows that lie anywhere, as DotGather takes them. The number for a
// row is L1Rows's.
func L1Gather(query []float32, rows []unsafe.Pointer, distances []float32) {
	checkPair(len(rows), len(distances))
	active.L1Gather(query, rows, distances)
}

// DotNormGather stores the inner products of query and rows that lie anywhere, as DotGather takes them, and those of the
// rows with themselves. The numbers for a row are DotNormRows's.
func DotNormGather(query []float32, rows []unsafe.Pointer, dots, norms []float32) {
	checkPair(len(rows), len(dots))
	checkPair(len(rows), len(norms))
	active.DotNormGather(query, rows, dots, norms)
}
