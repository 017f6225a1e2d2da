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
}

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
