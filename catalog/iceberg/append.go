package iceberg

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
	"github.com/google/uuid"

	"github.com/mediaflight/mediaflight/catalog"
)

// appending writes rows into data files, and commits all of them at once.
type appending struct {
	table   *Table
	op      string          // what it is, for errors
	schema  *arrow.Schema   // with field ids
	stored  *iceberg.Schema // the same
	id      string          // distinguishes the files of this append
	places  table.LocationProvider
	files   writes
	to      *scatter // nil before the first rows
	started int      // data files
	done    []iceberg.DataFile
	rows    int64
}

func newAppending(t *Table) (*appending, error) {
	if t.catalog.options.ReadOnly {
		return nil, &catalog.Error{Op: "append to", Name: t.name.String(), State: "25006", Msg: "the catalog is read-only"}
	}
	meta := t.state.meta
	places, err := table.LoadLocationProvider(meta.Location(), meta.Properties())
	if err != nil {
		return nil, err
	}
	fields := make([]arrow.Field, len(t.state.current.columns))
	for i, c := range t.state.current.columns {
		fields[i] = c.read.Field
	}
	return &appending{table: t, op: "append to", schema: arrow.NewSchema(fields, nil), stored: meta.CurrentSchema(), id: uuid.NewString(), places: places}, nil
}

func (a *appending) Write(batch arrow.RecordBatch) error {
	if batch.NumRows() == 0 {
		return nil
	}
	if err := a.table.state.def.CheckLengths(batch); err != nil {
		return a.fault(err)
	}
	if a.to == nil {
		by, err := newPartitioner(a.table.state.meta)
		if err != nil {
			return a.fault(err)
		}
		a.to = &scatter{of: a, by: by}
	}
	if err := a.to.write(batch); err != nil {
		return a.fault(err)
	}
	a.rows += batch.NumRows()
	return nil
}

// fault names the table in an error of the writer.
func (a *appending) fault(err error) error {
	var e *catalog.Error
	if errors.As(err, &e) && e.Name == "" {
		named := *e
		named.Op, named.Name = a.op, a.table.name.String()
		return &named
	}
	return diskFault(a.op, a.table.name, err)
}

// Commit adds the files to the table. Without rows there is nothing to commit.
func (a *appending) Commit(ctx context.Context) (int64, error) {
	defer a.Abort()
	if err := a.finish(); err != nil || len(a.done) == 0 {
		return 0, err
	}
	err := a.table.catalog.commit(ctx, a.op, a.table.name, a.table.state.meta.TableUUID(), a.plan(ctx))
	if err == nil || errors.As(err, new(*errUnknown)) {
		a.files.keep()
	}
	if err != nil {
		return 0, err
	}
	return a.rows, nil
}

// finish completes the files.
func (a *appending) finish() error {
	if a.to == nil {
		return nil
	}
	return a.fault(a.to.finish())
}

func (a *appending) plan(ctx context.Context) func(*table.Transaction, *state) error {
	return func(tx *table.Transaction, base *state) error {
		if err := a.ready(base); err != nil {
			return err
		}
		// RowDelta is the one way that lets format v3 number the rows; without deletes it appends.
		return tx.NewRowDelta(nil).AddRows(a.done...).Commit(ctx)
	}
}

// ready makes sure that the files fit the table as it is now, and are durable.
func (a *appending) ready(base *state) error {
	if err := a.checkBase(base); err != nil {
		return err
	}
	if err := a.checkFiles(); err != nil {
		return err
	}
	return a.files.sync()
}

// checkBase refuses to add the files to a table that has got a NOT NULL column since, or another one of the same name, which they
// lack, or other partitions.
func (a *appending) checkBase(base *state) error {
	then, now := a.table.state.meta.CurrentSchema(), base.meta.CurrentSchema()
	if now.ID != then.ID {
		for _, f := range now.Fields() {
			old, ok := then.FindFieldByID(f.ID)
			if other, was := then.FindFieldByName(f.Name); f.Required && !(ok && old.Required) || was && !ok && other.ID != f.ID {
				return &catalog.Error{Op: a.op, Name: a.table.name.String(), State: "40001",
					Msg: fmt.Sprintf("column %q was changed meanwhile", f.Name), Hint: "try again"}
			}
		}
	}
	if base.meta.DefaultPartitionSpec() != a.table.state.meta.DefaultPartitionSpec() {
		return &catalog.Error{Op: a.op, Name: a.table.name.String(), State: "40001",
			Msg: "the table was partitioned meanwhile", Hint: "try again"}
	}
	return nil
}

// checkFiles makes sure that nobody took an append that lasted for days for what a killed process left behind.
func (a *appending) checkFiles() error {
	for _, f := range a.done {
		path, err := localPath(f.FilePath())
		if err == nil {
			_, err = os.Stat(path)
		}
		if err != nil {
			return &catalog.Error{Op: a.op, Name: a.table.name.String(), State: "58030",
				Msg: "a file that was written is lost: " + err.Error(), Hint: "try again"}
		}
	}
	return nil
}

// Abort removes the files, unless they have been committed.
func (a *appending) Abort() {
	if a.to != nil {
		a.to.abort()
	}
	a.files.discard()
}
