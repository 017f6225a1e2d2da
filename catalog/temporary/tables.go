// Package temporary has the temporary tables of sessions: rows in memory, within a budget, that one session sees and that end with it.
package temporary

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
)

// Schema is the schema of temporary tables. It comes before all others where a bare name is looked up.
const Schema = "pg_temp"

// Tables are the temporary tables of a session. They may be used at once.
//
// Rows are copied out of the queries that made them, into memory that the garbage collector sees: they go when nobody reads them any
// more, and nobody need be told. What the budget counts goes down when a table is dropped.
type Tables struct {
	limit int64
	mem   *memtable.Catalog

	mu   sync.Mutex
	held int64 // bytes, those of writes that are under way too
	of   map[catalog.Name]int64
}

// New returns no tables yet, whose rows may take limit bytes in all.
func New(limit int64) *Tables {
	t := &Tables{limit: limit, mem: memtable.NewCatalog(), of: map[catalog.Name]int64{}}
	_ = t.mem.CreateSchema(context.Background(), catalog.Schema{Name: Schema}) // it is the first
	return t
}

// Any tells whether there are tables.
func (t *Tables) Any() bool {
	names, err := t.mem.Tables(context.Background(), Schema)
	return err == nil && len(names) > 0
}

// DropAll drops all tables.
func (t *Tables) DropAll(ctx context.Context) error {
	names, err := t.mem.Tables(ctx, Schema)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := t.drop(ctx, catalog.Name{Schema: Schema, Table: name}); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tables) table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	found, err := t.mem.Table(ctx, name)
	if err != nil {
		return nil, err
	}
	return &table{found.(*memtable.Table), t}, nil
}

func (t *Tables) drop(ctx context.Context, name catalog.Name) error {
	if err := t.mem.DropTable(ctx, name); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held -= t.of[name]
	delete(t.of, name)
	return nil
}

// take takes bytes from the budget, and is false if it has not as many.
func (t *Tables) take(bytes int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held+bytes > t.limit {
		return false
	}
	t.held += bytes
	return true
}

// A table is a temporary table.
type table struct {
	*memtable.Table
	tables *Tables
}

func (t *table) Append(ctx context.Context) (catalog.Append, error) {
	a, err := t.Table.Append(ctx)
	if err != nil {
		return nil, err
	}
	return &counted{Append: a, tables: t.tables, name: t.Name()}, nil
}

func (t *table) Change(ctx context.Context, snapshot int64) (catalog.Change, error) {
	c, err := t.Table.Change(ctx, snapshot)
	if err != nil {
		return nil, err
	}
	return &changed{counted{Append: c, tables: t.tables, name: t.Name()}, c}, nil
}

// counted is an append that takes the memory of its rows from the budget, and gives it back if they do not come to be.
type counted struct {
	catalog.Append
	tables *Tables
	name   catalog.Name
	bytes  int64
}

func (a *counted) Write(batch arrow.RecordBatch) error {
	kept, err := a.keep(batch)
	if err != nil {
		return err
	}
	return a.Append.Write(kept)
}

// keep copies a batch. The copy keeps a reference that nobody gives back, so that a query which reads a table may go on while it is
// dropped.
func (a *counted) keep(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, batch.NumCols())
	for i, c := range batch.Columns() {
		one, err := array.Concatenate([]arrow.Array{c}, memory.NewGoAllocator())
		if err != nil {
			return nil, err
		}
		columns[i] = one
	}
	kept := array.NewRecordBatch(batch.Schema(), columns, batch.NumRows())
	bytes := int64(0)
	for _, c := range columns {
		bytes += dataBytes(c.Data())
	}
	if !a.tables.take(bytes) {
		return nil, &catalog.Error{Op: "write to", Name: a.name.String(), State: "53200",
			Msg:  fmt.Sprintf("temporary tables of a session may hold %d MiB", a.tables.limit>>20),
			Hint: "drop some, or write to a table of the lake"}
	}
	a.bytes += bytes
	return kept, nil
}

func (a *counted) Commit(ctx context.Context) (int64, error) {
	n, err := a.Append.Commit(ctx)
	if err == nil {
		a.tables.mu.Lock()
		a.tables.of[a.name] += a.bytes
		a.tables.mu.Unlock()
		a.bytes = 0
	}
	return n, err
}

func (a *counted) Abort() {
	a.Append.Abort()
	a.tables.take(-a.bytes)
	a.bytes = 0
}

func dataBytes(data arrow.ArrayData) int64 {
	var n int64
	for _, b := range data.Buffers() {
		if b != nil {
			n += int64(b.Cap())
		}
	}
	for _, child := range data.Children() {
		n += dataBytes(child)
	}
	return n
}

// changed is counted for a change.
type changed struct {
	counted
	change catalog.Change
}

func (c *changed) Update(addresses []int64, rows arrow.RecordBatch) error {
	kept, err := c.keep(rows)
	if err != nil {
		return err
	}
	return c.change.Update(addresses, kept)
}

func (c *changed) Delete(rows *catalog.RowSet) { c.change.Delete(rows) }

func (c *changed) Exclusive() { c.change.Exclusive() }
