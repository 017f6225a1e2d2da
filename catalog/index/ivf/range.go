package ivf

import "math"

// A search for all rows within a distance r looks as far as one for the k nearest rows would whose k-th is at r. How many those
// are shows as it goes on: reaches are of the number found so far, of all rows if a filter lets only some through. So the
// recall that the curve was measured for holds for ranges as it does for the k nearest rows.

// planRange chooses a plan for a search for all rows within a distance.
func (s *searcher) planRange(cost costs) (effort, int64) {
	stats := &s.query.Stats
	filtered := stats.Matches < s.view.rows
	if s.Curve == nil || math.IsInf(s.query.Within, 1) || filtered && s.Quantizer.kind == inner {
		// The lists nearest by inner product hold long rows: few of those that a filter leaves may be among them.
		stats.Plan = planAll
		return effort{reach: inf, probes: float32(s.Quantizer.lists)}, math.MaxInt64
	}
	e := s.reachFor(minFound)
	if filtered {
		// What a filter leaves may have to do with the query: how far the range is tells, compared to rows in the nearest list.
		share := float64(stats.Matches) / float64(s.view.rows)
		marks := s.Curve.filtered(s.Quantizer.lists, s.query.Recall, minFound, share)
		e.marks, e.n = marks.marks, marks.n
	}
	stats.ExactCost = cost.row * float64(stats.Matches)
	stats.ProbeCost = cost.start + cost.list*float64(e.probes) + cost.code*float64(e.codes)
	if stats.ExactCost <= max(stats.ProbeCost, quick/10) && !s.probing {
		return e, 0
	}
	stats.Plan = planProbe
	if s.probing {
		return e, math.MaxInt64
	}
	return e, int64(stats.ExactCost / cost.code)
}

// reachFor is the effort for so many rows to be found. The more there are, the farther apart they lie: the farthest of them are
// behind other lists than the average one, and codes cost little compared to measuring that many rows. So fewer misses are allowed
// for, half of them for a hundred rows and a third for a thousand.
func (s *searcher) reachFor(found int) effort {
	s.reconsider = max(2*found, minFound)
	found = max(found, minFound)
	if int64(found) > s.query.Stats.Matches/large {
		return effort{reach: inf, probes: float32(s.Quantizer.lists)}
	}
	misses := (1 - s.query.Recall) / (1 + max(math.Log10(float64(found)/10), 0))
	return s.Curve.effort(s.Quantizer.lists, 1-misses, float64(found)*float64(s.view.rows)/float64(max(s.query.Stats.Matches, 1)))
}

// large is the share of rows from which on a range is so large that its rows may be anywhere.
const large = 20

// minFound is how many rows a range search looks for before it has found any.
const minFound = 4

// broaden has a range search look further if it has found many more rows than it was to look for.
func (s *searcher) broaden() {
	if n := len(s.nearest.heap); s.query.K == 0 && s.query.Stats.Plan == planProbe && n >= s.reconsider {
		s.effort.reach = max(s.effort.reach, s.reachFor(n).reach)
	}
}
