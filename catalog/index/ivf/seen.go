package ivf

// seen is a set of rows that a query has looked at, as a row is in two lists.
type seen struct {
	slots []uint64 // row+1, or 0; linear probing
	n     int
}

func (s *seen) reset() {
	if len(s.slots) > 1<<12 || s.slots == nil {
		s.slots = make([]uint64, 1<<10)
	} else {
		clear(s.slots)
	}
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
	s.slots = make([]uint64, 4*len(old))
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
