package simd

import "unsafe"

// addPart adds to dots the inner products of query and one part of packed numbers, skip bytes into each row, times weight.
func addPart(width int, query []float32, rows []unsafe.Pointer, skip int, weight float32, dots []float32) {
	mask := byte(1<<width - 1)
	for i, row := range rows {
		part := unsafe.Slice((*byte)(unsafe.Add(row, skip)), PackedBytes(len(query), width))
		sum := float32(0)
		for j, q := range query {
			at, shift := partOf(width, j)
			sum += q * float32(part[at]>>shift&mask)
		}
		dots[i] += weight * sum
	}
}
