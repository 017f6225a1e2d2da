package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An isa is an instruction set, as far as it differs from the others.
type isa interface {
	name() string
	features() string
	lanes() int // float32 values in a register
	register() reg.VecVirtual
	zero(v reg.VecVirtual)
	load(from Mem, v reg.VecVirtual)
	// tail makes the mask for the last n (1 to lanes-1) values of a vector.
	tail(n reg.GPVirtual)
	// loadTail loads what the mask allows and zeroes the other lanes.
	loadTail(from Mem, v reg.VecVirtual)
	// signs loads what abs needs, once a call.
	signs()
	abs(v reg.VecVirtual)
	// sum adds the lanes of v up and leaves the total in the lowest one.
	sum(v reg.VecVirtual) reg.VecVirtual
	// sumQuarters adds up the quarters (avx2: halves) of each of vs, which have 16 bytes.
	sumQuarters(vs []reg.VecVirtual) []reg.VecVirtual

	copy(from, to reg.VecVirtual)
	spread(bits, to reg.Register)
	// fillTail fills the lanes of v that loadTail zeroes.
	fillTail(with, v reg.VecVirtual)
	// keepGreater takes x and its places over to the lanes of best and at where x is greater.
	keepGreater(x, places, best, at reg.VecVirtual)
	// firstGreatest is the lowest of at, without signs, in those lanes that have the greatest of best.
	firstGreatest(best, at reg.VecVirtual) reg.VecVirtual
}

const (
	equal       = 0x00 // false for NaN
	lessThan    = 0x11 // false for NaN
	greaterThan = 0x1e // false for NaN
)

// mask is the register that the isa at work keeps its tail mask in, and clear the one with all bits but the signs.
var (
	mask  reg.Register
	clear reg.VecVirtual
)

type avx512 struct{}

func (avx512) name() string                    { return "AVX512" }
func (avx512) features() string                { return "AVX512F, AVX512DQ and BMI2" }
func (avx512) lanes() int                      { return 16 }
func (avx512) register() reg.VecVirtual        { return ZMM() }
func (avx512) zero(v reg.VecVirtual)           { VPXORD(v, v, v) }
func (avx512) load(from Mem, v reg.VecVirtual) { VMOVUPS(from, v) }

func (avx512) tail(n reg.GPVirtual) {
	bits, k := GP64(), K()
	MOVQ(I32(-1), bits)
	BZHIQ(n, bits, bits)
	KMOVW(bits.As32(), k)
	mask = k
}

func (avx512) loadTail(from Mem, v reg.VecVirtual) { VMOVUPS_Z(from, mask, v) }

func (avx512) signs() {
	bits := GP32()
	MOVL(U32(0x7fffffff), bits)
	clear = ZMM()
	VPBROADCASTD(bits, clear)
}

func (avx512) abs(v reg.VecVirtual) { VPANDD(clear, v, v) }

func (avx512) sum(v reg.VecVirtual) reg.VecVirtual {
	half := YMM()
	VEXTRACTF64X4(U8(1), v, half)
	VADDPS(half, v.AsY(), half)
	return avx2{}.sum(half)
}

// sumQuarters turns four registers of four parts into one that has the sum of each.
func (avx512) sumQuarters(vs []reg.VecVirtual) []reg.VecVirtual {
	add := func(a, b reg.VecVirtual, even, odd uint8) {
		x := ZMM()
		VSHUFF32X4(U8(odd), b, a, x)
		VSHUFF32X4(U8(even), b, a, a)
		VADDPS(x, a, a)
	}
	add(vs[0], vs[1], 0x44, 0xee)
	add(vs[2], vs[3], 0x44, 0xee)
	add(vs[0], vs[2], 0x88, 0xdd)
	sums := []reg.VecVirtual{vs[0].AsX().(reg.VecVirtual)}
	for i := 1; i < len(vs); i++ {
		sum := XMM()
		VEXTRACTF32X4(U8(i), vs[0], sum)
		sums = append(sums, sum)
	}
	return sums
}

func (avx512) copy(from, to reg.VecVirtual)    { VMOVAPS(from, to) }
func (avx512) spread(bits, to reg.Register)    { VPBROADCASTD(bits, to) }
func (avx512) fillTail(with, v reg.VecVirtual) { VBLENDMPS(v, with, mask, v) }

func (avx512) keepGreater(x, places, best, at reg.VecVirtual) {
	k := K()
	VCMPPS(U8(greaterThan), best, x, k)
	VMOVAPS(x, k, best)
	VMOVDQA32(places, k, at)
}

