package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tileColumns is how many rows of b a tile has: as many as fill 16 bytes of results.
const tileColumns = 4

// tileRows is how many rows of a fit: each needs a register, and one for every sum.
func tileRows(s isa) int {
	if s.lanes() == 16 {
		return 4
	}
	return 3
}

// dotTiles writes the kernel that multiplies a few rows of a with many of b, in tiles whose sums stay in registers, so that
// each register that is loaded takes part in three or four products.
func dotTiles(s isa) {
	height := tileRows(s)
	name := "dotTiles" + s.name()
	TEXT(name, NOSPLIT, "func(a, b *float32, n, dim int, out *float32, stride int)")
	Doc(fmt.Sprintf("%s stores the inner products of %d rows of a with n rows of b, at least %d. out has rows of stride.", name, height, tileColumns))
	Pragma("noescape")
	b, out := Load(Param("b"), GP64()), Load(Param("out"), GP64())
	left := Load(Param("n"), GP64())
	dim := Load(Param("dim"), GP64())
	stride := Load(Param("stride"), GP64())
	SHLQ(U8(2), stride)
	t := tile{isa: s, whole: GP64(), rest: GP64(), bytes: GP64()}
	lanes := s.lanes()
	MOVQ(dim, t.rest)
	ANDQ(U8(lanes-1), t.rest)
	MOVQ(dim, t.bytes)
	SHLQ(U8(2), t.bytes)
	MOVQ(dim, t.whole)
	SHRQ(U8(log2(lanes)), t.whole)

	Label("tile")
	sums := t.products(Load(Param("a"), GP64()), b, height)
	to := GP64()
	MOVQ(out, to)
	t.store(sums, to, stride)
	LEAQ(Mem{Base: b, Index: t.bytes, Scale: tileColumns}, b)
	ADDQ(U8(4*tileColumns), out)
	SUBQ(U8(tileColumns), left)
	JZ(LabelRef("done"))
	CMPQ(left, U8(tileColumns))
	JGE(LabelRef("tile"))
	// The last tile ends with the last row, and has some of the one before it over again.
	back := GP64()
	MOVQ(left, back)
	SUBQ(U8(tileColumns), back)
	LEAQ(Mem{Base: out, Index: back, Scale: 4}, out)
	IMULQ(t.bytes, back)
	ADDQ(back, b)
	MOVQ(U32(tileColumns), left)
	JMP(LabelRef("tile"))
	Label("done")
	VZEROUPPER()
	RET()
}

type tile struct {
	isa   isa
	whole reg.GPVirtual // registers in a row
	rest  reg.GPVirtual // values after those
	bytes reg.GPVirtual // of a row
}

// products adds up a tile: the sums of a's first row with each of b's come first.
func (t tile) products(a, b reg.Register, height int) []reg.VecVirtual {
	s := t.isa
	sums := make([]reg.VecVirtual, height*tileColumns)
	for i := range sums {
		sums[i] = s.register()
		s.zero(sums[i])
	}
	// Of four rows a register points to the first and the last; the others are between them.
	a0, b0, a3, b3 := GP64(), GP64(), GP64(), GP64()
	MOVQ(a, a0)
	MOVQ(b, b0)
	three := GP64()
	LEAQ(Mem{Base: t.bytes, Index: t.bytes, Scale: 2}, three)
	LEAQ(Mem{Base: a0, Index: three, Scale: 1}, a3)
	LEAQ(Mem{Base: b0, Index: three, Scale: 1}, b3)
	row := func(first, last reg.Register, i int) Mem {
		if i == 3 {
			return Mem{Base: last}
		}
		if i == 0 {
			return Mem{Base: first}
		}
		return Mem{Base: first, Index: t.bytes, Scale: uint8(i)}
	}
	left := GP64()
	MOVQ(t.whole, left)
	TESTQ(left, left)
	JZ(LabelRef("rest"))
	Label("columns")
	xs := make([]reg.VecVirtual, height)
	for i := range xs {
		xs[i] = s.register()
		s.load(row(a0, a3, i), xs[i])
	}
	for j := range tileColumns {
		y := s.register()
		s.load(row(b0, b3, j), y)
		for i, x := range xs {
			VFMADD231PS(x, y, sums[i*tileColumns+j])
		}
	}
	for _, pointer := range []reg.Register{a0, a3, b0, b3} {
		ADDQ(U8(4*s.lanes()), pointer)
	}
	DECQ(left)
	JNZ(LabelRef("columns"))
	Label("rest")
	TESTQ(t.rest, t.rest)
	JZ(LabelRef("sum"))
	s.tail(t.rest)
	for j := range tileColumns {
		y := s.register()
		s.loadTail(row(b0, b3, j), y)
		for i := range height {
			x := s.register()
			s.loadTail(row(a0, a3, i), x)
			VFMADD231PS(x, y, sums[i*tileColumns+j])
		}
	}
	Label("sum")
	return sums
}

