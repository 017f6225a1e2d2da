package exec

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// A keyFilter has a scan below a join's left side drop the rows whose keys the right side lacks, before their other
// columns are decoded and carried to the join. The join sets the index when it has read the right side, and only then
// starts the left one.
type keyFilter struct {
	scan    *Scan
	columns []int // of the snapshot's schema: the join's keys, in their order
	index   *keys.Index
	mem     memory.Allocator

	seen, kept atomic.Int64
	scratch    sync.Pool
}

// trialRows is how many rows a key filter gets to show that it is worth its while: where more than three quarters of them
// match, looking each key up twice costs more than it spares.
const trialRows = 64 << 10

func (f *keyFilter) worthwhile() bool {
	seen := f.seen.Load()
	return seen < trialRows || f.kept.Load() < seen/4*3
}

// keyScratch is the memory of one look-up.
type keyScratch struct {
	keys.IndexScratch
	places []uint32
}

// keep drops those of the rows whose keys are missing, in place. columns are the snapshot's, of n rows.
func (f *keyFilter) keep(columns []arrow.Array, n int, rows []uint32) []uint32 {
	if len(rows) == 0 || !f.worthwhile() {
		return rows
	}
	s, _ := f.scratch.Get().(*keyScratch)
	if s == nil {
		s = &keyScratch{}
	}
	defer f.scratch.Put(s)
	few := len(rows) < n/2
	values := make([]arrow.Array, len(f.columns))
	for i, c := range f.columns {
		values[i] = columns[c]
		if few {
			values[i] = gather.Rows(f.mem, columns[c], rows)
			defer values[i].Release()
		}
	}
	f.seen.Add(int64(len(rows)))
	kept := rows[:0]
	if !few {
		kept = f.index.Keep(&s.IndexScratch, values, rows)
	} else {
		s.places = sized(s.places, len(rows))
		for i := range s.places {
			s.places[i] = uint32(i)
		}
		for _, at := range f.index.Keep(&s.IndexScratch, values, s.places) {
			kept = append(kept, rows[at])
		}
	}
	f.kept.Add(int64(len(kept)))
	return kept
}

// filterScans finds the scans that a join's left keys come from and gives each a key filter. There is none where a left row without
// a match is wanted, nor of a scan that has not all of the keys.
func filterScans(kind JoinKind, left Operator, joinKeys []JoinKey, mem memory.Allocator) []*keyFilter {
	if kind != InnerJoin && kind != SemiJoin && kind != RightJoin && !kind.onlyRight() {
		return nil
	}
	var filters []*keyFilter
	for i, k := range joinKeys {
		c, ok := k.Left.(*eval.Column)
		if !ok {
			return nil
		}
		sources := sourcesOf(left, c.Index)
		if i == 0 {
			for _, s := range sources {
				filters = append(filters, &keyFilter{scan: s.scan, columns: []int{s.column}, mem: mem})
			}
			continue
		}
		filters = slices.DeleteFunc(filters, func(f *keyFilter) bool {
			at := slices.IndexFunc(sources, func(s source) bool { return s.scan == f.scan })
			if at >= 0 {
				f.columns = append(f.columns, sources[at].column)
			}
			return at < 0
		})
	}
	for _, f := range filters {
		f.scan.keyFilters = append(f.scan.keyFilters, f)
	}
	return filters
}

// A source is a scan, and a column of its snapshot.
type source struct {
	scan   *Scan
	column int
}

// sourcesOf finds what a column comes from, through operators that come to the same with fewer rows: those whose value is not among
// the ones looked for may be dropped there. Several scans are sources of a column that a join keeps equal to others.
func sourcesOf(op Operator, column int) []source {
	switch op := plain(op).(type) {
	case *Scan:
		if column < len(op.Columns) {
			return []source{{op, op.Columns[column]}}
		}
	case *Filter:
		return sourcesOf(op.Input, column)
	case *Exchange:
		return sourcesOf(op.Input, column)
	case *Project:
		if c, ok := op.Exprs[column].(*eval.Column); ok {
			return sourcesOf(op.Input, c.Index)
		}
	case *Distinct:
		return sourcesOf(op.Input, column)
	case *HashAggregate: // rows with other keys are other groups
		if column < len(op.Keys) {
			if c, ok := op.Keys[column].(*eval.Column); ok {
				return sourcesOf(op.Input, c.Index)
			}
		}
	case *HashJoin:
		return op.sourcesOf(column)
	case *NestedLoopJoin:
		if column < op.Left.Schema().NumFields() && !op.Kind.keepsRight() {
			return sourcesOf(op.Left, column)
		}
	}
	return nil
}

// sourcesOf looks on both sides of a join for what a column comes from, or is equal to wherever rows match. Of a side, rows may be
// dropped that only match rows that are to be dropped too.
func (j *HashJoin) sourcesOf(column int) []source {
	if j.Kind.keepsRight() {
		return nil
	}
	left := j.Left.Schema().NumFields()
	if j.Kind.onlyRight() {
		column += left
	}
	var found []source
	switch {
	case column < left:
		found = sourcesOf(j.Left, column)
	case !j.Kind.keepsLeft():
		found = sourcesOf(j.Right, column-left)
	}
	for _, k := range j.Keys {
		l, ok := k.Left.(*eval.Column)
		r, isColumn := k.Right.(*eval.Column)
		switch {
		case !ok || !isColumn:
		case l.Index == column && j.Kind != MarkJoin: // to which a NULL matters that matches nothing
			found = append(found, sourcesOf(j.Right, r.Index-left)...)
		case r.Index == column && !j.Kind.keepsLeft():
			found = append(found, sourcesOf(j.Left, l.Index)...)
		}
	}
	return found
}
