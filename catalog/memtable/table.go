package memtable

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// A Table is a table in memory as it was when it was looked up.
type Table struct {
	*rows
	name         catalog.Name
	def          catalog.Definition
	current      *snapshot
	replacements int
}

// rows is what all lookups of a table share. Each append adds a snapshot, which holds the batches of the one before
// and its own; a replacement adds one that holds its own only.
type rows struct {
	mu        sync.Mutex
	def       catalog.Definition
	batches   []arrow.RecordBatch // of all snapshots
	snapshots []*snapshot
	replaced  int // how often
	from      int // where the batches since the last replacement begin
}

// New returns a table of the given batches, at least one, which may be empty. The table keeps references to them,
// until Release.
func New(name catalog.Name, batches ...arrow.RecordBatch) *Table {
	t := newTable(name, catalog.Definition{Schema: batches[0].Schema()})
	t.append(batches, time.Time{})
	return t.lookup()
}

func newTable(name catalog.Name, def catalog.Definition) *Table {
	t := &Table{rows: &rows{def: def}, name: name}
	t.snapshots = []*snapshot{{schema: def.Schema}}
	return t.lookup()
}

// Release gives up the table's rows. Snapshots must no longer be read then.
func (t *Table) Release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range t.batches {
		b.Release()
	}
	t.batches, t.snapshots = nil, t.snapshots[:1]
}

// append adds a snapshot. The caller holds mu, or nobody else has the table yet.
func (r *rows) append(batches []arrow.RecordBatch, at time.Time) {
	for _, b := range batches {
		b.Retain()
	}
	r.batches = append(r.batches, batches...)
	r.snapshots = append(r.snapshots, newSnapshot(int64(len(r.snapshots)), at, r.def.Schema, r.batches[r.from:]))
}

func (t *Table) lookup() *Table {
	t.mu.Lock()
	defer t.mu.Unlock()
	return &Table{rows: t.rows, name: t.name, def: t.rows.def, current: t.snapshots[len(t.snapshots)-1], replacements: t.rows.replaced}
}

func (t *Table) Name() catalog.Name             { return t.name }
func (t *Table) Kind() string                   { return "TABLE" }
func (t *Table) Definition() catalog.Definition { return t.def }
func (t *Table) Current() catalog.Snapshot      { return t.current }

func (t *Table) Snapshot(_ context.Context, id int64) (catalog.Snapshot, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id < 0 || id >= int64(len(t.snapshots)) {
		return nil, &catalog.Error{Op: "read snapshot of", Name: t.name.String(), State: "55000",
			Msg: fmt.Sprintf("snapshot does not exist: %d", id)}
	}
	return t.snapshots[id], nil
}

// Alter takes the new definition as it is: comments, keys, properties and nullability.
func (t *Table) Alter(_ context.Context, def catalog.Definition) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows.def = def
	last := *t.snapshots[len(t.snapshots)-1]
	last.schema = def.Schema
	t.snapshots[len(t.snapshots)-1] = &last
	return nil
}

func (t *Table) Append(context.Context) (catalog.Append, error) {
	return &appending{table: t, replaced: t.replacements}, nil
}

// appending collects batches until Commit.
type appending struct {
	table    *Table
	replaced int // how often the table had been when it was looked up
	batches  []arrow.RecordBatch
	count    int64
}

func (a *appending) Write(batch arrow.RecordBatch) error {
	schema := a.table.def.Schema
	if int(batch.NumCols()) != schema.NumFields() {
		return fmt.Errorf("append to %s: batch has %d columns, table has %d", a.table.name, batch.NumCols(), schema.NumFields())
	}
	for i, f := range schema.Fields() {
		column := batch.Column(i)
		if !arrow.TypeEqual(column.DataType(), f.Type) {
			return fmt.Errorf("append to %s: column %q has type %s, not %s", a.table.name, f.Name, column.DataType(), f.Type)
		}
		if !f.Nullable && column.NullN() > 0 {
			return &catalog.Error{Op: "append to", Name: a.table.name.String(), State: "23502",
				Msg: fmt.Sprintf("NULL in NOT NULL column %q", f.Name)}
		}
	}
	if err := a.table.def.CheckLengths(batch); err != nil {
		return err
	}
	batch.Retain()
	a.batches = append(a.batches, batch)
	a.count += batch.NumRows()
	return nil
}

func (a *appending) Commit(context.Context) (int64, error) {
	defer a.Abort()
	t := a.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows.replaced != a.replaced {
		return 0, &catalog.Error{Op: "append to", Name: t.name.String(), State: "40001", Msg: "the table was replaced meanwhile", Hint: "try again"}
	}
	t.append(a.batches, time.Now())
	return a.count, nil
}

func (a *appending) Abort() {
	for _, b := range a.batches {
		b.Release()
	}
	a.batches = nil
}
