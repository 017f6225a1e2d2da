package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// packedGroup is how many numbers lie together: four in each of sixteen lanes.
const packedGroup = 64

// addPart writes the kernel that multiplies a query with one part of rows of packed numbers, which lie anywhere.
func addPart(s isa, width int) {
	name := fmt.Sprintf("addPart%d%s", width, s.name())
	TEXT(name, NOSPLIT, "func(query []float32, rows []*byte, skip int, weight float32, dots []float32)")
	Doc(fmt.Sprintf("%s adds to dots weight times the inner products of query and %d bits of each number of the rows, skip bytes into them. "+
		"len(query) is a multiple of 64 and not 0, and there is a row.", name, width))
	Pragma("noescape")
	query := Load(Param("query").Base(), GP64())
	dim := Load(Param("query").Len(), GP64())
	rows := Load(Param("rows").Base(), GP64())
	n := Load(Param("rows").Len(), GP64())
	skip := Load(Param("skip"), GP64())
	dots := Load(Param("dots").Base(), GP64())
	weight := XMM()
	VMOVSS(address(Param("weight")), weight)
	bits, mask := GP32(), s.register()
	MOVL(U32(1<<width-1), bits)
	s.spread(bits, mask)
	halves := 16 / s.lanes()
	var shifts []reg.VecVirtual // of the lanes of one bit's parts
	if width == 1 {
		for half := range halves {
			shifts = append(shifts, s.register())
			s.load(laneShifts().Offset(4*s.lanes()*half), shifts[half])
		}
	}

	Label("row")
	a, b, soon, left := GP64(), GP64(), GP64(), GP64()
	MOVQ(query, a)
	MOVQ(Mem{Base: rows}, b)
	MOVQ(b, soon)
	CMPQ(n, U8(rowsAhead))
	JLE(LabelRef("last"))
	MOVQ(Mem{Base: rows, Disp: 8 * rowsAhead}, soon)
	Label("last")
	ADDQ(skip, b)
	ADDQ(skip, soon)
	MOVQ(dim, left)
	sums := make([]reg.VecVirtual, 4)
	for i := range sums {
		sums[i] = s.register()
		s.zero(sums[i])
	}
	Label("group")
	PREFETCHT0(Mem{Base: soon})
	for half := range halves {
		lanes := s.register()
		switch width {
		case 1:
			VPBROADCASTQ(Mem{Base: b}, lanes)
			VPSRLVD(shifts[half], lanes, lanes)
		case 2:
			VPMOVZXBD(Mem{Base: b, Disp: s.lanes() * half}, lanes)
		case 4:
			VPMOVZXWD(Mem{Base: b, Disp: 2 * s.lanes() * half}, lanes)
		case 8:
			s.load(Mem{Base: b, Disp: 4 * s.lanes() * half}, lanes)
		}
		for turn := range sums {
			numbers := s.register()
			source := lanes
			if turn > 0 {
				VPSRLD(U8(width*turn), lanes, numbers)
				source = numbers
			}
			and(s, mask, source, numbers)
			VCVTDQ2PS(numbers, numbers)
			VFMADD231PS(Mem{Base: a, Disp: 4 * (16*turn + s.lanes()*half)}, numbers, sums[turn])
		}
	}
	ADDQ(I32(4*packedGroup), a)
	ADDQ(U8(8*width), b)
	ADDQ(U8(8*width), soon)
	SUBQ(U8(packedGroup), left)
	JNZ(LabelRef("group"))
	VADDPS(sums[1], sums[0], sums[0])
	VADDPS(sums[3], sums[2], sums[2])
	VADDPS(sums[2], sums[0], sums[0])
	total := s.sum(sums[0]).AsX()
	VMULSS(weight, total, total)
	VADDSS(Mem{Base: dots}, total, total)
	VMOVSS(total, Mem{Base: dots})
	ADDQ(U8(4), dots)
	ADDQ(U8(8), rows)
	DECQ(n)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

func and(s isa, a, b, to reg.VecVirtual) {
	if s.lanes() == 16 {
		VPANDD(a, b, to)
		return
	}
	VPAND(a, b, to)
}

var shiftTable *Mem

// laneShifts are how far up in a double word the lanes of one bit's parts are.
func laneShifts() Mem {
	if shiftTable == nil {
		table := GLOBL("laneShifts", RODATA|NOPTR)
		for lane := range 16 {
			DATA(4*lane, U32(4*(lane/2)))
		}
		shiftTable = &table
	}
	return *shiftTable
}
