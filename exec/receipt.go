package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// A receipt is what a change of a table answers with when it is committed, and not before: how many rows it was of, or the
// columns of them that it is to return.
type receipt struct {
	holding
	schema *arrow.Schema // of the columns to return; nil for the number of rows
	from   int           // the first of these columns in the input; they are the last ones
	count  int64
	rows   []arrow.RecordBatch
}

// returns makes it return the columns of an input from a place on, if there are any.
func (r *receipt) returns(input *arrow.Schema, from int) {
	r.from = from
	if fields := input.Fields()[from:]; len(fields) > 0 {
		r.schema = arrow.NewSchema(fields, nil)
	}
}

func (r *receipt) Schema() *arrow.Schema {
	if r.schema == nil {
		return countSchema
	}
	return r.schema
}

// note takes down a batch of the input, whose rows are changed.
func (r *receipt) note(op Operator, batch arrow.RecordBatch) error {
	r.count += batch.NumRows()
	if r.schema == nil {
		return nil
	}
	returned := catalog.NewBatch(r.schema, batch.Columns()[r.from:], batch.NumRows())
	if err := r.grow(op, batchBytes(returned)); err != nil {
		returned.Release()
		return err
	}
	r.rows = append(r.rows, returned)
	return nil
}

// emit gives the answer.
func (r *receipt) emit(mem memory.Allocator, yield func(arrow.RecordBatch, error) bool) {
	if r.schema == nil {
		b := array.NewInt64Builder(mem)
		defer b.Release()
		b.Append(r.count)
		count := b.NewArray()
		defer count.Release()
		emit(yield, array.NewRecordBatch(countSchema, []arrow.Array{count}, 1))
		return
	}
	for _, batch := range r.rows {
		if !yield(batch, nil) {
			return
		}
	}
}

func (r *receipt) release() {
	for _, batch := range r.rows {
		batch.Release()
	}
	r.rows = nil
	r.free()
}
