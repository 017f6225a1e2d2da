package simd

import (
	"math"
	"unsafe"
)

func dotBlock(a, b []float32, dim int, out []float32) {
	nb := len(b) / dim
	for i := range len(a) / dim {
		for j := range nb {
			out[i*nb+j] = dot(a[i*dim:(i+1)*dim], b[j*dim:(j+1)*dim])
		}
	}
}

func maxDifference(a, b []float32) int {
	best, at := float32(math.Inf(-1)), -1
	b = b[:len(a)]
	for i, x := range a {
		if d := x - b[i]; d > best {
			best, at = d, i
		}
	}
	return at
}

func gather(pair func(a, b []float32) float32) func(query []float32, rows []unsafe.Pointer, out []float32) {
	return func(query []float32, rows []unsafe.Pointer, out []float32) {
		for i, row := range rows {
			out[i] = pair(query, unsafe.Slice((*float32)(row), len(query)))
		}
	}
}

func dotNormGather(query []float32, rows []unsafe.Pointer, dots, norms []float32) {
	for i, row := range rows {
		dots[i], norms[i] = dotNorm(query, unsafe.Slice((*float32)(row), len(query)))
	}
}
