package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// Sort yields the rows of its input in the order of keys.
type Sort struct {
	Input Operator
	Keys  []SortKey
	Rows  int // of a batch
	Mem   memory.Allocator
	holding
}

func (s *Sort) Schema() *arrow.Schema { return s.Input.Schema() }
func (s *Sort) Inputs() []Operator    { return []Operator{s.Input} }
func (s *Sort) String() string        { return "sort by " + sortTexts(s.Keys) }

func (s *Sort) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		rows := held{schema: s.Schema()}
		sorter := sorter{orders: ordersOf(s.Keys)}
		defer s.free()
		defer rows.release()
		defer sorter.release()
		exprs := sortExprs(s.Keys)
		for batch, err := range s.Input.Run(ctx) {
			if err == nil {
				err = s.grow(s, batchBytes(batch)+batch.NumRows()*2*sortedBytes)
			}
			var columns []arrow.Array
			if err == nil {
				columns, err = arrays(ctx, s.Mem, exprs, eval.Of(batch))
			}
			if err != nil {
				yield(nil, err)
				return
			}
			rows.add(batch)
			sorter.add(columns, int(batch.NumRows()))
		}
		refs, err := sorter.order(ctx, eval.Types(exprs))
		if err != nil {
			yield(nil, err)
			return
		}
		rows.emit(ctx, s.Mem, refs, s.Rows, yield)
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
