package reader

import (
	"github.com/mediaflight/mediaflight/catalog"
)

// A pruner drops what a scan's predicates refute.
type pruner struct {
	plan       *plan
	predicates []predicate
}

// A predicate is one of the scan's, bound to its column.
type predicate struct {
	catalog.Predicate
	column *binding
}

func (p *plan) pruner() (*pruner, error) {
	out := &pruner{plan: p}
	return out, nil
}

func (p *pruner) prune(group *rowGroup, stats *catalog.ScanStats) []selection {
	stats.RowGroups.Add(1)
	if group.rows == 0 {
		return nil
	}
	return []selection{{from: 0, to: group.rows}}
}
