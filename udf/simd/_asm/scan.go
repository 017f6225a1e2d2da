package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where simd.CodeScan has its fields.
const (
	scanTable  = 0
	scanTables = 8 // the length of Table
	scanDelta  = 24
	scanOffset = 28
	scanLimit  = 32
	scanMasks  = 40
	scanBounds = 64
	scanBytes  = 88

	planeBytes = 128 // 32 factors or numbers of a block
	roundBytes = 256 // of a table, in one round of the inner loop
)

// ahead is how far before they are due codes are prefetched. From memory codes of 384 dimensions take 1.7 ns instead of 2.7,
// and four scans at once 2.4 instead of 5; twice as far is a little faster still on long lists but goes too far on short.
const ahead = 2048

// A codeScan goes through the blocks of one scan or of several.
type codeScan struct {
	queries     int
	scans       reg.GPVirtual
	codes       reg.GPVirtual // where the block begins
	size        reg.GPVirtual // its bytes
	tables      reg.GPVirtual // the bytes of a table, and of the block's codes
	block, to   reg.GPVirtual // the block's number and that of the first not to scan
	at          reg.GPVirtual // bytes of a table that are done
	table       []reg.GPVirtual
	masks, mask reg.GPVirtual
}

// scanCodes writes the skeleton of a scan: prepare comes first, scan for each block that has codes to look at.
func scanCodes(name string, queries int, prepare func(), scan func(l *codeScan)) {
	TEXT(name, NOSPLIT, "func(blocks []byte, scans *byte, from, to int)")
	Doc(name + " scans the blocks [from, to) of codes. scans are so many CodeScan: " + string(rune('0'+queries)) + ".")
	Pragma("noescape")
	l := &codeScan{queries: queries, scans: GP64(), codes: GP64(), size: GP64(), tables: GP64(), block: GP64(), to: GP64(), at: GP64(), masks: GP64(), mask: GP64()}
	Load(Param("scans"), l.scans)
	Load(Param("from"), l.block)
	Load(Param("to"), l.to)
	MOVQ(Mem{Base: l.scans, Disp: scanTables}, l.tables)
	LEAQ(Mem{Base: l.tables, Disp: 3 * planeBytes}, l.size)
	MOVQ(l.size, l.codes)
	IMULQ(l.block, l.codes)
	ADDQ(Load(Param("blocks").Base(), GP64()), l.codes)
	for q := range queries {
		l.table = append(l.table, GP64())
		MOVQ(l.field(q, scanTable), l.table[q])
	}
	prepare()

	Label("block")
	CMPQ(l.block, l.to)
	JGE(LabelRef("done"))
	for q := range queries {
		MOVQ(l.field(q, scanMasks), l.masks)
		word := Mem{Base: l.masks, Index: l.block, Scale: 4}
		if q == 0 {
			MOVL(word, l.mask.As32())
		} else {
			ORL(word, l.mask.As32())
		}
	}
	TESTL(l.mask.As32(), l.mask.As32())
	JZ(LabelRef("next"))
	scan(l)
	Label("next")
	INCQ(l.block)
	ADDQ(l.size, l.codes)
	JMP(LabelRef("block"))
	Label("done")
	VZEROUPPER()
	RET()
}

func (l *codeScan) field(query, at int) Mem { return Mem{Base: l.scans, Disp: query*scanBytes + at} }

// rounds writes the loop over the codes of a block, until at is end.
func (l *codeScan) rounds(label string, end reg.GPVirtual, round func()) {
	Label(label)
	for line := 0; line < roundBytes; line += 64 {
		PREFETCHT0(Mem{Base: l.codes, Index: l.at, Scale: 1, Disp: line + ahead})
	}
	round()
	ADDQ(U32(roundBytes), l.at)
	CMPQ(l.at, end)
	JL(LabelRef(label))
}

func (l *codeScan) codesAt(disp int) Mem {
	return Mem{Base: l.codes, Index: l.at, Scale: 1, Disp: disp}
}

