package ivf

import (
	"math"
	"slices"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// pending are codes that do not exclude their rows, until these are measured.
type pending struct {
	codes  []uint64  // the segment above, the row's ordinal there below
	bounds []float32 // of the rows' scores, from below
}

func (p *pending) reset() { p.codes, p.bounds = p.codes[:0], p.bounds[:0] }

// enter prepares the query for lists. It is false if lists cannot answer it.
func (s *searcher) enter() bool {
	if !s.Quantizer.enterQuery(s.point, s.query.Vector) {
		return false
	}
	s.norm, s.shift = 0, 0
	if s.Quantizer.kind == inner {
		s.norm = simd.Dot(s.point, s.point)
		s.shift = 2 * simd.Dot(s.query.Vector, s.Quantizer.mean)
	}
	s.table.set(s.point)
	s.prepareFine()
	s.code(s.Index, s.view)
	s.seen.reset()
	s.pending.reset()
	s.tighten()
	return true
}

// tighten takes over the limit of distances as one of scores. Distances are rounded in other places than scores.
func (s *searcher) tighten() {
	s.limit = s.Quantizer.score(s.nearest.limit, s.shift)
}

// scale is the t of a reach for a k-th row of this score.
func (s *searcher) scale(score float64) float32 {
	if s.Quantizer.kind == inner {
		return float32(math.Sqrt(float64(s.norm)))
	}
	return float32(math.Sqrt(max(score, 0)))
}

// root is how a reach weighs the i-th nearest list.
func root(i int) float32 { return float32(math.Sqrt(float64(i + 1))) }

// far is the left side of a reach's condition but for the distances, for the i-th nearest list. Where a filter decides what is to
// choose from, not lists count but what they held, in lists of the usual number of rows to choose from: those without any say
// nothing. Lists that held more count as one: the rows that all have to choose from are as many there.
func (s *searcher) far(i int) float32 {
	if s.usual == 0 {
		return root(i)
	}
	return min(root(i), float32(math.Sqrt(float64(s.matched)/s.usual+1)))
}

// share is how many rows to choose from the i nearest lists held, compared to as many lists of the usual number of them.
func (s *searcher) share(i int) float64 {
	if s.usual == 0 {
		return 1
	}
	return float64(s.matched) / (s.usual * float64(i))
}

// probe scans lists, nearest first, as far as the effort reaches, and measures the rows that their codes do not exclude. It
// gives up when it has scanned a number of codes.
func (s *searcher) probe(e effort, budget int64) error {
	s.depart(e, budget)
	for i := range s.Quantizer.lists {
		near := s.near(i)
		if i == 0 {
			if err := s.arrive(near); err != nil {
				return err
			}
		} else if s.isFar(near, i) {
			break
		}
		if err := s.visit(near); err != nil || s.givenUp {
			return err
		}
	}
	return s.rerank()
}

// depart sets out for lists.
func (s *searcher) depart(e effort, budget int64) {
	s.effort, s.budget = e, budget
	s.givenUp, s.matched, s.visited, s.usual = false, 0, 0, 0
	s.lists = s.lists[:0]
	if e.n > 0 {
		codes := int64(0)
		for _, segment := range s.Segments {
			codes += segment.Codes()
		}
		s.usual = float64(codes) / float64(s.Quantizer.lists) * float64(s.query.Stats.Matches) / float64(s.view.rows)
	}
}

// near is the i-th nearest list.
func (s *searcher) near(i int) nearList {
	if i < len(s.lists) {
		return s.lists[i]
	}
	again := s.routed != s
	if again {
		s.route.start(s.point, &s.table)
		s.routed = s
	}
	s.route.extend(max(2*i, int(s.effort.probes/2)+4))
	if !again || i == 0 {
		s.lists = append(s.lists, s.route.sorted[i:]...)
		return s.lists[i]
	}
	// A longer way comes by the same lists, but not quite in the same order.
	known := s.keys[:0]
	for _, near := range s.lists {
		known = append(known, uint64(near.list))
	}
	slices.Sort(known)
	for _, near := range s.route.sorted {
		if _, ok := slices.BinarySearch(known, uint64(near.list)); !ok {
			s.lists = append(s.lists, near)
		}
	}
	s.keys, s.routed = known, nil
	return s.lists[i]
}

// arrive is due before the nearest list is visited.
func (s *searcher) arrive(nearest nearList) error {
	if s.Curve.beyond(nearest.distance) {
		s.effort.reach = inf
	}
	if s.effort.n > 0 || s.sights != nil {
		return s.findBase(nearest)
	}
	return nil
}

// isFar tells whether the i-th nearest list, i from 1, is beyond the effort's reach.
func (s *searcher) isFar(near nearList, i int) bool {
	s.broaden()
	t := s.scale(s.limit)
	return (near.rank-s.lists[0].rank)*s.far(i) > s.effort.within(t, s.base, s.share(i))*t
}

// baseRows is how many rows of the nearest list base goes by.
const baseRows = 10

// findBase measures the rows of the nearest list that look best, whether or not they are to choose from. The distance of
// the tenth is the base to which others compare.
func (s *searcher) findBase(near nearList) error {
	s.base = 0
	p := &s.pending
	chosen, limit := s.choice, s.limit
	s.choice, s.limit, s.looking = &s.whole, math.Inf(1), true
	err := s.scan(near)
	defer func() { s.choice, s.limit, s.looking = chosen, limit, false }()
	s.matched = 0
	if err != nil || len(p.codes) == 0 {
		return err
	}
	most := inf
	if len(p.codes) > baseRows+2 {
		s.sorted = append(s.sorted[:0], p.bounds...)
		most = nth(s.sorted, baseRows+1)
	}
	s.sorted = s.sorted[:0]
	for i, bound := range p.bounds {
		if bound > most || len(s.sorted) == 2*baseRows {
			continue
		}
		number := int(p.codes[i] >> 32)
		row, _, ok := s.lookUp(s.Segments[number], s.first[number], uint32(p.codes[i]))
		if !ok {
			continue
		}
		distance := s.distances[:1]
		s.rows = append(s.rows[:0], row)
		if err := s.view.vectors.Measure(s.measure(), s.rows, distance); err != nil {
			return err
		}
		s.rows = s.rows[:0]
		s.query.Stats.Reranked++
		s.sorted = append(s.sorted, s.scale(s.Quantizer.score(distance[0], s.shift)))
	}
	if len(s.sorted) > 0 {
		s.base = nth(s.sorted, min(baseRows, len(s.sorted))-1)
	}
	p.reset()
	if s.sights != nil {
		clear(s.sights)
	}
	return nil
}

// eager is how many of the first lists are measured at once, each to have a better limit for the next.
const eager = 4

// visit scans a list.
func (s *searcher) visit(near nearList) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if err := s.scan(near); err != nil {
		return err
	}
	s.visited++
	s.query.Stats.Probes++
	if s.givenUp = s.query.Stats.Codes > s.budget; s.givenUp {
		return nil
	}
	if len(s.pending.codes) >= 16 || s.visited <= eager {
		return s.rerank()
	}
	return nil
}

