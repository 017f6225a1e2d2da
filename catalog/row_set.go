package catalog

import (
	"iter"
	"math/bits"
)

// A RowSet is a set of rows of a snapshot. An address is the ordinal of a data file in its upper half and the row in that
// file in the lower: the set has a bit for each row of each file that it has rows of.
type RowSet struct {
	files [][]uint64
	n     int64
}

// Add adds rows by their addresses.
func (s *RowSet) Add(addresses []int64) {
	for _, a := range addresses {
		file, row := int(a>>32), uint32(a)
		for file >= len(s.files) {
			s.files = append(s.files, nil)
		}
		words := s.files[file]
		if need := int(row>>6) + 1; need > len(words) {
			words = append(words, make([]uint64, max(need, 2*len(words))-len(words))...)
			s.files[file] = words
		}
		if bit := uint64(1) << (row & 63); words[row>>6]&bit == 0 {
			words[row>>6] |= bit
			s.n++
		}
	}
}

// Len is the number of rows.
func (s *RowSet) Len() int64 { return s.n }

// Files is the number of data files that may have rows.
func (s *RowSet) Files() int { return len(s.files) }

// Words are the bits of a data file's rows, the first row in the lowest bit of the first word. Rows beyond are not in the
// set. The slice is the set's own.
func (s *RowSet) Words(file int) []uint64 {
	if file >= len(s.files) {
		return nil
	}
	return s.files[file]
}

// Contains tells whether the row is in the set.
func (s *RowSet) Contains(address int64) bool {
	words, row := s.Words(int(address>>32)), uint32(address)
	return int(row>>6) < len(words) && words[row>>6]>>(row&63)&1 != 0
}

// All are the rows' addresses, ascending.
func (s *RowSet) All() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for file, words := range s.files {
			for i, w := range words {
				for ; w != 0; w &= w - 1 {
					if !yield(int64(file)<<32 | int64(i)<<6 | int64(bits.TrailingZeros64(w))) {
						return
					}
				}
			}
		}
	}
}

// Merge adds the rows of another set.
func (s *RowSet) Merge(other *RowSet) {
	for file, words := range other.files {
		for file >= len(s.files) {
			s.files = append(s.files, nil)
		}
		if len(s.files[file]) < len(words) {
			s.files[file] = append(s.files[file], make([]uint64, len(words)-len(s.files[file]))...)
		}
		for i, w := range words {
			old := s.files[file][i]
			s.files[file][i] = old | w
			s.n += int64(bits.OnesCount64(w &^ old))
		}
	}
}

// Bytes is the memory held.
func (s *RowSet) Bytes() int64 {
	n := int64(0)
	for _, words := range s.files {
		n += int64(cap(words)) * 8
	}
	return n
}
