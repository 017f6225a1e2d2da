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
	s.seen.reset()
	s.pending.reset()
	s.tighten()
	return true
}

// tighten takes over the limit of distances as one of scores. Distances are rounded in other places than scores.
func (s *searcher) tighten() {
	s.limit = s.Quantizer.score(s.nearest.limit, s.shift)
}

// probe scans the nearest lists. It measures what the bounds leave.
func (s *searcher) probe(probes int) error {
	s.route.find(s.Quantizer, s.point, probes)
	for i, near := range s.route.sorted {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if err := s.scan(near); err != nil {
			return err
		}
		if i == 0 {
			if err := s.seed(); err != nil {
				return err
			}
		} else if len(s.pending.rows) >= 32 || i < 4 {
			if err := s.rerank(); err != nil {
				return err
			}
		}
	}
	s.query.Stats.Probes += int64(len(s.route.sorted))
	return s.rerank()
}

// scan looks at the codes of a list.
func (s *searcher) scan(near nearList) error {
	first := 0
	for _, segment := range s.Segments {
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
			scan.Masks = masks
			for i := range masks {
				masks[i] = math.MaxUint32
			}
			scan.Limit = roundUp(s.limit, lift, near.distance)
			some := blocks[from*segment.stride:]
			simd.ScanCodes(some, s.codes)
			for b, mask := range masks {
				for ; mask != 0; mask &= mask - 1 {
					at := bits.TrailingZeros32(mask)
					s.consider(segment, first, segment.rowOf(some, b, at), scan.Bounds[blockCodes*b+at]+lift)
				}
			}
			scan.Masks = scan.Masks[:chunkBlocks]
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
	s.pending.rows = append(s.pending.rows, row)
	s.pending.addresses = append(s.pending.addresses, address)
	s.pending.bounds = append(s.pending.bounds, bound)
}

// seed measures the rows of the nearest list that look best, to have a limit for the others.
func (s *searcher) seed() error {
	return s.rerank()
}

// rerank measures what is pending.
func (s *searcher) rerank() error {
	p := &s.pending
	for i, bound := range p.bounds {
		if float64(bound) > s.limit+1e-5*math.Abs(s.limit) {
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
	p.reset()
	if err := s.measureRows(); err != nil {
		return err
	}
	s.tighten()
	return nil
}
