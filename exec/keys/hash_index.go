package keys

import (
	"context"
	"math/bits"
	"slices"
)

// A hashIndex is several hash tables, each of the words whose hash begins alike, so that goroutines can fill them at once.
type hashIndex struct {
	parts  []hashPart
	shift  int // 64 less the bits of a part's number
	bloom  []uint64
	short  int  // 64 less the bits of a place in bloom
	unique bool // each word has one row, in all parts
}

// A hashPart is a table with linear probing, at most half full.
type hashPart struct {
	slots []hashSlot // a power of two
	shift int        // 64 less the bits of their number and of the part's
	mask  uint64

	unique bool // each word has one row
}

// A hashSlot is a key and the positions of its rows; it is empty without any.
type hashSlot struct {
	word     uint64
	at, rows uint32
}

func (x *hashIndex) find(w uint64) hashSlot {
	h := mix(w)
	p := &x.parts[h>>x.shift]
	for i := h << (64 - x.shift) >> p.shift; ; i++ {
		s := &p.slots[i&p.mask]
		if s.rows == 0 || s.word == w {
			return *s
		}
	}
}

// findOnly is the position of the first row of a word, or Missing.
func (x *hashIndex) findOnly(w uint64) uint32 {
	slot := x.find(w)
	if slot.rows == 0 {
		return Missing
	}
	return slot.at
}

// mayHave says whether a word may be there. Two bits of a word of bloom are set for each that is.
func (x *hashIndex) mayHave(w uint64) bool {
	h := mix(w)
	b := bloomBits(h)
	return x.bloom[h>>x.short]&b == b
}

// bloomBits takes bits of a hash that no place in bloom is made of.
func bloomBits(h uint64) uint64 { return 1<<(h>>20&63) | 1<<(h>>26&63) }

func (x *hashIndex) each(f func(s *hashSlot)) {
	for i := range x.parts {
		for j := range x.parts[i].slots {
			if s := &x.parts[i].slots[j]; s.rows > 0 {
				f(s)
			}
		}
	}
}

// hashBytes is what a row takes in the tables at most, and while they are filled.
const hashBytes = 2*2*16 + 2 + 8

// fillHash makes the tables and places the rows.
func (f *indexFill) fillHash(ctx context.Context) error {
	if err := f.Reserve(hashBytes * int64(f.total)); err != nil {
		return err
	}
	partBits := bits.Len(uint(f.Workers - 1))
	if f.total < smallArray {
		partBits = 0
	}
	x := &hashIndex{parts: make([]hashPart, 1<<partBits), shift: 64 - partBits}
	// A word of bloom for four rows: 16 bits for each.
	places := powerOfTwo(uint64(f.total)/4 + uint64(len(x.parts)))
	x.bloom, x.short = make([]uint64, places), 64-bits.Len64(places-1)
	rows := make([]uint32, f.total)
	slotOf := make([]uint32, f.total)
	counts := make([]int, len(x.parts))
	err := f.parallel(ctx, func(worker int) {
		for part := worker; part < len(x.parts); part += f.Workers {
			f.inPart(x, part, func(uint64, uint64, uint32) { counts[part]++ })
		}
	})
	if err != nil {
		return err
	}
	err = f.parallel(ctx, func(worker int) {
		for part := worker; part < len(x.parts); part += f.Workers {
			start := uint32(0)
			for _, n := range counts[:part] {
				start += uint32(n)
			}
			f.fillPart(x, part, counts[part], start, rows, slotOf)
		}
	})
	x.unique = !slices.ContainsFunc(x.parts, func(p hashPart) bool { return !p.unique })
	copy(rows[f.matches:], f.nulls)
	f.hashed, f.rows = x, rows
	return err
}

// inPart calls visit with the words of a part, their hashes and rows.
func (f *indexFill) inPart(x *hashIndex, part int, visit func(w, h uint64, row uint32)) {
	row := uint32(0)
	for _, words := range f.words {
		for i, w := range words {
			if h := mix(w); w != absent && h>>x.shift == uint64(part) {
				visit(w, h, row+uint32(i))
			}
		}
		row += uint32(len(words))
	}
}

func (f *indexFill) fillPart(x *hashIndex, part, count int, start uint32, rows, slotOf []uint32) {
	p := &x.parts[part]
	size := powerOfTwo(2 * uint64(count))
	p.slots, p.mask = make([]hashSlot, size), size-1
	p.shift = 64 - bits.Len64(size-1)
	f.inPart(x, part, func(w, h uint64, row uint32) {
		i := h << (64 - x.shift) >> p.shift & p.mask
		for p.slots[i].rows != 0 && p.slots[i].word != w {
			i = (i + 1) & p.mask
		}
		p.slots[i].word = w
		p.slots[i].rows++
		slotOf[row] = uint32(i)
		x.bloom[h>>x.short] |= bloomBits(h)
	})
	p.unique = true
	for i := range p.slots {
		p.slots[i].at = start
		start += p.slots[i].rows
		p.unique = p.unique && p.slots[i].rows <= 1
	}
	f.inPart(x, part, func(_, _ uint64, row uint32) {
		s := &p.slots[slotOf[row]]
		rows[s.at] = row
		s.at++
	})
	for i := range p.slots {
		p.slots[i].at -= p.slots[i].rows
	}
}