func (l *codeScan) tableAt(query, disp int) Mem {
	return Mem{Base: l.table[query], Index: l.at, Scale: 1, Disp: disp}
}

// bound makes bounds of a query's sums, which are in registers of so many lanes, stores them, and has done clear the bits
// of those that are not below the limit. compare takes in the bounds of a register.
func (l *codeScan) bound(query int, sums []reg.VecVirtual, like func() reg.VecVirtual, compare func(i int, bounds, limit reg.VecVirtual)) {
	delta, offset, limit, scale := like(), like(), like(), like()
	VBROADCASTSS(l.field(query, scanDelta), delta)
	VBROADCASTSS(l.field(query, scanOffset), offset)
	VBROADCASTSS(l.field(query, scanLimit), limit)
	add, bounds := GP64(), GP64()
	LEAQ(Mem{Base: l.codes, Index: l.tables, Scale: 1}, add)
	MOVQ(l.block, bounds)
	SHLQ(U8(log2(planeBytes)), bounds)
	ADDQ(l.field(query, scanBounds), bounds)
	width := planeBytes / len(sums)
	for i, x := range sums {
		VCVTDQ2PS(x, x)
		VFMADD213PS(offset, delta, x)
		VMOVUPS(Mem{Base: add, Disp: planeBytes + i*width}, scale)
		VFMADD213PS(Mem{Base: add, Disp: i * width}, scale, x)
		VMOVUPS(x, Mem{Base: bounds, Disp: i * width})
		compare(i, x, limit)
	}
}

// keep clears the bits of a query's mask that are not in below.
func (l *codeScan) keep(query int, below reg.Register) {
	MOVQ(l.field(query, scanMasks), l.masks)
	ANDL(below, Mem{Base: l.masks, Index: l.block, Scale: 4})
}

// scanCodesAVX512 looks up four tables with one permutation of 64 bytes: of each index's six bits the upper two say which
// table. The codes' bytes are brought into an order in which the four of a code lie together, so that a dot product with
// ones adds them up as 32-bit integers. Shuffles within 16 bytes, as AVX2 does it, take a quarter more.
func scanCodesAVX512(name string, queries int) {
	var nibble, place, which, ones reg.VecVirtual
	prepare := func() {
		nibble, place, which, ones = fourBytes(0x0f0f0f0f), ZMM(), fourBytes(0x30201000), fourBytes(0x01010101)
		VMOVDQU64(placesTable(), place)
	}
	scanCodes(name, queries, prepare, func(l *codeScan) {
		const chains = 2 // of additions to one sum, which take four cycles each
		sums := make([][2 * chains]reg.VecVirtual, queries)
		for q := range sums {
			for i := range sums[q] {
				sums[q][i] = ZMM()
				VPXORD(sums[q][i], sums[q][i], sums[q][i])
			}
		}
		XORQ(l.at, l.at)
		l.rounds("tables", l.tables, func() {
			for u := range roundBytes / 64 {
				lower, upper := ZMM(), ZMM()
				VPERMB(l.codesAt(64*u), place, lower)
				VPSRLW(U8(4), lower, upper)
				const andOr = 0xea
				VPTERNLOGD(U8(andOr), which, nibble, lower)
				VPTERNLOGD(U8(andOr), which, nibble, upper)
				for q := range queries {
					table, x, y := ZMM(), ZMM(), ZMM()
					VMOVDQU64(l.tableAt(q, 64*u), table)
					VPERMB(table, lower, x)
					VPERMB(table, upper, y)
					chain := sums[q][u%chains*2:]
					VPDPBUSD(ones, x, chain[0])
					VPDPBUSD(ones, y, chain[1])
				}
			}
		})
		for q := range queries {
			VPADDD(sums[q][2], sums[q][0], sums[q][0])
			VPADDD(sums[q][3], sums[q][1], sums[q][1])
			below := []reg.Register{K(), K()}
			l.bound(q, sums[q][:2], func() reg.VecVirtual { return ZMM() }, func(i int, bounds, limit reg.VecVirtual) {
				VCMPPS(U8(lessThan), limit, bounds, below[i])
			})
			KUNPCKWD(below[0], below[1], below[0])
			KMOVD(below[0], l.mask.As32())
			l.keep(q, l.mask.As32())
		}
	})
}

