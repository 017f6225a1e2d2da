package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// Sort yields the rows of its input in the order of keys. Rows that there is no memory for are spilled in sorted runs, which are
// merged in the end.
type Sort struct {
	Input Operator
	Keys  []SortKey
	Rows  int // of a batch
	Mem   memory.Allocator
	Spill *spill.Folder // nil to fail instead
	holding
}

func (s *Sort) Schema() *arrow.Schema { return s.Input.Schema() }
func (s *Sort) Inputs() []Operator    { return []Operator{s.Input} }
func (s *Sort) String() string        { return "sort by " + sortTexts(s.Keys) }

func (s *Sort) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer s.free()
		rows := &sorting{of: s, exprs: sortExprs(s.Keys), rows: held{schema: s.Schema()}, sorter: sorter{orders: ordersOf(s.Keys)}}
		defer rows.release()
		for batch, err := range s.Input.Run(ctx) {
			if err == nil {
				err = rows.add(ctx, batch)
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		if len(rows.runs) > 0 {
			rows.merge(ctx, yield)
			return
		}
		refs, err := rows.order(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		rows.rows.emit(ctx, s.Mem, refs, s.Rows, yield)
	}
}

// sorting is the rows that a sort has taken in: in memory, and before them in sorted runs.
type sorting struct {
	of     *Sort
	exprs  []eval.Expr
	rows   held
	sorter sorter
	bytes  int64 // reserved for rows
	runs   []*spill.Run
}

// add takes in a batch.
func (s *sorting) add(ctx context.Context, batch arrow.RecordBatch) error {
	if err := s.reserve(ctx, batchBytes(batch)+batch.NumRows()*2*sortedBytes); err != nil {
		return err
	}
	columns, err := arrays(ctx, s.of.Mem, s.exprs, eval.Of(batch))
	if err != nil {
		return err
	}
	s.rows.add(batch)
	s.sorter.add(columns, int(batch.NumRows()))
	return nil
}

// reserve takes memory for a batch, if need be from the rows before it. A batch that is too large for what there is stays all the
// same, alone: it is in memory already.
func (s *sorting) reserve(ctx context.Context, n int64) error {
	if s.of.Spill == nil {
		if err := s.of.grow(s.of, n); err != nil {
			return err
		}
		s.bytes += n
		return nil
	}
	if !s.of.tryGrow(s.of, n) {
		if err := s.spill(ctx); err != nil {
			return err
		}
		if !s.of.tryGrow(s.of, n) {
			return nil
		}
	}
	s.bytes += n
	return nil
}

func (s *sorting) order(ctx context.Context) ([]gather.Ref, error) {
	return s.sorter.order(ctx, eval.Types(s.exprs))
}

// forget drops the rows in memory.
func (s *sorting) forget() {
	s.rows.release()
	s.sorter.release()
	s.of.shrink(s.bytes)
	s.bytes = 0
}

func (s *sorting) release() {
	s.forget()
	for _, r := range s.runs {
		r.Free()
	}
}

func ordersOf(sortKeys []SortKey) []keys.Order {
	orders := make([]keys.Order, len(sortKeys))
	for i, k := range sortKeys {
		orders[i] = k.Order
	}
	return orders
}

// held is rows that an operator keeps, in the batches in which they came.
type held struct {
	schema  *arrow.Schema
	batches []arrow.RecordBatch
	rows    int64
	bytes   int64
}

func (h *held) add(batch arrow.RecordBatch) {
	batch.Retain()
	h.batches = append(h.batches, batch)
	h.rows += batch.NumRows()
	h.bytes += batchBytes(batch)
}

// all yields the batches.
func (h *held) all() Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, b := range h.batches {
			if !yield(b, nil) {
				return
			}
		}
	}
}

func (h *held) release() {
	for _, b := range h.batches {
		b.Release()
	}
	h.batches, h.rows, h.bytes = nil, 0, 0
}

// emit yields the rows that refs name. It is false if the stream is to end.
func (h *held) emit(ctx context.Context, mem memory.Allocator, refs []gather.Ref, rows int, yield func(arrow.RecordBatch, error) bool) bool {
	rows = h.step(rows)
	for from := 0; from < len(refs); from += rows {
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return false
		}
		if !emit(yield, gather.Batches(mem, h.schema, h.batches, refs[from:min(from+rows, len(refs))])) {
			return false
		}
	}
	return true
}

// step is how many rows to yield at once: what was asked for, or what makes about maxBatchBytes.
func (h *held) step(rows int) int {
	if h.rows > 0 && h.bytes > 0 {
		rows = min(rows, int(maxBatchBytes/(h.bytes/h.rows+1)))
	}
	return max(rows, 1)
}
