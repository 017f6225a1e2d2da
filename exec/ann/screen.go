package ann

import (
	"context"
	"unsafe"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf/screen"
)

// A Screen searches as a Batch does, and finds the same rows, but measures only those that the codes of their vectors do not
// tell to be farther than the k-th nearest so far. It is used by one goroutine.
type Screen struct {
	*Batch
	queries []screened
	groups  []*screen.Group // of the first queries; the others are screened alone

	// Rows and Measured add up, over the queries, how many rows were looked at and how many of them were measured.
	Rows, Measured int64
	// Poor says that for some query so many rows were left that all others were measured without asking the codes.
	Poor bool

	left     []uint32
	lefts    [screen.Together][]uint32
	pointers [chunk]unsafe.Pointer
	found    [chunk]int64
}

// A screened is a query's part of it.
type screened struct {
	query          *screen.Query
	rows, measured int
}

// NewScreen prepares a search by a batch's queries. It is nil if one of them cannot be screened by vectors of dim elements.
func NewScreen(b *Batch, dim int) *Screen {
	s := &Screen{Batch: b, queries: make([]screened, len(b.searches))}
	for i, e := range b.searches {
		if e.measure == nil || len(e.measure.Query()) != dim {
			return nil
		}
		m := e.measure
		if s.queries[i].query = screen.NewQuery(m.Metric().Name, e.order.Descending, m.Query()); s.queries[i].query == nil {
			return nil
		}
	}
	for i := 0; i+screen.Together <= len(s.queries); i += screen.Together {
		var group [screen.Together]*screen.Query
		for j := range group {
			group[j] = s.queries[i+j].query
		}
		s.groups = append(s.groups, screen.NewGroup(group))
	}
	return s
}

// Add offers rows of a data file, each by its address: that of the file's first row is base, the others' follow it. Addresses
// ascend.
func (s *Screen) Add(ctx context.Context, vectors catalog.CodedVectors, base int64, addresses []int64) error {
	for len(addresses) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := run(addresses)
		for i := range s.groups {
			if err := s.addTogether(i, vectors, base, addresses[:n]); err != nil {
				return err
			}
		}
		for i := len(s.groups) * screen.Together; i < len(s.queries); i++ {
			if err := s.add(i, vectors, base, addresses[:n]); err != nil {
				return err
			}
		}
		addresses = addresses[n:]
	}
	return nil
}

// run is how many of the first addresses follow each other, a chunk at most.
func run(addresses []int64) int {
	n := min(len(addresses), chunk)
	if addresses[n-1]-addresses[0] == int64(n-1) {
		return n
	}
	for n = 1; addresses[n] == addresses[n-1]+1; {
		n++
	}
	return n
}

const (
	// judged is how many rows, and how many times the rows wanted, show whether the codes are any good: the first ones are
	// measured whatever their codes are.
	judged, judgedTimes = 8 << 10, 16
	// mostLeft is the share of rows, one in so many, from which on measuring all is faster: a row costs a quarter more where
	// others around it are left out, and its code another quarter.
	mostLeft = 3
)

// add offers addresses that follow each other, at most a chunk of them.
func (s *Screen) add(query int, vectors catalog.CodedVectors, base int64, addresses []int64) error {
	q, e := &s.queries[query], s.searches[query]
	from, n := int(addresses[0]-base), len(addresses)
	if s.isPoor(query) {
		s.Rows += int64(n)
		s.Poor = true
		return s.addAll(e, vectors, int64(from), addresses)
	}
	s.left = q.query.Among(vectors.Codes, from, from+n, e.worst, s.left[:0])
	return s.addLeft(query, vectors, base, n, s.left)
}

// addTogether does for the queries of a group what add does for one.
func (s *Screen) addTogether(group int, vectors catalog.CodedVectors, base int64, addresses []int64) error {
	first := group * screen.Together
	var limits [screen.Together]float64
	for i := range limits {
		if s.isPoor(first + i) {
			return s.addEach(first, vectors, base, addresses)
		}
		limits[i] = s.searches[first+i].worst
		s.lefts[i] = s.lefts[i][:0]
	}
	from, n := int(addresses[0]-base), len(addresses)
	s.groups[group].Among(vectors.Codes, from, from+n, &limits, &s.lefts)
	for i, left := range s.lefts {
		if err := s.addLeft(first+i, vectors, base, n, left); err != nil {
			return err
		}
	}
	return nil
}

// addEach adds for the queries of a group one by one.
func (s *Screen) addEach(first int, vectors catalog.CodedVectors, base int64, addresses []int64) error {
	for i := range screen.Together {
		if err := s.add(first+i, vectors, base, addresses); err != nil {
			return err
		}
	}
	return nil
}

// isPoor says whether the codes have left so many rows for a query that measuring all is faster.
func (s *Screen) isPoor(query int) bool {
	q, e := &s.queries[query], s.searches[query]
	return q.measured*mostLeft > q.rows && q.rows >= judged+judgedTimes*e.k
}

// addLeft measures what n codes left.
func (s *Screen) addLeft(query int, vectors catalog.CodedVectors, base int64, n int, left []uint32) error {
	q := &s.queries[query]
	s.Rows += int64(n)
	q.rows += n
	q.measured += len(left)
	for i, row := range left {
		s.found[i] = base + int64(row)
	}
	return s.measure(s.searches[query], vectors, base, s.found[:len(left)])
}

// addAll measures all rows, as they lie.
func (s *Screen) addAll(e *Exact, vectors catalog.CodedVectors, from int64, addresses []int64) error {
	n := len(addresses)
	first, err := vectors.At(from)
	if err != nil {
		return err
	}
	last, err := vectors.At(from + int64(n) - 1)
	if err != nil {
		return err
	}
	size := 4 * vectors.Codes.Dim()
	if uintptr(last)-uintptr(first) != uintptr((n-1)*size) { // they lie in several pages
		return s.measure(e, vectors, addresses[0]-from, addresses)
	}
	e.measure.Rows(unsafe.Slice((*byte)(first), n*size), e.distances[:n])
	e.AddAll(e.distances[:n], addresses)
	s.Measured += int64(n)
	return nil
}

// measure offers rows that lie anywhere.
func (s *Screen) measure(e *Exact, vectors catalog.CodedVectors, base int64, addresses []int64) error {
	n := len(addresses)
	for i, a := range addresses {
		var err error
		if s.pointers[i], err = vectors.At(a - base); err != nil {
			return err
		}
	}
	e.measure.Gather(s.pointers[:n], e.distances[:n])
	e.AddAll(e.distances[:n], addresses)
	s.Measured += int64(n)
	return nil
}
