package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// hadamard writes the Walsh-Hadamard transform of a power of two of values, at least a register's. Rounds whose pairs are
// within a register swap its halves, quarters and so on, and add to what comes x where a sum is due and -x for a difference:
// a product with 1 or -1, which is exact, so that each result is rounded once, as in plain Go.
func hadamard(s isa) {
	lanes := s.lanes()
	name := "hadamard" + s.name()
	TEXT(name, NOSPLIT, "func(v *float32, n int)")
	Doc(fmt.Sprintf("%s transforms n values in place, a power of two and at least %d.", name, lanes))
	Pragma("noescape")
	v, n := Load(Param("v"), GP64()), Load(Param("n"), GP64())
	end := GP64()
	LEAQ(Mem{Base: v, Index: n, Scale: 4}, end)

	signs := map[int]reg.VecVirtual{}
	for h := 1; h < lanes; h *= 2 {
		signs[h] = s.register()
		VMOVUPS(alternating(fmt.Sprintf("%s_%d", name, h), h, lanes), signs[h])
	}
	at := GP64()
	MOVQ(v, at)
	Label("inner")
	x, y := s.register(), s.register()
	VMOVUPS(Mem{Base: at}, x)
	for h := 1; h < lanes; h *= 2 {
		swap(s, h, x, y)
		VFMADD213PS(y, signs[h], x)
	}
	VMOVUPS(x, Mem{Base: at})
	ADDQ(U8(4*lanes), at)
	CMPQ(at, end)
	JL(LabelRef("inner"))

	// Rounds over pairs of registers: half is the distance of a pair in bytes.
	half := GP64()
	MOVQ(U32(4*lanes), half)
	Label("round")
	from, to := GP64(), GP64()
	MOVQ(v, from)
	LEAQ(Mem{Base: from, Index: half, Scale: 1}, to)
	CMPQ(to, end)
	JGE(LabelRef("done"))
	Label("group")
	stop := GP64()
	MOVQ(to, stop)
	Label("pair")
	a, b, sum := s.register(), s.register(), s.register()
	VMOVUPS(Mem{Base: from}, a)
	VMOVUPS(Mem{Base: to}, b)
	VADDPS(b, a, sum)
	VSUBPS(b, a, b)
	VMOVUPS(sum, Mem{Base: from})
	VMOVUPS(b, Mem{Base: to})
	ADDQ(U8(4*lanes), from)
	ADDQ(U8(4*lanes), to)
	CMPQ(from, stop)
	JL(LabelRef("pair"))
	MOVQ(to, from)
	ADDQ(half, to)
	CMPQ(from, end)
	JL(LabelRef("group"))
	ADDQ(half, half)
	JMP(LabelRef("round"))
	Label("done")
	VZEROUPPER()
	RET()
}

// alternating is a table of h times 1, h times -1, and so on.
func alternating(name string, h, n int) Mem {
	table := GLOBL(name, RODATA|NOPTR)
	for i := range n {
		sign := float32(1)
		if i&h != 0 {
			sign = -1
		}
		DATA(4*i, F32(sign))
	}
	return table
}

// swap stores x in y with values that are h apart exchanged.
func swap(s isa, h int, x, y reg.VecVirtual) {
	switch {
	case h == 1:
		VPERMILPS(U8(0xb1), x, y)
	case h == 2:
		VPERMILPS(U8(0x4e), x, y)
	case s.lanes() == 8:
		VPERM2F128(U8(0x01), x, x, y)
	case h == 4:
		VSHUFF32X4(U8(0xb1), x, x, y)
	default:
		VSHUFF32X4(U8(0x4e), x, x, y)
	}
}

// butterfly writes (a+b)*scale and (a-b)*scale, in place of a and b, for a multiple of a register's values.
func butterfly(s isa) {
	lanes := s.lanes()
	name := "butterfly" + s.name()
	TEXT(name, NOSPLIT, "func(a, b *float32, n int, scale float32)")
	Doc(fmt.Sprintf("%s turns n pairs, a multiple of %d and not 0.", name, lanes))
	Pragma("noescape")
	a, b := Load(Param("a"), GP64()), Load(Param("b"), GP64())
	n := Load(Param("n"), GP64())
	factor := s.register()
	scale, err := Param("scale").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(scale.Addr, factor)
	end := GP64()
	LEAQ(Mem{Base: a, Index: n, Scale: 4}, end)
	Label("pair")
	x, y, sum := s.register(), s.register(), s.register()
	VMOVUPS(Mem{Base: a}, x)
	VMOVUPS(Mem{Base: b}, y)
	VADDPS(y, x, sum)
	VSUBPS(y, x, y)
	VMULPS(factor, sum, sum)
	VMULPS(factor, y, y)
	VMOVUPS(sum, Mem{Base: a})
	VMOVUPS(y, Mem{Base: b})
	ADDQ(U8(4*lanes), a)
	ADDQ(U8(4*lanes), b)
	CMPQ(a, end)
	JL(LabelRef("pair"))
	VZEROUPPER()
	RET()
}