// store adds up the lanes of the sums, four registers at a time, and stores a row of results for each four.
func (t tile) store(sums []reg.VecVirtual, to, stride reg.Register) {
	var rows []reg.VecVirtual
	for i := 0; i < len(sums); i += tileColumns {
		q := sums[i : i+tileColumns]
		x, y := t.isa.register(), t.isa.register()
		for _, j := range []int{0, 2} {
			VUNPCKHPS(q[j+1], q[j], x)
			VUNPCKLPS(q[j+1], q[j], q[j])
			VADDPS(x, q[j], q[j])
		}
		VUNPCKHPD(q[2], q[0], y)
		VUNPCKLPD(q[2], q[0], q[0])
		VADDPS(y, q[0], q[0])
		rows = append(rows, q[0]) // in each 16 bytes a part of four sums
	}
	for i, row := range t.isa.sumQuarters(rows) {
		if i > 0 {
			ADDQ(stride, to)
		}
		VMOVUPS(row, Mem{Base: to})
	}
}

// maxDifference writes the kernel that finds where a - b is greatest. Each lane keeps its best and the first place that has
// it; in the end the first of the lanes with the best of all counts.
func maxDifference(s isa) {
	name := "maxDifference" + s.name()
	TEXT(name, NOSPLIT, "func(a, b []float32) int")
	Doc(name + " is the first place where a - b is greatest, -1 if it is a number above -Inf nowhere.")
	Pragma("noescape")
	a, b := Load(Param("a").Base(), GP64()), Load(Param("b").Base(), GP64())
	n := Load(Param("a").Len(), GP64())
	rest := GP64()
	MOVQ(n, rest)
	ANDQ(U8(s.lanes()-1), rest)
	SHRQ(U8(log2(s.lanes())), n)
	bits := GP32()
	lowest, best, at, places, step := s.register(), s.register(), s.register(), s.register(), s.register()
	MOVL(U32(0xff800000), bits)
	s.spread(bits, lowest)
	s.copy(lowest, best)
	MOVL(U32(0xffffffff), bits)
	s.spread(bits, at)
	MOVL(U32(uint32(s.lanes())), bits)
	s.spread(bits, step)
	s.load(numbersTable(), places)
	x, y := s.register(), s.register()

	TESTQ(n, n)
	JZ(LabelRef("rest"))
	Label("register")
	s.load(Mem{Base: a}, x)
	VSUBPS(Mem{Base: b}, x, x)
	s.keepGreater(x, places, best, at)
	VPADDD(step, places, places)
	ADDQ(U8(4*s.lanes()), a)
	ADDQ(U8(4*s.lanes()), b)
	DECQ(n)
	JNZ(LabelRef("register"))

	Label("rest")
	TESTQ(rest, rest)
	JZ(LabelRef("lanes"))
	s.tail(rest)
	s.loadTail(Mem{Base: a}, x)
	s.loadTail(Mem{Base: b}, y)
	VSUBPS(y, x, x)
	s.fillTail(lowest, x)
	s.keepGreater(x, places, best, at)

	Label("lanes")
	place := s.firstGreatest(best, at)
	result := GP64()
	VMOVD(place.AsX(), result.As32())
	MOVLQSX(result.As32(), result)
	MOVQ(result, address(ReturnIndex(0)))
	VZEROUPPER()
	RET()
}

var numbers *Mem

// numbersTable holds 0 to 15.
func numbersTable() Mem {
	if numbers == nil {
		table := GLOBL("numbers", RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(uint32(i)))
		}
		numbers = &table
	}
	return *numbers
}
