package simd

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// Packed numbers are whole numbers of one to eight bits each, a multiple of 64 of them. The bits of a number are kept in
// parts of 8, 4, 2 and 1 bit, as many as it takes, the upper bits first: those of five bits are a part of four and one of one.
// A part of all numbers lies together, and holds 64 numbers after 64 as sixteen lanes, so that one shift and one mask give
// sixteen numbers that are neighbors: lane i has the parts of the numbers i, 16+i, 32+i and 48+i, lowest first, in a double
// word, a word or a byte. Where a part is one bit, the lanes are four bits of two double words: lane i is in double word i%2,
// 4*(i/2) bits up.

// PackedBytes is how many bytes n numbers take.
func PackedBytes(n, width int) int { return n / 8 * width }

// Pack stores numbers of so many bits, a multiple of 64 of them.
func Pack(dst []byte, numbers []byte, width int) {
	if len(numbers)%64 != 0 || width < 1 || width > 8 || len(dst) < PackedBytes(len(numbers), width) {
		panic(fmt.Sprintf("simd: %d bytes for %d numbers of %d bits", len(dst), len(numbers), width))
	}
	clear(dst[:PackedBytes(len(numbers), width)])
	for left := width; left > 0; {
		part := widestPart(left)
		left -= part
		for i, x := range numbers {
			at, shift := partOf(part, i)
			dst[at] |= x >> left & (1<<part - 1) << shift
		}
		dst = dst[PackedBytes(len(numbers), part):]
	}
}

// widestPart is the width of the first part of numbers of so many bits.
func widestPart(width int) int { return 1 << (bits.Len(uint(width)) - 1) }

// partOf is the byte of a part that has number i, and how far up.
func partOf(width, i int) (at, shift int) {
	lane, turn := i%16, i%64/16
	bit := 4*width*lane + width*turn
	if width == 1 {
		bit = lane%2*32 + lane/2*4 + turn
	}
	return i/64*8*width + bit/8, bit % 8
}

// DotPacked stores the inner products of query and packed numbers that lie anywhere: each pointer is the address, odd ones too,
// of PackedBytes(len(query), width) bytes which must be there to read. While some are computed with, others that follow are
// already on their way from memory.
func DotPacked(query []float32, rows []unsafe.Pointer, width int, dots []float32) {
	checkPair(len(rows), len(dots))
	if len(query)%64 != 0 || width < 1 || width > 8 {
		panic(fmt.Sprintf("simd: %d elements for numbers of %d bits", len(query), width))
	}
	clear(dots)
	for step := gatherStep(query); len(rows) > 0; {
		n := min(step, len(rows))
		skip := 0
		for left := width; left > 0; {
			part := widestPart(left)
			left -= part
			active.AddPart(part, query, rows[:n], skip, float32(int(1)<<left), dots[:n])
			skip += PackedBytes(len(query), part)
		}
		rows, dots = rows[n:], dots[n:]
	}
}
