package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func float16AVX2()   { float16("float16AVX2", "eight", 8, YMM()) }
func float16AVX512() { float16("float16AVX512", "sixteen", 16, ZMM()) }

// float16 writes the kernel that widens half precision numbers, as many at a time as a register takes.
func float16(name, multiple string, lanes int, v reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(dst []float32, src []byte)")
	Doc(name + " widens len(dst) half precision numbers, a multiple of " + multiple + ".")
	Pragma("noescape")
	dst := Load(Param("dst").Base(), GP64())
	src := Load(Param("src").Base(), GP64())
	n := Load(Param("dst").Len(), GP64())
	SHRQ(U8(log2(lanes)), n)
	JZ(LabelRef("done"))
	Label("register")
	VCVTPH2PS(Mem{Base: src}, v)
	VMOVUPS(v, Mem{Base: dst})
	ADDQ(U8(2*lanes), src)
	ADDQ(U8(4*lanes), dst)
	DECQ(n)
	JNZ(LabelRef("register"))
	Label("done")
	VZEROUPPER()
	RET()
}
