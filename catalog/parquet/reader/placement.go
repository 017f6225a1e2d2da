package reader

import (
	"encoding/binary"
	"math/bits"
	"sort"
)

// A placement says which entries of a page have something, and how many before each: which rows of a flat page have a value
// (the values lie end to end, without places for NULLs), which entries begin a row.
type placement struct {
	bits  []byte   // whole words
	ranks []uint32 // entries set before each word
}

func newPlacement(n int) *placement {
	words := (n + 63) / 64
	return &placement{bits: make([]byte, 8*words), ranks: make([]uint32, words+1)}
}

// placementOf is set where levels are one level.
func placementOf(levels []uint8, level uint8) *placement {
	const lows, highs = 0x7f7f_7f7f_7f7f_7f7f, 0x8080_8080_8080_8080
	p := newPlacement(len(levels))
	all := uint64(level) * 0x0101_0101_0101_0101
	for i := 0; i < len(levels); i += 8 {
		word := ^all
		if len(levels)-i >= 8 {
			word = binary.LittleEndian.Uint64(levels[i:])
		} else {
			for j, l := range levels[i:] {
				word = word&^(0xff<<(8*j)) | uint64(l)<<(8*j)
			}
		}
		different := word ^ all
		equal := ^((different&lows + lows) | different) & highs // the high bits of bytes that are equal
		p.bits[i/8] = byte((equal >> 7) * 0x0102_0408_1020_4080 >> 56)
	}
	p.count()
	return p
}

// count fills in the ranks once the bits are set.
func (p *placement) count() {
	for i := range len(p.bits) / 8 {
		p.ranks[i+1] = p.ranks[i] + uint32(bits.OnesCount64(binary.LittleEndian.Uint64(p.bits[8*i:])))
	}
}

// total is how many entries are set.
func (p *placement) total() int { return int(p.ranks[len(p.ranks)-1]) }

func (p *placement) has(i int) bool { return p.bits[i>>3]>>(i&7)&1 != 0 }

// rank is how many entries before i are set.
func (p *placement) rank(i int) int {
	at := i / 64
	if i%64 == 0 {
		return int(p.ranks[at])
	}
	word := binary.LittleEndian.Uint64(p.bits[8*at:])
	return int(p.ranks[at]) + bits.OnesCount64(word<<(64-i%64))
}

// place is the entry that is set after n others.
func (p *placement) place(n int) int {
	at := sort.Search(len(p.ranks), func(i int) bool { return int(p.ranks[i]) > n }) - 1
	word := binary.LittleEndian.Uint64(p.bits[8*at:])
	for range n - int(p.ranks[at]) {
		word &= word - 1
	}
	return 64*at + bits.TrailingZeros64(word)
}
