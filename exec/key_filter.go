package exec

import (
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// A keyFilter has the scan below a join's left side drop the rows whose keys the right side lacks, before their other
// columns are decoded and carried to the join. The join sets the index when it has read the right side, and only then
// starts the left one.
type keyFilter struct {
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

// filterScan finds the scan that a join's left keys come from and gives it a key filter. It is nil where a left row without
// a match is wanted, and where the keys are not columns of one scan.
func filterScan(kind JoinKind, left Operator, joinKeys []JoinKey, mem memory.Allocator) *keyFilter {
	if kind != InnerJoin && kind != SemiJoin && kind != RightJoin && !kind.onlyRight() {
		return nil
	}
	f := &keyFilter{mem: mem}
	var scan *Scan
	for _, k := range joinKeys {
		c, ok := k.Left.(*eval.Column)
		if !ok {
			return nil
		}
		source, column := sourceOf(left, c.Index)
		if source == nil || scan != nil && source != scan {
			return nil
		}
		scan = source
		f.columns = append(f.columns, column)
	}
	scan.keyFilters = append(scan.keyFilters, f)
	return f
}

// sourceOf finds the scan, and the column of its snapshot, that a column comes from unchanged, through operators that do
// the same with fewer rows. It is nil if there is none.
func sourceOf(op Operator, column int) (*Scan, int) {
	switch op := plain(op).(type) {
	case *Scan:
		if column < len(op.Columns) {
			return op, op.Columns[column]
		}
	case *Filter:
		return sourceOf(op.Input, column)
	case *Exchange:
		return sourceOf(op.Input, column)
	case *Project:
		if c, ok := op.Exprs[column].(*eval.Column); ok {
			return sourceOf(op.Input, c.Index)
		}
	case *Distinct:
		return sourceOf(op.Input, column)
	case *HashAggregate: // rows with other keys are other groups
		if column < len(op.Keys) {
			if c, ok := op.Keys[column].(*eval.Column); ok {
				return sourceOf(op.Input, c.Index)
			}
		}
	case *HashJoin:
		if op.Kind.onlyRight() {
			return sourceOf(op.Right, column)
		}
		if op.Kind == InnerJoin {
			column = op.leftTwin(column)
		}
		if column < op.Left.Schema().NumFields() && !op.Kind.keepsRight() {
			return sourceOf(op.Left, column)
		}
	case *NestedLoopJoin:
		if column < op.Left.Schema().NumFields() && !op.Kind.keepsRight() {
			return sourceOf(op.Left, column)
		}
	}
	return nil, 0
}

// leftTwin is the left column that an inner join keeps equal to a right one, or the column itself.
func (j *HashJoin) leftTwin(column int) int {
	for _, k := range j.Keys {
		left, ok := k.Left.(*eval.Column)
		if right, isColumn := k.Right.(*eval.Column); ok && isColumn && right.Index == column {
			return left.Index
		}
	}
	return column
}
