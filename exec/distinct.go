package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// Distinct passes on each row the first time that it comes.
type Distinct struct {
	Input Operator
	Mem   memory.Allocator
	holding
}

func (d *Distinct) Schema() *arrow.Schema { return d.Input.Schema() }
func (d *Distinct) Inputs() []Operator    { return []Operator{d.Input} }
func (d *Distinct) String() string        { return "distinct" }

func (d *Distinct) Run(ctx context.Context) Batches {
	var types []arrow.DataType
	for _, f := range d.Schema().Fields() {
		types = append(types, f.Type)
	}
	seen, err := keys.NewTable(types)
	if err != nil {
		return failed(unsupported("distinct rows: %v", err))
	}
	var scratch keys.Scratch
	var ids, fresh []uint32
	first := func(_ context.Context, batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		n, before := int(batch.NumRows()), seen.Bytes()
		if cap(ids) < n {
			ids = make([]uint32, n)
		}
		fresh = seen.Insert(&scratch, batch.Columns(), n, ids[:n], fresh)
		if err := d.grow(d, seen.Bytes()-before); err != nil {
			return nil, err
		}
		if len(fresh) == n {
			batch.Retain()
			return batch, nil
		}
		return gather.Batch(d.Mem, batch, fresh), nil
	}
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer d.free()
		mapped(ctx, d.Input.Run(ctx), first)(yield)
	}
}
