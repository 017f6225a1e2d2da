package ivf

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
)

// CheckRow encodes the vector of a row of a file, counted over the segments, once more and compares that with what the index has
// of the row. Rounding is allowed for: machines differ in it.
func (ix *Index) CheckRow(file int, row uint32, vector []float32) error {
	for _, s := range ix.Segments {
		if file < len(s.files) {
			return ix.Quantizer.checkRow(s, s.files[file].start+row, vector)
		}
		file -= len(s.files)
	}
	return errors.New("no segment has the file")
}

func (q *Quantizer) checkRow(s *Segment, ordinal uint32, vector []float32) error {
	slot := s.slots[ordinal]
	if aside := slices.Contains(s.odd, ordinal) || slices.Contains(s.lost, ordinal); aside != (q.nature(vector) != regular) || aside != (slot == noRow) {
		return errors.New("a vector that lists cannot have is in one, or one that they can is in none")
	} else if aside {
		return nil
	}
	block := slot / blockCodes
	list := sort.Search(len(s.lists), func(i int) bool { return s.lists[i].block > block }) - 1
	if list < 0 || int(block+1)*s.stride > len(s.blocks) {
		return fmt.Errorf("there is no code %d", slot)
	}
	bytes := s.blocks[int(block)*s.stride:][:s.stride]
	if at := s.rowOf(bytes, 0, int(slot%blockCodes)); at != ordinal {
		return fmt.Errorf("the code of row %d is of row %d", ordinal, at)
	}
	point := make([]float32, q.dims)
	q.enterRow(point, vector)
	c := code{signs: make([]byte, q.tables())}
	c.encode(point, q.centroid(list), q.kind == inner)
	factors := bytes[16*s.tables+4*int(slot%blockCodes):]
	if err := alike(c.add, float(factors), c.scale, float(factors[planeBytes:])); err != nil {
		return err
	}
	j, shift := place(int(slot % blockCodes))
	differ := 0
	for t, nibble := range c.signs {
		if bytes[16*t+j]>>shift&15 != nibble {
			differ++
		}
	}
	if differ > 1+len(c.signs)/50 {
		return fmt.Errorf("%d of %d parts of a code are wrong", differ, len(c.signs))
	}
	return q.checkFine(s, ordinal, point, list)
}

func (q *Quantizer) checkFine(s *Segment, ordinal uint32, point []float32, list int) error {
	if q.bits <= 1 {
		return nil
	}
	fine := s.fineOf(ordinal)
	if at := uint32At(fine[12:]); at != uint32(list) {
		return fmt.Errorf("a code of more bits is of list %d rather than %d", at, list)
	}
	c := fineCode{numbers: make([]byte, q.dims), residual: make([]float32, q.dims)}
	c.encode(point, q.centroid(list), q.bits, q.kind == inner)
	return alike(c.add, float(fine), c.scale, float(fine[4:]))
}

// alike tells whether the factors of two codes differ by no more than rounding.
func alike(add, storedAdd, scale, storedScale float32) error {
	near := func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-3*(1+math.Abs(float64(a))) }
	if near(add, storedAdd) && near(scale, storedScale) {
		return nil
	}
	return fmt.Errorf("factors of a code are %g and %g rather than %g and %g", storedAdd, storedScale, add, scale)
}
