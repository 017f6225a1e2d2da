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

func (j *NestedLoopJoin) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		var right build
		defer j.free()
		defer right.free()
		if err := right.hold(ctx, j, &j.holding, j.Mem, j.Right, func(arrow.RecordBatch) error { return nil }); err != nil {
			yield(nil, err)
			return
		}
		right.refs = right.allRefs()
		right.finish(j.Kind, j.Mem)
		if len(right.refs) == 0 && (j.Kind == InnerJoin || j.Kind == SemiJoin || j.Kind == RightJoin) {
			return
		}
		condition, err := newCheck(ctx, j.Condition, j.Left.Schema().NumFields(), &right, j.Mem)
		defer condition.free()
		if err != nil {
			yield(nil, err)
			return
		}
		p := &prober{check: condition, kind: j.Kind, schema: j.schema, left: j.Left.Schema().NumFields(), build: &right, rows: j.Rows, mem: j.Mem}
		pass := func(batch arrow.RecordBatch) bool { return emit(yield, batch) }
		var from, to []uint32
		for batch, err := range j.Left.Run(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			for len(from) < int(batch.NumRows()) {
				from, to = append(from, 0), append(to, uint32(len(right.refs)))
			}
			more, err := p.probe(ctx, batch, from, to, pass)
			if err != nil {
				yield(nil, err)
				return
			}
			if !more || j.Kind.onlyLeft() && !p.answered(batch, pass) {
				return
			}
		}
		if err := p.rest(ctx, j.Left.Schema(), pass); err != nil {
			yield(nil, err)
		}
	}
}
