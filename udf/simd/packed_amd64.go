//go:build !purego

package simd

import "unsafe"

// A partKernel adds the products of one part of rows of packed numbers.
type partKernel func(query []float32, rows []*byte, skip int, weight float32, dots []float32)

// addParts makes a kernel for all parts of one for each: of 1, 2, 4 and 8 bits.
func addParts(one, two, four, eight partKernel) func(width int, query []float32, rows []unsafe.Pointer, skip int, weight float32, dots []float32) {
	return func(width int, query []float32, rows []unsafe.Pointer, skip int, weight float32, dots []float32) {
		if len(rows) == 0 || len(query) == 0 {
			return
		}
		kernel := eight
		switch width {
		case 1:
			kernel = one
		case 2:
			kernel = two
		case 4:
			kernel = four
		}
		kernel(query, addresses(rows), skip, weight, dots)
	}
}
