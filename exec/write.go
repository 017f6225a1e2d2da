package exec

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// Write appends the rows of its input to a table and commits them, all or none. It yields one row, their number, unless the
// input has more columns than the table: then it yields these, of all rows, once they are committed.
type Write struct {
	Input   Operator
	Catalog catalog.Catalog
	Table   catalog.Name
	Columns int           // of the table; the input may have more
	Target  *arrow.Schema // of the table as the plan knows it; nil if it knows the types of its columns only
	Create  *arrow.Schema // of the table to be created first; nil for one that exists
	// Stated is the rest of the definition of a table to be created.
	Stated catalog.Definition
	// IfNotExists lets a table that is there already be, and writes nothing. It means something with Create only.
	IfNotExists bool
	Mem         memory.Allocator
	receipt
}

var countSchema = arrow.NewSchema([]arrow.Field{{Name: "count", Type: arrow.PrimitiveTypes.Int64}}, nil)

func (w *Write) Inputs() []Operator { return []Operator{w.Input} }

func (w *Write) String() string {
	if w.Create != nil {
		return "create and insert into " + w.Table.String()
	}
	return "insert into " + w.Table.String()
}

func (w *Write) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer w.release()
		if err := w.write(ctx); err != nil {
			yield(nil, err)
			return
		}
		w.emit(w.Mem, yield)
	}
}

func (w *Write) write(ctx context.Context) error {
	out, err := w.open(ctx)
	if err != nil || out == nil {
		return err
	}
	defer out.Abort()
	for batch, err := range w.Input.Run(ctx) {
		if err == nil {
			err = w.insert(out, batch)
		}
		if err == nil {
			err = w.note(w, batch)
		}
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err = out.Commit(ctx)
	return err
}

// insert writes a batch's columns of the table.
func (w *Write) insert(out catalog.Append, batch arrow.RecordBatch) error {
	if w.Columns == int(batch.NumCols()) {
		return out.Write(batch)
	}
	rows := catalog.NewBatch(arrow.NewSchema(batch.Schema().Fields()[:w.Columns], nil), batch.Columns()[:w.Columns], batch.NumRows())
	defer rows.Release()
	return out.Write(rows)
}

// open starts the write. It is nil if there is nothing to be written.
func (w *Write) open(ctx context.Context) (catalog.Append, error) {
	if w.Create != nil {
		def := w.Stated
		def.Schema = w.Create
		out, err := w.Catalog.CreateTableAs(ctx, w.Table, def)
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
	schema := table.Definition().Schema
	target := w.Target
	if target == nil {
		target = renamedLike(w.Input.Schema(), schema)
	}
	if err := checkColumns(w, w.Table, target, schema); err != nil {
		return nil, err
	}
	return table.Append(ctx)
}

// renamedLike is a schema with another one's names, as far as that goes.
func renamedLike(schema, names *arrow.Schema) *arrow.Schema {
	fields := schema.Fields()
	for i := range min(len(fields), names.NumFields()) {
		fields[i].Name = names.Field(i).Name
	}
	return arrow.NewSchema(fields, nil)
}

// checkColumns compares the columns that a plan writes with the table as it is now: it may have been altered since the statement was
// planned.
func checkColumns(op Operator, table catalog.Name, planned, schema *arrow.Schema) error {
	if sameColumns(planned.Fields(), schema) {
		return nil
	}
	return &Error{Operator: op.String(), State: stateStalePlan, Msg: "columns of the table have changed since the statement was planned: " + table.String(),
		Hint: "run the statement again"}
}
