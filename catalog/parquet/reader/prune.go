package reader

import (
	"github.com/mediaflight/mediaflight/catalog"
)

// A pruner drops the row groups and pages of a file that a scan's predicates refute. What statistics do not tell for sure
// is kept: the scan's filter decides.
type pruner struct{ predicates []predicate }

// A predicate is one of the scan's, bound to its column.
type predicate struct {
	catalog.Predicate
	column  *binding
	compare comparer // nil if values of its type are not compared
}

// pruner binds the scan's predicates. Those on lists, structs and maps say nothing.
func (p *plan) pruner() (*pruner, error) {
	out := new(pruner)
	for _, pred := range p.spec.Scan.Prune {
		if err := p.bind(pred.Column); err != nil {
			return nil, err
		}
		if column := p.columns[pred.Column]; column.leaf != nil || column.field == nil {
			out.predicates = append(out.predicates, predicate{pred, column, comparerOf(column.Field.Type)})
		}
	}
	return out, nil
}

// prune returns the ranges of a row group's rows that are left.
func (p *pruner) prune(group *rowGroup, stats *catalog.ScanStats) []selection {
	stats.RowGroups.Add(1)
	if group.rows == 0 {
		return nil
	}
	left := []selection{{from: 0, to: group.rows}}
	for i := range p.predicates {
		pred := &p.predicates[i]
		if pred.refutesGroup(group) {
			stats.RowGroupsPruned.Add(1)
			return nil
		}
	}
	for i := range p.predicates {
		if pages, pruned := p.predicates[i].pages(group); pruned > 0 {
			stats.PagesPruned.Add(int64(pruned))
			left = intersect(left, pages)
		}
	}
	if len(left) == 0 {
		stats.RowGroupsPruned.Add(1)
	}
	return left
}

// refutesGroup says whether no row of the group fulfills the predicate.
func (p *predicate) refutesGroup(group *rowGroup) bool {
	if p.column.field == nil {
		return p.refutes(p.column.constantBounds(), 0)
	}
	c := group.chunks[p.column.leaf.Leaf]
	return p.refutes(p.column.chunkBounds(c), 0) || p.refutedByBloom(c)
}

// pages returns the ranges of rows in pages of the predicate's column that may fulfill it, and how many pages do not.
func (p *predicate) pages(group *rowGroup) (left []selection, pruned int) {
	if p.column.field == nil {
		return nil, 0
	}
	c := group.chunks[p.column.leaf.Leaf]
	if c.locate() != nil || !c.indexed || len(c.pages) < 2 {
		return nil, 0
	}
	bounds := p.column.pageBounds(c)
	if bounds == nil {
		return nil, 0
	}
	for i := range c.pages {
		if p.refutes(bounds, i) {
			pruned++
			continue
		}
		r := selection{from: c.pages[i].first, to: c.rowsFrom(i)}
		if n := len(left); n > 0 && left[n-1].to == r.from {
			left[n-1].to = r.to
		} else {
			left = append(left, r)
		}
	}
	return left, pruned
}

// intersect returns the rows that lie in ranges of both lists, which ascend.
func intersect(a, b []selection) []selection {
	var out []selection
	for len(a) > 0 && len(b) > 0 {
		if r := (selection{from: max(a[0].from, b[0].from), to: min(a[0].to, b[0].to)}); r.from < r.to {
			out = append(out, r)
		}
		if a[0].to < b[0].to {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

// refutes says whether bounds i, of a row group or a page, show that no row there fulfills the predicate.
func (p *predicate) refutes(b *bounds, i int) bool {
	switch p.Op {
	case catalog.IsNull:
		return b.nulls(i) == noNulls
	case catalog.IsNotNull:
		return b.nulls(i) == allNulls
	}
	if b.nulls(i) == allNulls {
		return true
	}
	if p.compare == nil || !b.known(i) {
		return false
	}
	for v := range p.Values.Len() {
		if !p.Values.IsNull(v) && !p.outside(b, i, v) {
			return false
		}
	}
	return true
}

// outside says whether value v of the predicate and bounds i show that no row fulfills it. NaN is greater than every
// number, as in PostgreSQL, and bounds say nothing about it: rows that hold it may fulfill >, >= and <>, and nothing
// follows for a predicate's own NaN.
func (p *predicate) outside(b *bounds, i, v int) bool {
	if b.floats && isNaN(p.Values, v) {
		return false
	}
	low, high := p.compare(b.low, i, p.Values, v), p.compare(b.high, i, p.Values, v)
	switch p.Op {
	case catalog.Eq, catalog.In:
		return low > 0 || high < 0
	case catalog.NotEq:
		return low == 0 && high == 0 && b.exact && !b.floats
	case catalog.Less:
		return low >= 0
	case catalog.LessEq:
		return low > 0
	case catalog.Greater:
		return high <= 0 && !b.floats
	case catalog.GreaterEq:
		return high < 0 && !b.floats
	}
	return false
}