func fourBytes(x uint32) reg.VecVirtual {
	bits, v := GP32(), ZMM()
	MOVL(U32(x), bits)
	VPBROADCASTD(bits, v)
	return v
}

var places *Mem

// placesTable takes the bytes of four tables apart so that the four of a code lie together.
func placesTable() Mem {
	if places == nil {
		table := GLOBL("places", RODATA|NOPTR)
		for code := range 16 {
			at := 2 * code
			if code >= 8 {
				at = 2*code - 15
			}
			for t := range 4 {
				DATA(4*code+t, U8(16*t+at))
			}
		}
		places = &table
	}
	return *places
}

// scanCodesAVX2 looks up two tables with one shuffle within 16 bytes, and adds bytes up as pairs: sums of both, and of the
// upper alone. They take 257 tables without overflow.
func scanCodesAVX2(name string) {
	var nibble reg.VecVirtual
	prepare := func() {
		bits := GP32()
		MOVL(U32(0x0f0f0f0f), bits)
		nibble = YMM()
		VMOVD(bits, nibble.AsX())
		VPBROADCASTD(nibble.AsX(), nibble)
	}
	scanCodes(name, 1, prepare, func(l *codeScan) {
		totals := []reg.VecVirtual{YMM(), YMM(), YMM(), YMM()} // codes 0-7, 8-15, 16-23, 24-31
		for _, total := range totals {
			VPXOR(total, total, total)
		}
		end := GP64()
		XORQ(l.at, l.at)
		Label("part")
		LEAQ(Mem{Base: l.at, Disp: 256 * 16}, end)
		CMPQ(end, l.tables)
		CMOVQGT(l.tables, end)
		sums := []reg.VecVirtual{YMM(), YMM(), YMM(), YMM()}
		for _, sum := range sums {
			VPXOR(sum, sum, sum)
		}
		l.rounds("tables", end, func() {
			for u := range roundBytes / 32 {
				lower, upper, table := YMM(), YMM(), YMM()
				VMOVDQU(l.codesAt(32*u), lower)
				VMOVDQU(l.tableAt(0, 32*u), table)
				VPSRLW(U8(4), lower, upper)
				for i, bits := range []reg.VecVirtual{lower, upper} {
					VPAND(nibble, bits, bits)
					VPSHUFB(bits, table, bits)
					VPADDW(bits, sums[2*i], sums[2*i])
					VPSRLW(U8(8), bits, bits)
					VPADDW(bits, sums[2*i+1], sums[2*i+1])
				}
			}
		})
		for i, odd := range []reg.VecVirtual{sums[1], sums[3]} {
			even, x := sums[2*i], YMM()
			VPSLLW(U8(8), odd, x)
			VPSUBW(x, even, even)
			// The halves are of two tables: add them, even codes' sums below and odd ones' above.
			VPERM2I128(U8(0x20), odd, even, x)
			VPERM2I128(U8(0x31), odd, even, even)
			VPADDW(x, even, even)
			VPMOVZXWD(even.AsX(), x)
			VPADDD(x, totals[2*i], totals[2*i])
			VEXTRACTI128(U8(1), even, even.AsX())
			VPMOVZXWD(even.AsX(), x)
			VPADDD(x, totals[2*i+1], totals[2*i+1])
		}
		CMPQ(l.at, l.tables)
		JL(LabelRef("part"))

		below := GP32()
		l.bound(0, totals, func() reg.VecVirtual { return YMM() }, func(i int, bounds, limit reg.VecVirtual) {
			VCMPPS(U8(lessThan), limit, bounds, bounds)
			if i == 0 {
				VMOVMSKPS(bounds, below)
				return
			}
			VMOVMSKPS(bounds, l.mask.As32())
			SHLL(U8(8*i), l.mask.As32())
			ORL(l.mask.As32(), below)
		})
		l.keep(0, below)
	})
}
