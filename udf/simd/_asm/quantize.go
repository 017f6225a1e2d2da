package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// quantizing is how many elements both kernels take at once.
const quantizing = 16

// largestBits writes the kernel that finds the greatest of the elements' bits, without signs.
func largestBits() {
	TEXT("largestBitsAVX512", NOSPLIT, "func(v []float32) uint32")
	Doc("largestBitsAVX512 is the greatest of the bits, without signs, of elements: a multiple of sixteen and not 0.")
	Pragma("noescape")
	v, n := Load(Param("v").Base(), GP64()), Load(Param("v").Len(), GP64())
	avx512{}.signs()
	largest, x := ZMM(), ZMM()
	VPXORD(largest, largest, largest)
	Label("elements")
	VPANDD(Mem{Base: v}, clear, x)
	VPMAXUD(x, largest, largest)
	ADDQ(U8(4*quantizing), v)
	SUBQ(U8(quantizing), n)
	JNZ(LabelRef("elements"))
	half, quarter, swapped := YMM(), XMM(), XMM()
	VEXTRACTI64X4(U8(1), largest, half)
	VPMAXUD(half, largest.AsY(), half)
	VEXTRACTI128(U8(1), half, quarter)
	VPMAXUD(quarter, half.AsX(), quarter)
	VPSHUFD(U8(0x4e), quarter, swapped)
	VPMAXUD(swapped, quarter, quarter)
	VPSHUFD(U8(0xb1), quarter, swapped)
	VPMAXUD(swapped, quarter, quarter)
	bits := GP32()
	VMOVD(quarter, bits)
	Store(bits, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// quantize writes the kernel that makes bytes of elements.
func quantize() {
	TEXT("quantizeAVX512", NOSPLIT, "func(dst []byte, v []float32, scale, per float32) (residual, norm float32)")
	Doc("quantizeAVX512 takes a multiple of sixteen elements.")
	Pragma("noescape")
	dst := Load(Param("dst").Base(), GP64())
	v, n := Load(Param("v").Base(), GP64()), Load(Param("v").Len(), GP64())
	spread := func(name string) reg.VecVirtual {
		z := ZMM()
		VBROADCASTSS(Load(Param(name), XMM()), z)
		return z
	}
	scale, per := spread("scale"), spread("per")
	bits, bias := GP32(), ZMM()
	MOVL(U32(128), bits)
	VPBROADCASTD(bits, bias)
	residual, norm, x, whole, number := ZMM(), ZMM(), ZMM(), ZMM(), ZMM()
	VPXORD(residual, residual, residual)
	VPXORD(norm, norm, norm)
	Label("elements")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	VMOVUPS(Mem{Base: v}, x)
	VFMADD231PS(x, x, norm)
	VMULPS(per, x, number)
	VCVTPS2DQ(number, whole)
	VCVTDQ2PS(whole, number)
	VFNMADD231PS(scale, number, x)
	VFMADD231PS(x, x, residual)
	VPADDD(bias, whole, whole)
	VPMOVDB(whole, Mem{Base: dst})
	ADDQ(U8(4*quantizing), v)
	ADDQ(U8(quantizing), dst)
	SUBQ(U8(quantizing), n)
	JMP(LabelRef("elements"))
	Label("done")
	Store(avx512{}.sum(residual).AsX(), ReturnIndex(0))
	Store(avx512{}.sum(norm).AsX(), ReturnIndex(1))
	VZEROUPPER()
	RET()
}
