package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/exec/gather"
)

// unordered tells windows of aggregates of whole partitions without an order: nothing is sorted for them.
func (w *Window) unordered() bool {
	for _, c := range w.Calls {
		if c.Aggregate == nil || !w.ofPartitions(c) {
			return false
		}
	}
	return len(w.Keys) == 0
}

// emitTotals yields the rows as they came, each with the aggregates of its partition. An error is not yielded yet.
func (w *Window) emitTotals(ctx context.Context, in *windowInput, yield func(arrow.RecordBatch, error) bool) error {
	var totals []arrow.Array
	defer func() { releaseAll(totals) }()
	at := 0
	for _, c := range w.Calls {
		n := len(c.exprs())
		total, err := in.totals(ctx, c, at)
		if err != nil {
			return err
		}
		totals = append(totals, total)
		at += n
	}
	for i, batch := range in.rows.batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		columns := append([]arrow.Array{}, batch.Columns()...)
		for _, t := range totals {
			columns = append(columns, gather.Rows(w.Mem, t, in.numbers[i]))
		}
		out := array.NewRecordBatch(w.schema, columns, batch.NumRows())
		releaseAll(columns[batch.NumCols():])
		if !emit(yield, out) {
			return nil
		}
	}
	return nil
}

// totals has a row for each partition: an aggregate whose arguments are computed from column at on.
func (in *windowInput) totals(ctx context.Context, c *WindowCall, at int) (arrow.Array, error) {
	acc := in.of.accumulator(c, in.partitions())
	defer acc.Release()
	var held int64
	for i, batch := range in.computed.batches {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		columns, rows, groups := batch.Columns()[at:], upTo(int(batch.NumRows())), in.numbers[i]
		if c.Filter != nil {
			rows, groups = passing(columns[len(c.Args)].(*array.Boolean), rows, groups)
		}
		if err := in.of.addRows(acc, columns[:len(c.Args)], rows, groups, c.Filter == nil); err != nil {
			return nil, err
		}
		if now := acc.Bytes(); now > held {
			if err := in.grow(now - held); err != nil {
				return nil, err
			}
			held = now
		}
	}
	return acc.Result()
}
