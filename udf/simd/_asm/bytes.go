package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// together is how many rows' sums become one register, to be added up and stored as one.
const together = 4

// bytesAhead is how far before they are due bytes are prefetched.
const bytesAhead = 4096

// dotBytes writes the kernel that multiplies a query of signed bytes with rows of unsigned ones. Rows are read one after the
// other, for the sake of the hardware's prefetching; only their sums are added up together.
func dotBytes(s interface {
	isa
	// addBytes adds the products of 64 bytes to the lanes of sum.
	addBytes(query, row Mem, sum reg.VecVirtual)
	// half is a register of 32 bytes that has the sums of v's lanes.
	half(v reg.VecVirtual) reg.VecVirtual
}) {
	name := "dotBytes" + s.name()
	TEXT(name, NOSPLIT, "func(query []int8, rows []byte, dots []int32)")
	Doc(fmt.Sprintf("%s stores inner products. len(query) is a multiple of 64 and not 0.", name))
	Pragma("noescape")
	query := Load(Param("query").Base(), GP64())
	dim := Load(Param("query").Len(), GP64())
	row := Load(Param("rows").Base(), GP64())
	dots := Load(Param("dots").Base(), GP64())
	n := Load(Param("dots").Len(), GP64())
	at := GP64()

	sum := func(label string) reg.VecVirtual {
		sum := s.register()
		s.zero(sum)
		XORQ(at, at)
		Label(label)
		PREFETCHT0(Mem{Base: row, Index: at, Scale: 1, Disp: bytesAhead})
		s.addBytes(Mem{Base: query, Index: at, Scale: 1}, Mem{Base: row, Index: at, Scale: 1}, sum)
		ADDQ(U8(64), at)
		CMPQ(at, dim)
		JL(LabelRef(label))
		ADDQ(dim, row)
		return s.half(sum)
	}
	// total adds the lanes of four up, and leaves the four totals in 16 bytes.
	total := func(a, b, c, d reg.VecVirtual) reg.VecVirtual {
		x, y, upper := YMM(), YMM(), XMM()
		VPHADDD(b.AsY(), a.AsY(), x)
		VPHADDD(d.AsY(), c.AsY(), y)
		VPHADDD(y, x, x)
		VEXTRACTI128(U8(1), x, upper)
		VPADDD(upper, x.AsX(), upper)
		return upper
	}

	Label("rows")
	CMPQ(n, U8(together))
	JL(LabelRef("rest"))
	var sums []reg.VecVirtual
	for i := range together {
		sums = append(sums, sum(fmt.Sprintf("row%d", i)))
	}
	VMOVDQU(total(sums[0], sums[1], sums[2], sums[3]), Mem{Base: dots})
	ADDQ(U8(4*together), dots)
	SUBQ(U8(together), n)
	JMP(LabelRef("rows"))

	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	last := sum("last")
	VMOVD(total(last, last, last, last), Mem{Base: dots})
	ADDQ(U8(4), dots)
	DECQ(n)
	JMP(LabelRef("rest"))
	Label("done")
	VZEROUPPER()
	RET()
}

func (avx512) addBytes(query, row Mem, sum reg.VecVirtual) {
	bytes := ZMM()
	VMOVDQU64(row, bytes)
	VPDPBUSD(query, bytes, sum)
}

func (avx512) half(v reg.VecVirtual) reg.VecVirtual {
	upper := YMM()
	VEXTRACTI64X4(U8(1), v, upper)
	VPADDD(upper, v.AsY(), upper)
	return upper
}

// addBytes widens bytes to words: the instruction that multiplies bytes and adds pairs of them up has no room for the sums.
func (avx2) addBytes(query, row Mem, sum reg.VecVirtual) {
	for disp := 0; disp < 64; disp += 16 {
		x, y := YMM(), YMM()
		query.Disp, row.Disp = disp, disp
		VPMOVZXBW(row, x)
		VPMOVSXBW(query, y)
		VPMADDWD(x, y, x)
		VPADDD(x, sum, sum)
	}
}

func (avx2) half(v reg.VecVirtual) reg.VecVirtual { return v }
