package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
)

// RangeJoin finds the right rows for each left row by inequalities, such as those of overlapping intervals, in a sorted index of
// the right rows. It splits with its left input.
type RangeJoin struct {
	Left, Right Operator
	Kind        JoinKind
	ranges      []joinRange
	Residual    eval.Expr // what else matches must fulfill, or nil
	Rows        int
	Mem         memory.Allocator
	holding

	schema *arrow.Schema
}

func (j *RangeJoin) Schema() *arrow.Schema { return j.schema }
func (j *RangeJoin) Inputs() []Operator    { return []Operator{j.Left, j.Right} }
func (j *RangeJoin) kind() JoinKind        { return j.Kind }

func (j *RangeJoin) String() string {
	text := "range " + j.Kind.String() + " on " + rangeTexts(j.ranges)
	if j.Residual != nil {
		text += " if " + j.Residual.String()
	}
	return text
}

func rangeTexts(ranges []joinRange) string {
	text := ranges[0].String()
	for _, r := range ranges[1:] {
		text += " AND " + r.String()
	}
	return text
}

// Splits as HashJoin does.
func (j *RangeJoin) Splits() bool { return splits(j.Left) && !j.Kind.keepsRight() }

func (j *RangeJoin) Parts(ctx context.Context) (*Parts, error) { return partsOfJoin(ctx, j.Left, j) }

func (j *RangeJoin) Run(ctx context.Context) Batches { return runJoin(ctx, j.Left, j) }

// prepare reads and sorts the right side.
func (j *RangeJoin) prepare(ctx context.Context) (preparedJoin, error) {
	t := &rangeTable{op: j}
	err := t.hold(ctx, j, &j.holding, j.Mem, j.Right, func(batch arrow.RecordBatch) error {
		return j.grow(j, batch.NumRows()*rangeIndexBytes*int64(len(j.ranges)))
	})
	if err != nil {
		return t, err
	}
	left := j.Left.Schema().NumFields()
	var rows []uint32
	if t.index, rows, err = newRangeIndex(ctx, j.ranges, left, &t.build, make([]uint32, t.rows), 1, j.Mem); err != nil {
		return t, err
	}
	all := t.allRefs()
	for _, row := range rows {
		t.refs = append(t.refs, all[row])
	}
	t.finish(j.Kind, j.Mem)
	t.residual, err = newCheck(ctx, j.Residual, left, &t.build, j.Mem)
	return t, err
}

// rangeTable is the right rows of a RangeJoin.
type rangeTable struct {
	build
	op       *RangeJoin
	index    *rangeIndex
	residual *check
}

func (t *rangeTable) matchesNothing() bool { return t.rows == 0 && t.op.Kind.needsRight() }

func (t *rangeTable) close() {
	t.residual.free()
	t.build.free()
	t.op.free()
}

func (t *rangeTable) join(ctx context.Context, left Batches) Batches {
	j := t.op
	l := &rangeLookup{index: t.index, mem: j.Mem}
	p := &prober{kind: j.Kind, schema: j.schema, left: j.Left.Schema().NumFields(), build: &t.build, check: t.residual, rows: j.Rows, mem: j.Mem,
		next: l.next}
	var from, to []uint32
	return p.joinAll(ctx, j.Left.Schema(), left, func(ctx context.Context, batch arrow.RecordBatch, yield func(arrow.RecordBatch) bool) (bool, error) {
		n := int(batch.NumRows())
		from, to = sized(from, n), sized(to, n)
		for i := range from {
			from[i], to[i] = 0, t.index.ends[0]
		}
		if err := l.narrow(ctx, batch, from, to); err != nil {
			return false, err
		}
		if j.Kind == AsOfJoin {
			l.nearest(from, to)
		}
		return p.join(ctx, batch, from, to, yield)
	})
}
