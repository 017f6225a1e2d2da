package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
)

// NestedLoopJoin compares each left row with each right row: for conditions that are no equality, and for the cross
// product, which has none.
type NestedLoopJoin struct {
	Left, Right Operator
	Kind        JoinKind
	Condition   eval.Expr // over left columns and then right ones; nil for the cross product
	Rows        int
	Mem         memory.Allocator
	holding

	schema *arrow.Schema
}

func (j *NestedLoopJoin) Schema() *arrow.Schema { return j.schema }
func (j *NestedLoopJoin) Inputs() []Operator    { return []Operator{j.Left, j.Right} }
func (j *NestedLoopJoin) kind() JoinKind        { return j.Kind }

func (j *NestedLoopJoin) String() string {
	if j.Condition == nil && j.Kind == InnerJoin {
		return "cross join"
	}
	text := "nested loop " + j.Kind.String()
	if j.Condition != nil {
		text += " on " + j.Condition.String()
	}
	return text
}

// Splits as HashJoin does.
func (j *NestedLoopJoin) Splits() bool { return splits(j.Left) && !j.Kind.keepsRight() }

func (j *NestedLoopJoin) Parts(ctx context.Context) (*Parts, error) {
	return partsOfJoin(ctx, j.Left, j)
}

func (j *NestedLoopJoin) Run(ctx context.Context) Batches { return runJoin(ctx, j.Left, j) }

// prepare reads the right side.
func (j *NestedLoopJoin) prepare(ctx context.Context) (preparedJoin, error) {
	t := &rightRows{op: j}
	if err := t.hold(ctx, j, &j.holding, j.Mem, j.Right, func(arrow.RecordBatch) error { return nil }); err != nil {
		return t, err
	}
	t.refs = t.allRefs()
	t.finish(j.Kind, j.Mem)
	var err error
	t.condition, err = newCheck(ctx, j.Condition, j.Left.Schema().NumFields(), &t.build, j.Mem)
	return t, err
}

// rightRows are the right rows of a NestedLoopJoin.
type rightRows struct {
	build
	op        *NestedLoopJoin
	condition *check
}

func (t *rightRows) matchesNothing() bool { return t.rows == 0 && t.op.Kind.needsRight() }

func (t *rightRows) close() {
	t.condition.free()
	t.build.free()
	t.op.free()
}

func (t *rightRows) join(ctx context.Context, left Batches) Batches {
	j := t.op
	p := &prober{check: t.condition, kind: j.Kind, schema: j.schema, left: j.Left.Schema().NumFields(), build: &t.build, rows: j.Rows, mem: j.Mem}
	var from, to []uint32
	return p.joinAll(ctx, j.Left.Schema(), left, func(ctx context.Context, batch arrow.RecordBatch, yield func(arrow.RecordBatch) bool) (bool, error) {
		for len(from) < int(batch.NumRows()) {
			from, to = append(from, 0), append(to, uint32(len(t.refs)))
		}
		return p.join(ctx, batch, from, to, yield)
	})
}
