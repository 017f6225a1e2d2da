package ivf

import "math/bits"

// exactTogether answers queries that choose from the same rows, so that these come from memory once for all of them.
func exactTogether(queries []*searcher) error {
	s := queries[0]
	s.company = queries[1:]
	err := s.exactRows()
	s.company = nil
	for _, s := range queries {
		if err == nil {
			err = s.aside()
		}
		if err == nil {
			err = s.end()
		}
	}
	return err
}

// exact measures every row to choose from.
func (s *searcher) exact() error {
	if err := s.exactRows(); err != nil {
		return err
	}
	return s.aside()
}

func (s *searcher) exactRows() error {
	first := 0
	for _, segment := range s.Segments {
		for file := range segment.files {
			if err := s.exactFile(segment, file, first+file); err != nil {
				return err
			}
		}
		first += len(segment.files)
	}
	return s.measureRows()
}

func (s *searcher) exactFile(segment *Segment, file, number int) error {
	f, v := segment.files[file], &s.view.files[number]
	if v.base < 0 {
		return nil
	}
	var words []uint64
	if s.among != nil {
		words = s.among[number]
	}
	for at := uint32(0); at < f.rows; at += 64 {
		w := ^uint64(0)
		if s.among != nil {
			if int(at>>6) >= len(words) {
				return nil
			}
			w = words[at>>6]
		}
		if int(at>>6) < len(v.deleted) {
			w &^= v.deleted[at>>6]
		}
		if left := f.rows - at; left < 64 {
			w &= 1<<left - 1
		}
		for ; w != 0; w &= w - 1 {
			row := at + uint32(bits.TrailingZeros64(w))
			if segment.slots[f.start+row] == noRow {
				continue
			}
			if err := s.offer(uint64(number)<<32|uint64(row), v.base+int64(row)); err != nil {
				return err
			}
		}
	}
	return nil
}

// offer measures a row soon.
func (s *searcher) offer(row uint64, address int64) error {
	s.rows = append(s.rows, row)
	s.addresses = append(s.addresses, address)
	if len(s.rows) == chunk {
		return s.measureRows()
	}
	return nil
}

// measureRows measures the rows that were offered.
func (s *searcher) measureRows() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if len(s.rows) == 0 {
		return nil
	}
	if err := s.measureFor(s); err != nil {
		return err
	}
	for _, other := range s.company {
		if err := s.measureFor(other); err != nil {
			return err
		}
	}
	s.rows, s.addresses = s.rows[:0], s.addresses[:0]
	return nil
}

func (s *scratch) measureFor(by *searcher) error {
	distances := s.distances[:len(s.rows)]
	if err := by.view.vectors.Measure(by.measure(), s.rows, distances); err != nil {
		return err
	}
	by.query.Stats.Reranked += int64(len(distances))
	for i, d := range distances {
		by.nearest.add(d, s.addresses[i])
	}
	return nil
}

// aside measures the rows that no list has: those whose distances are NaN only if there is room for them or
// they come first.
func (s *searcher) aside() error {
	first := 0
	for _, segment := range s.Segments {
		if err := s.offerAll(segment, first, segment.odd); err != nil {
			return err
		}
		first += len(segment.files)
	}
	if err := s.measureRows(); err != nil || s.nearest.full() && !s.nearest.nanFirst {
		return err
	}
	first = 0
	for _, segment := range s.Segments {
		if err := s.offerAll(segment, first, segment.lost); err != nil {
			return err
		}
		first += len(segment.files)
	}
	return s.measureRows()
}

func (s *searcher) offerAll(segment *Segment, first int, ordinals []uint32) error {
	for _, ordinal := range ordinals {
		if row, address, ok := s.lookUp(segment, first, ordinal); ok {
			if err := s.offer(row, address); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookUp finds the row of an ordinal of a segment whose first file has the number first. It is not ok if the row is not
// to choose from.
func (s *searcher) lookUp(segment *Segment, first int, ordinal uint32) (row uint64, address int64, ok bool) {
	if int(ordinal) >= len(segment.slots) {
		return 0, 0, false
	}
	file := segment.fileOf(ordinal)
	at := ordinal - segment.files[file].start
	number := first + file
	v := &s.view.files[number]
	if v.base < 0 || at >= v.rows || bit(v.deleted, at) || s.among != nil && !bit(s.among[number], at) {
		return 0, 0, false
	}
	return uint64(number)<<32 | uint64(at), v.base + int64(at), true
}
