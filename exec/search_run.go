package exec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/mediaflight/mediaflight/catalog"
)

// searchRun is how a vector search went, for EXPLAIN ANALYZE.
type searchRun struct {
	Index   string `json:"index,omitempty"`
	Exact   string `json:"exact_because,omitempty"` // why no index answered, though one might have
	Queries int64  `json:"queries,omitempty"`
	// Plans that the index chose, with how many queries took each; Why is what decided for the last query.
	Plans    map[string]int64 `json:"plans,omitempty"`
	Why      string           `json:"why,omitempty"`
	Lists    int64            `json:"lists,omitempty"`
	Probes   int64            `json:"probes,omitempty"`
	Codes    int64            `json:"codes,omitempty"`
	Refined  int64            `json:"refined,omitempty"`
	Reranked int64            `json:"reranked,omitempty"`
	// Uncovered is how many rows of files that the index does not cover were measured.
	Uncovered  int64  `json:"rows_uncovered"`
	Matches    *int64 `json:"rows_to_choose_from,omitempty"` // where not all are
	Remembered bool   `json:"row_set_remembered,omitempty"`
	Warning    string `json:"warning,omitempty"`
	// Screened is how many rows' codes an exact search looked at, over all queries, and Measured how many of them it measured.
	Screened int64 `json:"rows_screened,omitempty"`
	Measured int64 `json:"rows_measured,omitempty"`

	uncovered atomic.Int64
	plain     atomic.Int64 // rows measured in files that have no codes
}

// searched is nil if there is nothing to tell: the answer was to be exact, and all rows were measured.
func (s *vectorSearch) searched() *searchRun {
	if s.Recall <= 0 && s.run.Screened == 0 {
		return nil
	}
	s.run.Uncovered = s.run.uncovered.Load()
	return &s.run
}

func (r *searchRun) add(s *catalog.SearchStats) {
	if r.Plans == nil {
		r.Plans = map[string]int64{}
	}
	r.Plans[s.Plan]++
	r.Why, r.Lists = s.Why, s.Lists
	if s.ExactCost > 0 {
		r.Why = fmt.Sprintf("expected %.0f us by lists, %.0f us exact over %d rows", s.ProbeCost/1e3, s.ExactCost/1e3, s.Matches)
	}
	r.Probes += s.Probes
	r.Codes += s.Codes
	r.Refined += s.Refined
	r.Reranked += s.Reranked
}

func (r *searchRun) text() string {
	var parts []string
	if r.Index != "" {
		var plans []string
		for _, plan := range slices.Sorted(maps.Keys(r.Plans)) {
			if r.Queries > 1 {
				plan = fmt.Sprintf("%s (%d queries)", plan, r.Plans[plan])
			}
			plans = append(plans, plan)
		}
		parts = append(parts, fmt.Sprintf("index %s: %s", r.Index, strings.Join(plans, ", ")))
		refined := ""
		if r.Refined > 0 {
			refined = fmt.Sprintf(" refined=%d", r.Refined)
		}
		parts = append(parts, fmt.Sprintf("lists=%d probes=%d codes=%d%s re-ranked=%d uncovered=%d", r.Lists, r.Probes, r.Codes, refined, r.Reranked, r.Uncovered))
	}
	if r.Exact != "" {
		parts = append(parts, "exact: "+r.Exact)
	}
	if r.Screened > 0 {
		parts = append(parts, fmt.Sprintf("screened=%d measured=%d", r.Screened, r.Measured))
	}
	if r.Matches != nil {
		remembered := ""
		if r.Remembered {
			remembered = ", remembered"
		}
		parts = append(parts, fmt.Sprintf("choice of %d rows%s", *r.Matches, remembered))
	}
	if r.Why != "" {
		parts = append(parts, r.Why)
	}
	if r.Warning != "" {
		parts = append(parts, "warning: "+r.Warning)
	}
	return strings.Join(parts, "; ")
}
