package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// hamming writes the kernel that counts the bits in which two strings of equal length differ.
func hamming() {
	TEXT("hammingAVX512", NOSPLIT, "func(a, b []byte) int")
	Doc("hammingAVX512 counts the bits in which a and b, which are of equal length, differ.")
	Pragma("noescape")
	a := Load(Param("a").Base(), GP64())
	b := Load(Param("b").Base(), GP64())
	n := Load(Param("a").Len(), GP64())
	sum, x, y := ZMM(), ZMM(), ZMM()
	VPXORQ(sum, sum, sum)

	Label("block")
	CMPQ(n, U8(64))
	JL(LabelRef("rest"))
	VMOVDQU64(Mem{Base: a}, x)
	VPXORQ(Mem{Base: b}, x, x)
	VPOPCNTQ(x, x)
	VPADDQ(x, sum, sum)
	ADDQ(U8(64), a)
	ADDQ(U8(64), b)
	SUBQ(U8(64), n)
	JMP(LabelRef("block"))

	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("sum"))
	bits, k := GP64(), K()
	MOVQ(I32(-1), bits)
	BZHIQ(n, bits, bits)
	KMOVQ(bits, k)
	VMOVDQU8_Z(Mem{Base: a}, k, x)
	VMOVDQU8_Z(Mem{Base: b}, k, y)
	VPXORQ(y, x, x)
	VPOPCNTQ(x, x)
	VPADDQ(x, sum, sum)

	Label("sum")
	half, low, high := YMM(), XMM(), XMM()
	VEXTRACTI64X4(U8(1), sum, half)
	VPADDQ(half, sum.AsY(), half)
	VEXTRACTI128(U8(1), half, low)
	VPADDQ(low, half.AsX(), low)
	VPSHUFD(U8(0x4e), low, high)
	VPADDQ(high, low, low)
	count := GP64()
	VMOVQ(low, count)
	Store(count, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
