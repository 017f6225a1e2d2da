package exec

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// windowInput is rows of a window's input, all of the partitions that they belong to, each with the number of its partition.
type windowInput struct {
	of       *Window
	workers  int
	soft     bool        // refuses rows of a second partition that there is no memory for
	counted  bool        // the rows' own memory is accounted for elsewhere
	bytes    int64       // reserved
	rows     held        // the columns that pass
	exprs    []eval.Expr // see Window.computed
	computed held        // their values
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
	in.of.shrink(in.bytes)
	in.bytes = 0
}

// grow reserves n more bytes.
func (in *windowInput) grow(n int64) error {
	if err := in.of.grow(in.of, n); err != nil {
		return err
	}
	in.bytes += n
	return nil
}

// errTooManyPartitions is what a soft input answers when it could do with less memory for fewer partitions.
var errTooManyPartitions = errors.New("no memory for these partitions together")

// growForRows reserves n more bytes for rows.
func (in *windowInput) growForRows(n int64) error {
	if !in.soft || in.partitions() < 2 {
		return in.grow(n)
	}
	if !in.of.tryGrow(in.of, n) {
		return errTooManyPartitions
	}
	in.bytes += n
	return nil
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

// newInput is an input without rows.
func (w *Window) newInput() (*windowInput, error) {
	in := &windowInput{of: w, workers: 1, exprs: w.computed()}
	in.rows.schema, in.computed.schema, in.sorter.orders = w.passedSchema(), schemaOf(in.exprs), ordersOf(w.Keys)
	if len(w.Partition) > 0 {
		var err error
		if in.table, err = keys.NewTable(eval.Types(w.Partition)); err != nil {
			return nil, unsupported("partition by %v", err)
		}
	}
	return in, nil
}

// take takes in a stream.
func (in *windowInput) take(ctx context.Context, batches Batches) error {
	for batch, err := range batches {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = in.add(ctx, batch)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (in *windowInput) add(ctx context.Context, batch arrow.RecordBatch) error {
	w, n := in.of, batch.NumRows()
	columns, err := arrays(ctx, w.Mem, in.exprs, eval.Of(batch))
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
	bytes := 2*batchBytes(values) + tableBytes + n*(2*sortedBytes+windowRowBytes)
	for _, k := range sortKeys {
		bytes += arrayBytes(k)
	}
	if !in.counted {
		bytes += batchBytes(batch)
	}
	if err := in.growForRows(bytes); err != nil {
		return err
	}
	passed := w.pass(batch, in.rows.schema)
	in.rows.add(passed)
	passed.Release()
	in.computed.add(values)
	return nil
}

// pass is a batch's columns that the window yields.
func (w *Window) pass(batch arrow.RecordBatch, schema *arrow.Schema) arrow.RecordBatch {
	columns := make([]arrow.Array, len(w.passed))
	for i, c := range w.passed {
		columns[i] = batch.Column(c)
	}
	return catalog.NewBatch(schema, columns, batch.NumRows())
}

func (w *Window) passedSchema() *arrow.Schema {
	return arrow.NewSchema(w.schema.Fields()[:len(w.passed)], nil)
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
	return in.sorter.orderWithin(ctx, eval.Types(sortExprs(in.of.Keys)), in.numbers, in.partitions(), in.workers)
}
