package exec

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
)

// Window yields the rows of its input partition by partition, each in the order of keys, with what window functions compute from
// the rows around each.
type Window struct {
	Input     Operator
	Partition []eval.Expr
	Keys      []SortKey
	Calls     []*WindowCall
	Rows      int // of a batch
	Mem       memory.Allocator
	holding

	schema *arrow.Schema
}

func (w *Window) Schema() *arrow.Schema { return w.schema }
func (w *Window) Inputs() []Operator    { return []Operator{w.Input} }

func (w *Window) String() string {
	calls := make([]string, len(w.Calls))
	for i, c := range w.Calls {
		calls[i] = c.String()
	}
	text := "window " + strings.Join(calls, ", ")
	if len(w.Partition) > 0 {
		text += " partition by " + texts(w.Partition)
	}
	if len(w.Keys) > 0 {
		text += " order by " + sortTexts(w.Keys)
	}
	return text
}

func (w *Window) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer w.free()
		rows := held{schema: w.Input.Schema()}
		defer rows.release()
		sorted, refs, err := w.sort(ctx, &rows)
		if err != nil {
			yield(nil, err)
			return
		}
		if sorted == nil {
			return
		}
		defer sorted.Release()
		results, err := w.compute(ctx, sorted)
		defer releaseAll(results)
		if err != nil {
			yield(nil, err)
			return
		}
		w.emit(ctx, &rows, refs, results, yield)
	}
}

// computed are the expressions that are computed for each row of the input: first those that it is sorted by.
func (w *Window) computed() []eval.Expr {
	exprs := append([]eval.Expr{}, w.Partition...)
	exprs = append(exprs, sortExprs(w.Keys)...)
	for _, c := range w.Calls {
		exprs = append(exprs, c.exprs()...)
	}
	return exprs
}

// sort takes in all rows. It returns what was computed for them and where each lies, both in the windows' order; nil if there are
// none.
func (w *Window) sort(ctx context.Context, rows *held) (arrow.RecordBatch, []gather.Ref, error) {
	exprs := w.computed()
	computed := held{schema: schemaOf(exprs)}
	defer computed.release()
	s := sorter{orders: ordersOf(w.order())}
	defer s.release()
	for batch, err := range w.Input.Run(ctx) {
		var columns []arrow.Array
		if err == nil {
			columns, err = arrays(ctx, w.Mem, exprs, eval.Of(batch))
		}
		if err != nil {
			return nil, nil, err
		}
		values := array.NewRecordBatch(computed.schema, columns, batch.NumRows())
		releaseAll(columns)
		err = w.grow(w, batchBytes(batch)+2*batchBytes(values)+batch.NumRows()*(2*sortedBytes+windowRowBytes))
		if err == nil {
			rows.add(batch)
			computed.add(values)
			keys := values.Columns()[:len(s.orders)]
			for _, k := range keys {
				k.Retain()
			}
			s.add(append([]arrow.Array(nil), keys...), int(batch.NumRows()))
		}
		values.Release()
		if err != nil {
			return nil, nil, err
		}
	}
	if rows.rows == 0 {
		return nil, nil, nil
	}
	refs, err := w.sortedRefs(ctx, &s, eval.Types(exprs[:len(s.orders)]))
	if err != nil {
		return nil, nil, err
	}
	return gather.Batches(w.Mem, computed.schema, computed.batches, refs), refs, nil
}

// windowRowBytes is the memory that the places of a row take: its partition, its peers, its frame.
const windowRowBytes = 32

// order is what rows are sorted by: the partition, then the keys.
func (w *Window) order() []SortKey {
	order := make([]SortKey, 0, len(w.Partition)+len(w.Keys))
	for _, e := range w.Partition {
		order = append(order, SortKey{Expr: e})
	}
	return append(order, w.Keys...)
}

func (w *Window) sortedRefs(ctx context.Context, s *sorter, types []arrow.DataType) ([]gather.Ref, error) {
	if len(s.orders) > 0 {
		return s.order(ctx, types)
	}
	refs := make([]gather.Ref, 0, s.total())
	for chunk, n := range s.rows {
		for i := range n {
			refs = append(refs, gather.At(chunk, i))
		}
	}
	return refs, nil
}

// compute is the result of each call, a row for each sorted row.
func (w *Window) compute(ctx context.Context, sorted arrow.RecordBatch) ([]arrow.Array, error) {
	places, err := w.places(sorted)
	if err != nil {
		return nil, err
	}
	at := len(w.Partition) + len(w.Keys)
	var results []arrow.Array
	for _, c := range w.Calls {
		if err := ctx.Err(); err != nil {
			return results, err
		}
		n := len(c.exprs())
		run := &windowRun{of: w, call: c, places: places, columns: sorted.Columns()[at : at+n]}
		at += n
		result, err := run.result(ctx)
		if err != nil {
			return results, err
		}
		results = append(results, result)
		if err := w.grow(w, arrayBytes(result)); err != nil {
			return results, err
		}
	}
	return results, nil
}

func (w *Window) emit(ctx context.Context, rows *held, refs []gather.Ref, results []arrow.Array, yield func(arrow.RecordBatch, error) bool) {
	step := rows.step(w.Rows)
	for from := 0; from < len(refs); from += step {
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		to := min(from+step, len(refs))
		input := gather.Batches(w.Mem, rows.schema, rows.batches, refs[from:to])
		columns := append([]arrow.Array{}, input.Columns()...)
		own := len(columns)
		for _, r := range results {
			columns = append(columns, array.NewSlice(r, int64(from), int64(to)))
		}
		batch := array.NewRecordBatch(w.schema, columns, int64(to-from))
		releaseAll(columns[own:])
		input.Release()
		if !emit(yield, batch) {
			return
		}
	}
}
