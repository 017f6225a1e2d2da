package ivf

import (
	"math"
)

// Plans are ways to answer a query. Names are what EXPLAIN ANALYZE shows.
const (
	planExact    = "exact over matching rows"
	planProbe    = "probe"
	planAll      = "all lists"
	planGivenUp  = "probe, then exact over matching rows"
	planTooShort = "probe, then exact as lists held too few rows"
)

// answer carries a plan out.
func (s *searcher) answer(e effort, budget int64) error {
	if s.query.Stats.Plan == planExact {
		if err := s.exact(); err != nil {
			return err
		}
		return s.end()
	}
	if err := s.probe(e, budget); err != nil {
		return err
	}
	if err := s.complete(); err != nil {
		return err
	}
	return s.end()
}

// plan chooses a plan, and how far to look through how many codes if it is to look through lists.
func (s *searcher) plan() (e effort, budget int64) {
	stats := &s.query.Stats
	matches := s.matches()
	stats.Matches = matches
	stats.Plan = planExact
	if s.query.Recall >= 1 || matches == 0 || s.query.NaNFirst && s.maybeNaN() || !s.enter() {
		return effort{}, 0
	}
	cost := s.costs()
	if s.query.K == 0 {
		return s.planRange(cost)
	}
	k := float64(s.query.K)
	e = s.Curve.effort(s.Quantizer.lists, s.query.Recall, k)
	if matches < s.view.rows {
		e = s.Curve.filtered(s.Quantizer.lists, s.query.Recall, k, float64(matches)/float64(s.view.rows))
	}
	stats.ExactCost = cost.row * float64(matches)
	stats.ProbeCost = cost.start + cost.list*float64(e.probes) + cost.code*float64(e.codes)
	if stats.ExactCost <= max(stats.ProbeCost, quick) && !s.probing {
		return e, 0
	}
	stats.Plan = planProbe
	if s.probing {
		return e, math.MaxInt64
	}
	return e, int64(stats.ExactCost / cost.code)
}

// complete is due when lists were probed. What they cannot answer is searched for exactly.
func (s *searcher) complete() error {
	stats := &s.query.Stats
	switch {
	case !s.givenUp && (s.query.K == 0 || s.nearest.full()):
		return s.aside()
	case s.givenUp:
		stats.Plan = planGivenUp
	default:
		stats.Plan = planTooShort
	}
	s.nearest.reset(s.query.K, s.query.Within)
	return s.exact()
}

// quick is how long an exact search may take that could have been a little quicker: it is certain.
const quick = 500_000

// costs are nanoseconds on one core of a server of 2025, whose ratios hold elsewhere well enough to choose by.
type costs struct {
	start float64 // entering a query and ranking the lists by their codes
	list  float64
	code  float64
	row   float64 // measuring a vector somewhere in a mapped file
}

func (s *searcher) costs() costs {
	dims := float64(s.Quantizer.dims)
	c := costs{list: 60 + 0.1*dims, code: 0.2 + 0.003*dims, row: 20 + 0.15*dims}
	c.start = 2000 + 4*dims + c.code*float64(s.Quantizer.lists)
	if s.among != nil {
		c.code++
	}
	return c
}

// maybeNaN tells whether there may be rows at a distance that is NaN.
func (s *searcher) maybeNaN() bool {
	for _, segment := range s.Segments {
		if len(segment.odd)+len(segment.lost) > 0 {
			return true
		}
	}
	return false
}

// matches is the number of rows to choose from.
func (s *searcher) matches() int64 {
	if s.among == nil {
		return s.view.rows
	}
	n := int64(0)
	for i, m := range s.among {
		n += count(m, int(s.view.files[i].rows))
	}
	return n
}
