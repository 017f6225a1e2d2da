// Command asm writes the assembly of package simd: go generate ./udf/simd
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("!purego")
	for _, isa := range []isa{avx512{}, avx2{}} {
		for _, m := range []measure{dot{}, l2Squared{}, l1{}, dotNorm{}} {
			pair(isa, m)
			rows(isa, m)
			gather(isa, m)
		}
	}
	for _, isa := range []isa{avx512{}, avx2{}} {
		dotTiles(isa)
		maxDifference(isa)
		hadamard(isa)
		butterfly(isa)
	}
	scanCodesAVX512("scanCodesAVX512", 1)
	scanCodesAVX512("scanCodes4AVX512", 4)
	scanCodesAVX2("scanCodesAVX2")
	dotBytes(avx512{})
	dotBytes(avx2{})
	dotBytes4()
	for _, isa := range []isa{avx512{}, avx2{}} {
		for _, width := range []int{1, 2, 4, 8} {
			addPart(isa, width)
		}
	}
	largestBits()
	quantize()
	hamming()
	float16AVX2()
	float16AVX512()
	Generate()
}
