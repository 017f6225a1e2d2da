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
	Reranked int64            `json:"reranked,omitempty"`
	// Uncovered is how many rows of files that the index does not cover were measured.
	Uncovered  int64  `json:"rows_uncovered"`
	Matches    *int64 `json:"rows_to_choose_from,omitempty"` // where not all are
	Remembered bool   `json:"row_set_remembered,omitempty"`
	Warning    string `json:"warning,omitempty"`

	uncovered atomic.Int64
}

// searched is nil if there is nothing to tell: the answer was to be exact.
func (s *vectorSearch) searched() *searchRun {
	if s.Recall <= 0 {
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
	r.Probes += s.Probes
	r.Codes += s.Codes
	r.Reranked += s.Reranked
}

func (r *searchRun) text() string {
	var b strings.Builder
	switch {
	case r.Index != "":
		fmt.Fprintf(&b, "index %s:", r.Index)
		for _, plan := range slices.Sorted(maps.Keys(r.Plans)) {
			fmt.Fprintf(&b, " %s", plan)
			if r.Queries > 1 {
				fmt.Fprintf(&b, " (%d)", r.Plans[plan])
			}
			b.WriteString(",")
		}
		fmt.Fprintf(&b, " probes=%d of %d codes=%d re-ranked=%d uncovered=%d", r.Probes, r.Lists, r.Codes, r.Reranked, r.Uncovered)
	case r.Exact != "":
		b.WriteString("exact: " + r.Exact)
	}
	if r.Matches != nil {
		fmt.Fprintf(&b, " rows to choose from=%d", *r.Matches)
		if r.Remembered {
			b.WriteString(" (remembered)")
		}
	}
	if r.Why != "" {
		b.WriteString("; " + r.Why)
	}
	if r.Warning != "" {
		b.WriteString("; warning: " + r.Warning)
	}
	return b.String()
}