// scan looks at the codes of a list.
func (s *searcher) scan(near nearList) error {
	s.alone[0] = visit{near, s}
	return s.scanFor(s.alone[:])
}

func (s *searcher) consider(segment int, ordinal uint32, bound float32) {
	code := uint64(segment)<<32 | uint64(ordinal)
	if s.sights != nil {
		if _, ok := s.sights[code]; !ok {
			s.sights[code] = s.visited
		}
	}
	s.pending.codes = append(s.pending.codes, code)
	s.pending.bounds = append(s.pending.bounds, bound)
}

// rerank measures what is pending, by and by, the rows that look best first: what they leave of the limit leaves out others.
func (s *searcher) rerank() error {
	p := &s.pending
	s.keys = s.keys[:0]
	for i, bound := range p.bounds {
		s.keys = append(s.keys, uint64(sortable(bound))<<32|uint64(i))
	}
	step, measure := max(s.nearest.k+2, measuredAtOnce), s.measurePending
	if s.Quantizer.bits > 1 {
		step, measure = max(2*s.nearest.k, refinedAtOnce), s.refine
	}
	if s.nearest.k == 0 {
		step = len(s.keys)
	}
	for rest := s.within(s.keys); len(rest) > 0; rest = s.within(rest) {
		n := min(step, len(rest))
		if n < len(rest) {
			lowest(rest, n)
		}
		if err := measure(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	p.reset()
	return nil
}

// measuredAtOnce is how many rows are measured before the limit is looked at again: fewer would wait for memory one by one.
const measuredAtOnce = 16

// within keeps the rows whose bounds are not beyond the limit.
func (s *searcher) within(keys []uint64) []uint64 {
	most := uint64(sortable(float32(s.limit+1e-5*math.Abs(s.limit))))<<32 | math.MaxUint32
	n := 0
	for _, key := range keys {
		if keys[n] = key; key <= most {
			n++
		}
	}
	return keys[:n]
}

// newRow is the row that a code stands for, by its segment's number and its ordinal there. It is not ok if the row was seen before, or is
// none to choose from.
func (s *searcher) newRow(code uint64) (row uint64, address int64, ok bool) {
	if !s.seen.add(code) {
		return 0, 0, false
	}
	number := int(code >> 32)
	return s.lookUp(s.Segments[number], s.first[number], uint32(code))
}

func (s *searcher) measurePending(keys []uint64) error {
	for _, key := range keys {
		row, address, ok := s.newRow(s.pending.codes[uint32(key)])
		if !ok {
			continue
		}
		s.rows = append(s.rows, row)
		s.addresses = append(s.addresses, address)
		if len(s.rows) == chunk {
			if err := s.measureRows(); err != nil {
				return err
			}
		}
	}
	err := s.measureRows()
	s.tighten()
	return err
}
