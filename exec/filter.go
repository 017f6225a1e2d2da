package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
)

// Filter passes on the rows for which a condition is true.
type Filter struct {
	Input     Operator
	Condition *eval.Condition
	Mem       memory.Allocator
}

func (f *Filter) Schema() *arrow.Schema { return f.Input.Schema() }
func (f *Filter) Inputs() []Operator    { return []Operator{f.Input} }
func (f *Filter) String() string        { return "filter " + f.Condition.String() }
func (f *Filter) Splits() bool          { return splits(f.Input) }

func (f *Filter) Run(ctx context.Context) Batches { return f.filter(ctx, f.Input.Run(ctx)) }

func (f *Filter) Parts(ctx context.Context) (*Parts, error) { return mapParts(ctx, f.Input, f.filter) }

func (f *Filter) filter(ctx context.Context, input Batches) Batches {
	var rows []uint32
	return mapped(ctx, input, func(ctx context.Context, batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		var err error
		if rows, err = f.Condition.Select(ctx, eval.Of(batch), rows[:0]); err != nil {
			return nil, err
		}
		if len(rows) == int(batch.NumRows()) {
			batch.Retain()
			return batch, nil
		}
		return gather.Batch(f.Mem, batch, rows), nil
	})
}
