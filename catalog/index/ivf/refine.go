package ivf

import (
	"math"
	"slices"
	"unsafe"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A refinement is the scratch of looking at the fine codes of rows.
type refinement struct {
	rows      []uint64
	addresses []int64
	codes     [][]byte
	numbers   []unsafe.Pointer // of codes
	dots      []float32
	keys      []uint64 // the bound of a row above, its place below
}

// refinedAtOnce is how many fine codes are looked at before the limit is.
const refinedAtOnce = 64

// measuredRefined is how many rows are measured before the limit is looked at again. Fine codes tell so well which are the
// nearest that more would be measured in vain.
const measuredRefined = 8

// prepareFine is due when the query's point is known.
func (s *searcher) prepareFine() {
	if s.Quantizer.bits <= 1 {
		return
	}
	if s.away == nil {
		s.away = make([]float32, s.Quantizer.lists)
	}
	for i := range s.away {
		s.away[i] = float32(math.NaN())
	}
	sum, size := 0.0, 0.0
	for _, x := range s.point {
		sum += float64(x)
		size += math.Abs(float64(x))
	}
	s.toSteps = -float32(sum * float64(middle(s.Quantizer.bits)))
	s.toSteps += float32(2e-7 * size * float64(int(1)<<s.Quantizer.bits)) // what rounding may take from sums
}

// refine measures those of pending rows that their fine codes do not exclude, the nearest first.
func (s *searcher) refine(keys []uint64) error {
	for len(keys) > 0 {
		n := min(len(keys), chunk)
		s.look(keys[:n])
		if err := s.measureRefined(); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// look finds the bounds that the fine codes of pending rows give.
func (s *searcher) look(keys []uint64) {
	r := &s.refinement
	r.rows, r.addresses, r.codes, r.numbers, r.keys = r.rows[:0], r.addresses[:0], r.codes[:0], r.numbers[:0], r.keys[:0]
	for _, key := range keys {
		code := s.pending.codes[uint32(key)]
		row, address, ok := s.newRow(code)
		if !ok {
			continue
		}
		fine := s.Segments[code>>32].fineOf(uint32(code))
		r.rows, r.addresses = append(r.rows, row), append(r.addresses, address)
		r.codes = append(r.codes, fine)
		r.numbers = append(r.numbers, unsafe.Pointer(unsafe.SliceData(fine[fineHeader:])))
	}
	if len(r.rows) > len(r.dots) {
		r.dots = make([]float32, chunk)
	}
	simd.DotPacked(s.point, r.numbers, s.Quantizer.bits, r.dots[:len(r.rows)])
	for i, fine := range r.codes {
		r.keys = append(r.keys, uint64(sortable(s.fineBound(fine, r.dots[i])))<<32|uint64(i))
	}
	clear(r.codes) // they may keep memory
	clear(r.numbers)
	s.query.Stats.Refined += int64(len(r.rows))
}

// fineBound is a row's least score, by its fine code and the inner product of the query and the code's numbers.
func (s *searcher) fineBound(fine []byte, dot float32) float32 {
	list := int(uint32At(fine[12:]))
	if list >= s.Quantizer.lists {
		return -inf // the code is damaged, and tells nothing
	}
	away := s.away[list]
	if away != away {
		away = simd.L2Squared(s.point, s.Quantizer.centroid(list))
		s.away[list] = away
	}
	add, scale, spread := float(fine), float(fine[4:]), float(fine[8:])
	bound := away + add + scale*(dot+s.toSteps+spread*float32(math.Sqrt(float64(away)))) - 1e-5*away - 1e-6*abs(add)
	if s.Quantizer.kind == inner {
		bound -= s.norm
	}
	return bound
}

func (s *searcher) measureRefined() error {
	r := &s.refinement
	slices.Sort(r.keys)
	for rest := s.within(r.keys); len(rest) > 0; rest = s.within(rest) {
		n := min(max(s.nearest.k-len(s.nearest.heap), measuredRefined), len(rest))
		if s.nearest.k == 0 {
			n = len(rest)
		}
		for _, key := range rest[:n] {
			i := uint32(key)
			if err := s.offer(r.rows[i], r.addresses[i]); err != nil {
				return err
			}
		}
		if err := s.measureRows(); err != nil {
			return err
		}
		s.tighten()
		rest = rest[n:]
	}
	return nil
}
