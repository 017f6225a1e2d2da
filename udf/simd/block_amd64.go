//go:build !purego

package simd

import "unsafe"

// gatherSums makes a kernel of one that takes rows as the generator can name them.
func gatherSums(kernel func(query []float32, rows []*byte, sums []float32)) func(query []float32, rows []unsafe.Pointer, sums []float32) {
	return func(query []float32, rows []unsafe.Pointer, sums []float32) { kernel(query, addresses(rows), sums) }
}

func gatherNorms(kernel func(query []float32, rows []*byte, dots, norms []float32)) func(query []float32, rows []unsafe.Pointer, dots, norms []float32) {
	return func(query []float32, rows []unsafe.Pointer, dots, norms []float32) {
		kernel(query, addresses(rows), dots, norms)
	}
}

func addresses(rows []unsafe.Pointer) []*byte {
	return unsafe.Slice((**byte)(unsafe.Pointer(unsafe.SliceData(rows))), len(rows))
}
