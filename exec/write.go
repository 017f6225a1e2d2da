package exec

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// Write appends the rows of its input to a table and commits them, all or none. It yields one row: their number.
type Write struct {
	Input   Operator
	Catalog catalog.Catalog
	Table   catalog.Name
	Create  *arrow.Schema // of the table to be created first; nil for one that exists
	// IfNotExists lets a table that is there already be, and writes nothing. It means something with Create only.
	IfNotExists bool
	Mem         memory.Allocator
}

var countSchema = arrow.NewSchema([]arrow.Field{{Name: "count", Type: arrow.PrimitiveTypes.Int64}}, nil)

func (w *Write) Schema() *arrow.Schema { return countSchema }
func (w *Write) Inputs() []Operator    { return []Operator{w.Input} }

func (w *Write) String() string {
	if w.Create != nil {
		return "create and insert into " + w.Table.String()
	}
	return "insert into " + w.Table.String()
}

func (w *Write) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		rows, err := w.write(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		b := array.NewInt64Builder(w.Mem)
		defer b.Release()
		b.Append(rows)
		count := b.NewArray()
		defer count.Release()
		emit(yield, array.NewRecordBatch(countSchema, []arrow.Array{count}, 1))
	}
}

func (w *Write) write(ctx context.Context) (int64, error) {
	out, err := w.open(ctx)
	if err != nil || out == nil {
		return 0, err
	}
	defer out.Abort()
	for batch, err := range w.Input.Run(ctx) {
		if err == nil {
			err = out.Write(batch)
		}
		if err != nil {
			return 0, err
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return out.Commit(ctx)
}

// open starts the write. It is nil if there is nothing to be written.
func (w *Write) open(ctx context.Context) (catalog.Append, error) {
	if w.Create != nil {
		out, err := w.Catalog.CreateTableAs(ctx, w.Table, catalog.Definition{Schema: w.Create})
		var fault *catalog.Error
		if w.IfNotExists && errors.As(err, &fault) && fault.State == "42P07" {
			return nil, nil
		}
		return out, err
	}
	table, err := w.Catalog.Table(ctx, w.Table)
	if err != nil {
		return nil, err
	}
	if err := w.check(table.Definition().Schema); err != nil {
		return nil, err
	}
	return table.Append(ctx)
}

// check compares the input with the table as it is now: it may have been altered since the statement was planned.
func (w *Write) check(schema *arrow.Schema) error {
	input := w.Input.Schema()
	same := input.NumFields() == schema.NumFields()
	for i := 0; same && i < schema.NumFields(); i++ {
		same = arrow.TypeEqual(input.Field(i).Type, schema.Field(i).Type)
	}
	if !same {
		return &Error{Operator: w.String(), State: stateStalePlan, Msg: "columns of the table have changed since the statement was planned: " + w.Table.String(),
			Hint: "run the statement again"}
	}
	return nil
}
