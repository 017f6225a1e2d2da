package exec

import (
	"context"
	"iter"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// Window yields the rows of its input partition by partition, each in the order of keys, with what window functions compute from
// the rows around each. Rows are dealt out by the hashes of their partitions (window_deal.go), so that workers compute different
// partitions at once, and so that those which there is no memory for are spilled (window_spill.go).
type Window struct {
	Input     Operator
	Partition []eval.Expr
	Keys      []SortKey
	Calls     []*WindowCall
	Workers   int
	Rows      int // of a batch
	Mem       memory.Allocator
	Spill     *spill.Folder // nil to fail instead
	holding

	passed []int // columns of the input that it yields
	whole  bool  // rows cannot be dealt out: without partitions, or where they would be others when they are computed again
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

func (w *Window) Splits() bool { return true }

func (w *Window) Run(ctx context.Context) Batches { return inSequence(ctx, w) }

// Parts takes in all rows. Where they are many, each part is of the partitions of certain hashes; else there is one.
func (w *Window) Parts(ctx context.Context) (*Parts, error) {
	shares, err := inRanges(ctx, w.Input, w.Workers, w.collect)
	free := func() {
		for _, s := range shares {
			s.free()
		}
		w.free()
	}
	if err != nil {
		free()
		return nil, err
	}
	list, err := w.parts(ctx, shares)
	if err != nil {
		free()
		return nil, err
	}
	return &Parts{List: list, Close: free}, nil
}

// compute yields the rows of lots, which are all of their partitions, and gives each lot's own memory back in the end.
func (w *Window) compute(ctx context.Context, workers int, lots iter.Seq[*held]) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		in, err := w.newInput()
		if err != nil {
			yield(nil, err)
			return
		}
		in.workers, in.counted = workers, true
		defer func() {
			in.release()
			for lot := range lots {
				w.shrink(lot.bytes)
				lot.release()
			}
		}()
		for lot := range lots {
			if err := in.take(ctx, lot.all()); err != nil {
				yield(nil, err)
				return
			}
		}
		if err := w.run(ctx, in, yield); err != nil {
			yield(nil, err)
		}
	}
}

// run yields the rows; an error is not yielded yet.
func (w *Window) run(ctx context.Context, in *windowInput, yield func(arrow.RecordBatch, error) bool) error {
	if w.unordered() {
		return w.emitTotals(ctx, in, yield)
	}
	sorted, err := in.sort(ctx)
	if err != nil {
		return err
	}
	refs := sorted.refs()
	results, err := w.results(ctx, in, sorted, refs)
	defer releaseAll(results)
	if err != nil {
		return err
	}
	w.emit(ctx, &in.rows, refs, results, yield)
	return nil
}

// results are those of each call, a row for each sorted row.
func (w *Window) results(ctx context.Context, in *windowInput, sorted *partitioned, refs []gather.Ref) ([]arrow.Array, error) {
	columns := gather.Batches(w.Mem, in.computed.schema, in.computed.batches, refs)
	defer columns.Release()
	places := newPlaces(w, sorted, columns.Columns())
	at := 0
	if w.limited() {
		at++
	}
	var results []arrow.Array
	for _, c := range w.Calls {
		if err := ctx.Err(); err != nil {
			return results, err
		}
		n := len(c.exprs())
		run := &windowRun{of: w, in: in, call: c, places: places, columns: columns.Columns()[at : at+n]}
		at += n
		result, err := run.result(ctx)
		if err != nil {
			return results, err
		}
		results = append(results, result)
		if err := in.grow(arrayBytes(result)); err != nil {
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
