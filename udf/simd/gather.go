package simd

import "unsafe"

// DotGather stores the inner products of query and rows that lie anywhere: each pointer is the address, odd ones too, of
// len(query) float32 which must be there to read. The number for a row is DotRows's. There are as many rows as dots. While
// a row is computed with, others that follow are already on their way from memory.
func DotGather(query []float32, rows []unsafe.Pointer, dots []float32) {
	gatherInPieces(active.DotGather, query, rows, dots)
}

// L2SquaredGather stores the squares of the Euclidean distances between query and rows that lie anywhere, as DotGather
// takes them. The number for a row is L2SquaredRows's.
func L2SquaredGather(query []float32, rows []unsafe.Pointer, distances []float32) {
	gatherInPieces(active.L2SquaredGather, query, rows, distances)
}

// L1Gather stores the taxicab distances between query and rows that lie anywhere, as DotGather takes them. The number for a
// row is L1Rows's.
func L1Gather(query []float32, rows []unsafe.Pointer, distances []float32) {
	gatherInPieces(active.L1Gather, query, rows, distances)
}

// DotNormGather stores the inner products of query and rows that lie anywhere, as DotGather takes them, and those of the
// rows with themselves. The numbers for a row are DotNormRows's.
func DotNormGather(query []float32, rows []unsafe.Pointer, dots, norms []float32) {
	checkPair(len(rows), len(dots))
	checkPair(len(rows), len(norms))
	for step := gatherStep(query); len(rows) > 0; {
		n := min(step, len(rows))
		active.DotNormGather(query, rows[:n], dots[:n], norms[:n])
		rows, dots, norms = rows[n:], dots[n:], norms[n:]
	}
}

func gatherInPieces(kernel func(query []float32, rows []unsafe.Pointer, sums []float32), query []float32, rows []unsafe.Pointer, sums []float32) {
	checkPair(len(rows), len(sums))
	for step := gatherStep(query); len(rows) > 0; {
		n := min(step, len(rows))
		kernel(query, rows[:n], sums[:n])
		rows, sums = rows[n:], sums[n:]
	}
}

// gatherStep is how many rows a kernel may take without an end.
func gatherStep(query []float32) int { return max(uninterrupted/(4*len(query)+4), 1) }
