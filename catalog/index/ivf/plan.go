package ivf

import (
	"fmt"
)

// A plan is a way to answer a query.
type plan struct {
	name, why string
	run       func(*searcher) error
}

// plan chooses.
func (s *searcher) plan() plan {
	matches := s.matches()
	exact := plan{"exact over matching rows", fmt.Sprintf("%d rows match", matches), (*searcher).exact}
	if s.query.Recall >= 1 || !s.enter() || matches <= 2000 {
		return exact
	}
	probes := s.Curve.probes(s.Quantizer.lists, s.query.Recall, float64(s.query.K))
	return plan{"probe", "", func(s *searcher) error {
		if err := s.probe(probes); err != nil {
			return err
		}
		if s.query.K == 0 || !s.nearest.full() {
			s.nearest.reset(s.query.K, s.query.Within)
			return s.exact()
		}
		return s.aside()
	}}
}

// matches is the number of rows to choose from.
func (s *searcher) matches() int64 {
	if s.among == nil {
		return s.view.rows
	}
	n := int64(0)
	for i, m := range s.among {
		n += count(m.words, int(s.view.files[i].rows))
	}
	return n
}
