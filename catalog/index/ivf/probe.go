package ivf

import (
	"math"
	"math/bits"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// pending are rows whose codes do not exclude them, until they are measured.
type pending struct {
	rows      []uint64
	addresses []int64
	bounds    []float32 // of their scores, from below
	sorted    []float32 // scratch
}

func (p *pending) reset() {
	p.rows, p.addresses, p.bounds = p.rows[:0], p.addresses[:0], p.bounds[:0]
}

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
	s.chooseCodes()
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

// far is the left side of a reach's condition but for the distances. Where a filter decides what is to choose from, not lists
// count but what they held, in lists of the usual number of rows to choose from: those without any say nothing.
func (s *searcher) far() float32 {
	if s.usual == 0 {
		return root(s.visited)
	}
	return float32(math.Sqrt(float64(s.matched)/s.usual + 1))
}

// probe scans lists, nearest first, as far as the effort reaches, and measures the rows that their codes do not exclude. It
// gives up when it has scanned a number of codes.
func (s *searcher) probe(e effort, budget int64) error {
	s.givenUp, s.matched, s.usual = false, 0, 0
	if e.n > 0 {
		codes := int64(0)
		for _, segment := range s.Segments {
			codes += segment.Codes()
		}
		s.usual = float64(codes) / float64(s.Quantizer.lists) * float64(s.query.Stats.Matches) / float64(s.view.rows)
	}
	s.visited = 0
	s.route.start(s.point)
	for i := range s.Quantizer.lists {
		if i == len(s.route.sorted) {
			s.route.extend(max(2*i, int(e.probes/2)+4))
		}
		near := s.route.sorted[i]
		if i == 0 {
			if s.Curve.beyond(near.distance) {
				e.reach = inf
			}
			if e.n > 0 || s.sights != nil {
				if err := s.findBase(near); err != nil {
					return err
				}
			}
		} else if t := s.scale(s.limit); (near.rank-s.route.sorted[0].rank)*s.far() > e.within(t, s.base)*t {
			break
		}
		if err := s.visit(near); err != nil {
			return err
		}
		if s.query.Stats.Codes > budget {
			s.givenUp = true
			return nil
		}
	}
	return s.rerank()
}

// baseRows is how many rows of the nearest list base goes by.
const baseRows = 10

// findBase measures the rows of the nearest list that look best, whether or not they are to choose from. The distance of
// the tenth is the base to which others compare.
func (s *searcher) findBase(near nearList) error {
	s.base = 0
	p := &s.pending
	live, among, limit := s.live, s.among, s.limit
	s.live, s.among, s.limit, s.looking = s.everything[:len(live)], nil, math.Inf(1), true
	err := s.scan(near)
	s.live, s.among, s.limit, s.looking = live, among, limit, false
	s.matched = 0
	if err != nil || len(p.rows) == 0 {
		return err
	}
	most := inf
	if len(p.rows) > baseRows+2 {
		p.sorted = append(p.sorted[:0], p.bounds...)
		most = nth(p.sorted, baseRows+1)
	}
	p.sorted = p.sorted[:0]
	for i, bound := range p.bounds {
		if bound > most || len(p.sorted) == 2*baseRows {
			continue
		}
		distance := s.distances[:1]
		if err := s.view.vectors.Measure(s.measure, p.rows[i:i+1], distance); err != nil {
			return err
		}
		s.query.Stats.Reranked++
		p.sorted = append(p.sorted, s.scale(s.Quantizer.score(distance[0], s.shift)))
	}
	s.base = nth(p.sorted, min(baseRows, len(p.sorted))-1)
	p.reset()
	s.seen.reset()
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
	if len(s.pending.rows) >= 16 || s.visited <= eager {
		return s.rerank()
	}
	return nil
}

// scan looks at the codes of a list.
func (s *searcher) scan(near nearList) error {
	first := 0
	for i, segment := range s.Segments {
		blocks, n := segment.codesOf(near.list)
		away := float32(math.Sqrt(float64(max(near.distance, 0))))
		scan := &s.codes[0]
		scan.Delta = s.route.table.delta
		scan.Offset = s.route.table.offset + segment.lists[near.list].spread*away
		lift := near.distance
		if s.Quantizer.kind == inner {
			lift -= s.norm
		}
		for from := 0; from < n; from += chunkBlocks {
			masks := scan.Masks[:min(chunkBlocks, n-from)]
			some := blocks[from*segment.stride:]
			scan.Masks = masks
			s.matched += s.live[i].mask(segment, some, masks)
			scan.Limit = roundUp(s.limit, lift, near.distance)
			simd.ScanCodes(some, s.codes)
			for b, mask := range masks {
				for ; mask != 0; mask &= mask - 1 {
					at := bits.TrailingZeros32(mask)
					s.consider(segment, first, segment.rowOf(some, b, at), scan.Bounds[blockCodes*b+at]+lift)
				}
			}
			scan.Masks = scan.Masks[:chunkBlocks]
			if len(s.pending.rows) >= 4*chunk && !s.looking {
				if err := s.rerank(); err != nil {
					return err
				}
			}
		}
		s.query.Stats.Codes += int64(segment.lists[near.list].codes)
		first += len(segment.files)
	}
	return nil
}

// roundUp is the limit of a list's bounds, above what rounding may do to them.
func roundUp(limit float64, lift, size float32) float32 {
	return float32((limit - float64(lift)) + 1e-5*(math.Abs(limit)+float64(size)))
}

func (s *searcher) consider(segment *Segment, first int, ordinal uint32, bound float32) {
	row, address, ok := s.lookUp(segment, first, ordinal)
	if !ok || !s.seen.add(row) {
		return
	}
	if s.sights != nil {
		s.sights[row] = s.visited
	}
	s.pending.rows = append(s.pending.rows, row)
	s.pending.addresses = append(s.pending.addresses, address)
	s.pending.bounds = append(s.pending.bounds, bound)
}

// rerank measures what is pending: first the rows that look best, so that there is a limit by which to leave out others.
func (s *searcher) rerank() error {
	p := &s.pending
	if len(p.rows) == 0 {
		return nil
	}
	limit := inf
	if most := s.nearest.k + 2; !s.nearest.full() && s.nearest.k > 0 && len(p.rows) > 2*most {
		p.sorted = append(p.sorted[:0], p.bounds...)
		limit = nth(p.sorted, most)
		if err := s.measurePending(func(bound float32) bool { return bound <= limit }); err != nil {
			return err
		}
		if err := s.measurePending(func(bound float32) bool { return bound > limit }); err != nil {
			return err
		}
	} else if err := s.measurePending(func(float32) bool { return true }); err != nil {
		return err
	}
	p.reset()
	return nil
}

func (s *searcher) measurePending(choose func(bound float32) bool) error {
	p := &s.pending
	for i, bound := range p.bounds {
		if !choose(bound) || float64(bound) > s.limit+1e-5*math.Abs(s.limit) {
			continue
		}
		s.rows = append(s.rows, p.rows[i])
		s.addresses = append(s.addresses, p.addresses[i])
		if len(s.rows) == chunk {
			if err := s.measureRows(); err != nil {
				return err
			}
			s.tighten()
		}
	}
	err := s.measureRows()
	s.tighten()
	return err
}
