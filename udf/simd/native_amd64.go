//go:build !purego

package simd

import (
	"github.com/viterin/vek/vek32"
	"golang.org/x/sys/cpu"
)

//go:generate go run -C _asm . -out ../kernels_amd64.s -stubs ../kernels_amd64.go -pkg simd

func native() []Kernels {
	var sets []Kernels
	has := cpu.X86
	if has.HasAVX2 && has.HasFMA && has.HasF16C && has.HasPOPCNT {
		sets = append(sets, avx2)
	}
	if len(sets) > 0 && has.HasAVX512F && has.HasAVX512BW && has.HasAVX512DQ && has.HasAVX512VBMI && has.HasAVX512VNNI &&
		has.HasAVX512VPOPCNTDQ && has.HasBMI2 {
		sets = append(sets, avx512)
	}
	return sets
}

var avx2 = Kernels{
	Name:            "avx2",
	Dot:             dotAVX2,
	L2Squared:       l2SquaredAVX2,
	L1:              l1AVX2,
	DotNorm:         dotNormAVX2,
	DotRows:         dotRowsAVX2,
	L2SquaredRows:   l2SquaredRowsAVX2,
	L1Rows:          l1RowsAVX2,
	DotNormRows:     dotNormRowsAVX2,
	DotGather:       gatherSums(dotGatherAVX2),
	L2SquaredGather: gatherSums(l2SquaredGatherAVX2),
	L1Gather:        gatherSums(l1GatherAVX2),
	DotNormGather:   gatherNorms(dotNormGatherAVX2),
	DotBlock:        dotTiled(3, dotTilesAVX2, dotAVX2),
	MaxDifference:   maxDifferenceAVX2,
	ScanCodes:       scanEach(scanCodesAVX2),
	ScanCodes4:      scanEach(scanCodesAVX2),
	DotBytes:        dotBytesAVX2,
	DotBytes4:       eachOfFour(dotBytesAVX2),
	Quantize:        quantize,
	AddPart:         addParts(addPart1AVX2, addPart2AVX2, addPart4AVX2, addPart8AVX2),
	Hadamard:        hadamardBy(8, hadamardAVX2),
	Butterfly:       butterflyBy(8, butterflyAVX2),
	Hamming:         hamming,
	Add:             blockwise(vek32.Add_Inplace),
	Sub:             blockwise(vek32.Sub_Inplace),
	Mul:             blockwise(vek32.Mul_Inplace),
	Scale:           scaleBlockwise,
	Float16:         float16Multiples(float16AVX2, 8),
}

var avx512 = Kernels{
	Name:            "avx512",
	Dot:             dotAVX512,
	L2Squared:       l2SquaredAVX512,
	L1:              l1AVX512,
	DotNorm:         dotNormAVX512,
	DotRows:         dotRowsAVX512,
	L2SquaredRows:   l2SquaredRowsAVX512,
	L1Rows:          l1RowsAVX512,
	DotNormRows:     dotNormRowsAVX512,
	DotGather:       gatherSums(dotGatherAVX512),
	L2SquaredGather: gatherSums(l2SquaredGatherAVX512),
	L1Gather:        gatherSums(l1GatherAVX512),
	DotNormGather:   gatherNorms(dotNormGatherAVX512),
	DotBlock:        dotTiled(4, dotTilesAVX512, dotAVX512),
	MaxDifference:   maxDifferenceAVX512,
	ScanCodes:       scanEach(scanCodesAVX512),
	ScanCodes4:      scanTogether(scanCodes4AVX512),
	DotBytes:        dotBytesAVX512,
	DotBytes4:       fourByFour(dotBytes4AVX512, dotBytesAVX512),
	Quantize:        quantizeMultiples,
	AddPart:         addParts(addPart1AVX512, addPart2AVX512, addPart4AVX512, addPart8AVX512),
	Hadamard:        hadamardBy(16, hadamardAVX512),
	Butterfly:       butterflyBy(16, butterflyAVX512),
	Hamming:         hammingAVX512,
	Add:             avx2.Add,
	Sub:             avx2.Sub,
	Mul:             avx2.Mul,
	Scale:           avx2.Scale,
	Float16:         float16Multiples(float16AVX512, 16),
}
