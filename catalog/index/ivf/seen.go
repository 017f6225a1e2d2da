package ivf

// seen is a set of rows that a query has looked at, as a row is in two lists.
type seen struct {
	slots []uint64 // row+1, or 0; linear probing
	other []uint64 // memory for the next size
	n     int
}

// reset empties the set. It keeps memory, and does not clear what a small set does not need.
func (s *seen) reset() {
	const least = 1 << 8
	if s.slots == nil {
		s.slots = make([]uint64, least)
	}
	s.slots = s.slots[:least]
	clear(s.slots)
	s.n = 0
}

// add is false if the row was there.
func (s *seen) add(row uint64) bool {
	if 2*s.n >= len(s.slots) {
		s.grow()
	}
	mask := uint64(len(s.slots) - 1)
	for i := hash(row) & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case 0:
			s.slots[i] = row + 1
			s.n++
			return true
		case row + 1:
			return false
		}
	}
}

func (s *seen) grow() {
	old := s.slots
	if need := 4 * len(old); cap(s.other) < need {
		s.slots = make([]uint64, need)
	} else {
		s.slots = s.other[:need]
		clear(s.slots)
	}
	s.other = old
	s.n = 0
	for _, row := range old {
		if row != 0 {
			s.add(row - 1)
		}
	}
}

func hash(x uint64) uint64 {
	x *= 0x9e3779b97f4a7c15
	return x ^ x>>32
}
