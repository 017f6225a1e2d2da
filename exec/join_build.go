package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// A build is the right rows of a join, all in memory.
type build struct {
	held
	refs    []gather.Ref    // the rows, those with equal keys together; positions count these
	columns [][]arrow.Array // of each right column: the batches', and one of a NULL where left rows are kept
	none    gather.Ref      // the row of NULLs
	matched []bool          // by position, if the join keeps right rows
	encoded []*entries      // of each right column; nil for those not given encoded
}

// hold reads the right side.
func (b *build) hold(ctx context.Context, op Operator, h *holding, mem memory.Allocator, input Operator, seen func(batch arrow.RecordBatch) error) error {
	b.schema = input.Schema()
	for batch, err := range input.Run(ctx) {
		if err == nil {
			err = h.grow(op, batchBytes(batch)+batch.NumRows()*8)
		}
		if err == nil {
			batch.Retain()
			plain := settle(mem, b.schema, batch, nil) // few rows held could pin a large dictionary
			b.add(plain)
			plain.Release()
			err = seen(batch)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// finish makes the columns ready to take rows from.
func (b *build) finish(kind JoinKind, mem memory.Allocator) {
	b.none = gather.At(len(b.batches), 0)
	for i, f := range b.schema.Fields() {
		var chunks []arrow.Array
		for _, batch := range b.batches {
			batch.Column(i).Retain()
			chunks = append(chunks, batch.Column(i))
		}
		if kind.keepsLeft() { // else none of the chunks may have a NULL, which makes taking rows cheaper
			chunks = append(chunks, udf.NullArray(mem, f.Type, 1))
		}
		b.columns = append(b.columns, chunks)
	}
	if kind.marksRight() {
		b.matched = make([]bool, len(b.refs))
	}
}

func (b *build) free() {
	b.release()
	b.freeEntries()
	for _, chunks := range b.columns {
		releaseAll(chunks)
	}
}

// allRefs names every row in the order in which they came.
func (b *build) allRefs() []gather.Ref {
	refs := make([]gather.Ref, 0, b.rows)
	for chunk, batch := range b.batches {
		for row := range int(batch.NumRows()) {
			refs = append(refs, gather.At(chunk, row))
		}
	}
	return refs
}
