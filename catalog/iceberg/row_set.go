package iceberg

import (
	"iter"
	"math/bits"
)

// A rowSet is a set of the rows of a data file, a bit each.
type rowSet []uint64

func newRowSet(rows int64) rowSet { return make(rowSet, (rows+63)/64) }

// add ignores rows that the file does not have.
func (s rowSet) add(row int64) {
	if row >= 0 && row>>6 < int64(len(s)) {
		s[row>>6] |= 1 << (row & 63)
	}
}

// addAll adds the rows of another set of the same file, whose last words may be missing.
func (s rowSet) addAll(words []uint64) {
	for i, w := range words[:min(len(words), len(s))] {
		s[i] |= w
	}
}

// overlaps tells whether the sets have a row in common.
func (s rowSet) overlaps(words []uint64) bool {
	for i, w := range words[:min(len(words), len(s))] {
		if s[i]&w != 0 {
			return true
		}
	}
	return false
}

func (s rowSet) count() int64 {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return int64(n)
}

// all are the rows, ascending.
func (s rowSet) all() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for i, w := range s {
			for ; w != 0; w &= w - 1 {
				if !yield(int64(i)<<6 | int64(bits.TrailingZeros64(w))) {
					return
				}
			}
		}
	}
}

// Contains tells whether the row is in the set.
func (s rowSet) Contains(row int64) bool {
	return row>>6 < int64(len(s)) && s[row>>6]>>(row&63)&1 != 0
}

// Any tells whether any row of from <= row < to is in the set.
func (s rowSet) Any(from, to int64) bool {
	to = min(to, int64(len(s))<<6)
	for from < to {
		if word := s[from>>6] >> (from & 63); word != 0 {
			return from+int64(bits.TrailingZeros64(word)) < to
		}
		from = (from>>6 + 1) << 6
	}
	return false
}

// Count is how many rows of from <= row < to are in the set.
func (s rowSet) Count(from, to int64) int64 {
	to = min(to, int64(len(s))<<6)
	n := 0
	for from < to {
		word := s[from>>6] >> (from & 63)
		if left := to - from; left < 64 {
			word &= 1<<left - 1
		}
		n += bits.OnesCount64(word)
		from = (from>>6 + 1) << 6
	}
	return int64(n)
}

func anyBit(words []uint64) bool {
	for _, w := range words {
		if w != 0 {
			return true
		}
	}
	return false
}