func (avx512) firstGreatest(best, at reg.VecVirtual) reg.VecVirtual {
	greatest, x, k := ZMM(), ZMM(), K()
	VMOVAPS(best, greatest)
	swap := []func(){
		func() { VSHUFF32X4(U8(0x4e), greatest, greatest, x) },
		func() { VSHUFF32X4(U8(0xb1), greatest, greatest, x) },
		func() { VPERMILPS(U8(0x4e), greatest, x) },
		func() { VPERMILPS(U8(0xb1), greatest, x) },
	}
	for _, swap := range swap {
		swap()
		VMAXPS(x, greatest, greatest)
	}
	VCMPPS(U8(equal), greatest, best, k)
	none := ZMM()
	VPTERNLOGD(U8(0xff), none, none, none)
	VMOVDQA32(at, k, none)
	half := YMM()
	VEXTRACTI64X4(U8(1), none, half)
	VPMINUD(half, none.AsY(), half)
	return avx2{}.least(half)
}

type avx2 struct{}

func (avx2) name() string                    { return "AVX2" }
func (avx2) features() string                { return "AVX2 and FMA" }
func (avx2) lanes() int                      { return 8 }
func (avx2) register() reg.VecVirtual        { return YMM() }
func (avx2) zero(v reg.VecVirtual)           { VXORPS(v, v, v) }
func (avx2) load(from Mem, v reg.VecVirtual) { VMOVUPS(from, v) }

// tail reads its mask out of a table of eight set and eight clear lanes: n set ones start at lane 8-n.
func (avx2) tail(n reg.GPVirtual) {
	table, m := GP64(), YMM()
	LEAQ(tailTable(), table)
	NEGQ(n)
	VMOVUPS(Mem{Base: table, Index: n, Scale: 4, Disp: 32}, m)
	NEGQ(n)
	mask = m
}

func (avx2) loadTail(from Mem, v reg.VecVirtual) { VMASKMOVPS(from, mask, v) }

func (avx2) signs() {
	clear = YMM()
	VPCMPEQD(clear, clear, clear)
	VPSRLD(U8(1), clear, clear)
}

func (avx2) abs(v reg.VecVirtual) { VANDPS(clear, v, v) }

func (avx2) sum(v reg.VecVirtual) reg.VecVirtual {
	low, swapped := XMM(), XMM()
	VEXTRACTF128(U8(1), v, low)
	VADDPS(low, v.AsX(), low)
	VMOVHLPS(low, low, swapped)
	VADDPS(swapped, low, low)
	VMOVSHDUP(low, swapped)
	VADDSS(swapped, low, low)
	return low
}

func (avx2) sumQuarters(vs []reg.VecVirtual) []reg.VecVirtual {
	sums := make([]reg.VecVirtual, len(vs))
	for i, v := range vs {
		sums[i] = XMM()
		VEXTRACTF128(U8(1), v, sums[i])
		VADDPS(v.AsX(), sums[i], sums[i])
	}
	return sums
}

func (avx2) copy(from, to reg.VecVirtual) { VMOVAPS(from, to) }

func (avx2) spread(bits, to reg.Register) {
	VMOVD(bits, to.(reg.Vec).AsX())
	VPBROADCASTD(to.(reg.Vec).AsX(), to)
}

func (avx2) fillTail(with, v reg.VecVirtual) { VBLENDVPS(mask, v, with, v) }

func (avx2) keepGreater(x, places, best, at reg.VecVirtual) {
	k := YMM()
	VCMPPS(U8(greaterThan), best, x, k)
	VBLENDVPS(k, x, best, best)
	VBLENDVPS(k, places, at, at)
}

func (avx2) firstGreatest(best, at reg.VecVirtual) reg.VecVirtual {
	greatest, x := YMM(), YMM()
	VPERM2F128(U8(1), best, best, x)
	VMAXPS(x, best, greatest)
	for _, order := range []uint8{0x4e, 0xb1} {
		VPERMILPS(U8(order), greatest, x)
		VMAXPS(x, greatest, greatest)
	}
	VCMPPS(U8(equal), greatest, best, x)
	none := YMM()
	VPCMPEQD(none, none, none)
	VBLENDVPS(x, at, none, none)
	return avx2{}.least(none)
}

// least is the lowest of v's lanes, without signs.
func (avx2) least(v reg.VecVirtual) reg.VecVirtual {
	low, x := XMM(), XMM()
	VEXTRACTI128(U8(1), v, low)
	VPMINUD(v.AsX(), low, low)
	for _, order := range []uint8{0x4e, 0xb1} {
		VPSHUFD(U8(order), low, x)
		VPMINUD(x, low, low)
	}
	return low
}

var tails *Mem

func tailTable() Mem {
	if tails == nil {
		table := GLOBL("tails", RODATA|NOPTR)
		for lane := range 16 {
			if lane < 8 {
				DATA(4*lane, U32(0xffffffff))
			} else {
				DATA(4*lane, U32(0))
			}
		}
		tails = &table
	}
	return *tails
}
