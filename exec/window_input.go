package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// windowInput is all rows of a window's input, each with the number of its partition.
type windowInput struct {
	of       *Window
	rows     held
	computed held        // what was computed for the rows: see Window.computed
	table    *keys.Table // numbers the partitions; nil if there is one
	numbers  [][]uint32  // of each batch's rows
	sorter   sorter

	scratch keys.Scratch
	fresh   []uint32
}

func (in *windowInput) release() {
	in.rows.release()
	in.computed.release()
	in.sorter.release()
}

// computed are the expressions that are computed for each row and wanted in sorted order: the key, if limits of frames are
// compared with it, and what the calls take.
func (w *Window) computed() []eval.Expr {
	var exprs []eval.Expr
	if w.limited() {
		exprs = append(exprs, w.Keys[0].Expr)
	}
	for _, c := range w.Calls {
		exprs = append(exprs, c.exprs()...)
	}
	return exprs
}

// limited tells whether frames have limits that are compared with the key.
func (w *Window) limited() bool {
	for _, c := range w.Calls {
		if c.Frame.Start.Limit != nil || c.Frame.End.Limit != nil {
			return true
		}
	}
	return false
}

// windowRowBytes is the memory that the places of a row take: its partition, its peers, its frame.
const windowRowBytes = 40

// take takes in all rows.
func (in *windowInput) take(ctx context.Context) error {
	w := in.of
	exprs := w.computed()
	in.computed.schema, in.sorter.orders = schemaOf(exprs), ordersOf(w.Keys)
	if len(w.Partition) > 0 {
		var err error
		if in.table, err = keys.NewTable(eval.Types(w.Partition)); err != nil {
			return unsupported("partition by %v", err)
		}
	}
	for batch, err := range w.Input.Run(ctx) {
		if err == nil {
			err = in.add(ctx, batch, exprs)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (in *windowInput) add(ctx context.Context, batch arrow.RecordBatch, exprs []eval.Expr) error {
	w, n := in.of, batch.NumRows()
	columns, err := arrays(ctx, w.Mem, exprs, eval.Of(batch))
	if err != nil {
		return err
	}
	values := array.NewRecordBatch(in.computed.schema, columns, n)
	defer values.Release()
	releaseAll(columns)
	sortKeys, err := arrays(ctx, w.Mem, sortExprs(w.Keys), eval.Of(batch))
	if err != nil {
		return err
	}
	in.sorter.add(sortKeys, int(n)) // releases them
	tableBytes, err := in.number(ctx, batch)
	if err != nil {
		return err
	}
	bytes := batchBytes(batch) + 2*batchBytes(values) + tableBytes + n*(2*sortedBytes+windowRowBytes)
	for _, k := range sortKeys {
		bytes += arrayBytes(k)
	}
	if err := w.grow(w, bytes); err != nil {
		return err
	}
	in.rows.add(batch)
	in.computed.add(values)
	return nil
}

// number numbers the partitions of a batch's rows. It returns how many bytes that took besides the numbers.
func (in *windowInput) number(ctx context.Context, batch arrow.RecordBatch) (int64, error) {
	numbers := make([]uint32, batch.NumRows())
	in.numbers = append(in.numbers, numbers)
	if in.table == nil {
		return 0, nil
	}
	columns, err := arrays(ctx, in.of.Mem, in.of.Partition, eval.Of(batch))
	if err != nil {
		return 0, err
	}
	defer releaseAll(columns)
	before := in.table.Bytes()
	in.fresh = in.table.Insert(&in.scratch, columns, len(numbers), numbers, in.fresh)
	return in.table.Bytes() - before, nil
}

// partitions is how many there are.
func (in *windowInput) partitions() int {
	if in.table == nil {
		return 1
	}
	return in.table.Len()
}

// sort puts the rows into the windows' order.
func (in *windowInput) sort(ctx context.Context) (*partitioned, error) {
	return in.sorter.orderWithin(ctx, eval.Types(sortExprs(in.of.Keys)), in.numbers, in.partitions(), in.of.Workers)
}
