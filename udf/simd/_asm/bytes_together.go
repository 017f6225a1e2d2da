package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dotBytes4 writes the kernel that multiplies four queries of signed bytes with rows of unsigned ones, four at a time: each
// register that is loaded takes part in four products.
func dotBytes4() {
	TEXT("dotBytes4AVX512", NOSPLIT, "func(queries []int8, rows []byte, n int, dots *int32)")
	Doc("dotBytes4AVX512 stores the inner products of n rows, a multiple of four and not 0, with each of four queries, which lie one " +
		"after another and have a multiple of 64 bytes. The products of a query are n, and follow those of the one before.")
	Pragma("noescape")
	dim := Load(Param("queries").Len(), GP64())
	n := Load(Param("n"), GP64())
	dots := Load(Param("dots"), GP64())
	SHRQ(U8(2), dim)
	stride := GP64() // bytes of a query's products
	MOVQ(n, stride)
	SHLQ(U8(2), stride)
	var queries, rows [together]reg.GPVirtual
	for i := range together {
		queries[i], rows[i] = GP64(), GP64()
		if i == 0 {
			Load(Param("queries").Base(), queries[i])
			Load(Param("rows").Base(), rows[i])
			continue
		}
		LEAQ(Mem{Base: queries[i-1], Index: dim, Scale: 1}, queries[i])
		LEAQ(Mem{Base: rows[i-1], Index: dim, Scale: 1}, rows[i])
	}
	at := GP64()

	Label("rows")
	var sums [together][together]reg.VecVirtual // by query and row
	for i := range sums {
		for j := range sums[i] {
			sums[i][j] = ZMM()
			VPXORD(sums[i][j], sums[i][j], sums[i][j])
		}
	}
	XORQ(at, at)
	Label("bytes")
	var bytes [together]reg.VecVirtual
	for j := range bytes {
		bytes[j] = ZMM()
		VMOVDQU64(Mem{Base: rows[j], Index: at, Scale: 1}, bytes[j])
	}
	for i := range queries {
		query := ZMM()
		VMOVDQU64(Mem{Base: queries[i], Index: at, Scale: 1}, query)
		for j := range bytes {
			VPDPBUSD(query, bytes[j], sums[i][j])
		}
	}
	ADDQ(U8(64), at)
	CMPQ(at, dim)
	JL(LabelRef("bytes"))

	MOVQ(dots, at)
	for i := range sums {
		VMOVDQU32(laneTotals(sums[i]).AsX(), Mem{Base: at})
		if i+1 < together {
			ADDQ(stride, at)
		}
	}
	ADDQ(U8(4*together), dots)
	LEAQ(Mem{Base: dim, Index: dim, Scale: 2}, at)
	LEAQ(Mem{Base: at, Index: dim, Scale: 1}, at)
	for _, row := range rows {
		ADDQ(at, row)
	}
	SUBQ(U8(together), n)
	JNZ(LabelRef("rows"))
	VZEROUPPER()
	RET()
}

// laneTotals adds the lanes of each of four registers up, and leaves the four sums in the lowest lanes.
func laneTotals(v [together]reg.VecVirtual) reg.VecVirtual {
	upper := ZMM()
	add := func(low, high func(b, a, to Op), a, b reg.VecVirtual) {
		high(b, a, upper)
		low(b, a, a)
		VPADDD(upper, a, a)
	}
	low32, high32 := func(b, a, to Op) { VPUNPCKLDQ(b, a, to) }, func(b, a, to Op) { VPUNPCKHDQ(b, a, to) }
	add(low32, high32, v[0], v[1])
	add(low32, high32, v[2], v[3])
	add(func(b, a, to Op) { VPUNPCKLQDQ(b, a, to) }, func(b, a, to Op) { VPUNPCKHQDQ(b, a, to) }, v[0], v[2])
	for _, order := range []uint8{0x4e, 0xb1} {
		VSHUFI32X4(U8(order), v[0], v[0], upper)
		VPADDD(upper, v[0], v[0])
	}
	return v[0]
}
