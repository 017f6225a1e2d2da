package system

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
)

// A table is a view as a catalog.Table. It has one snapshot, 0: what there is when it is read.
type table struct {
	catalog *system
	name    catalog.Name
	view    *view
	schema  *arrow.Schema

	mu  sync.Mutex
	all *memtable.Table // once rows were read with addresses
}

func newTable(c *system, name catalog.Name, v *view) *table {
	return &table{catalog: c, name: name, view: v, schema: arrow.NewSchema(v.columns, nil)}
}

func (t *table) Name() catalog.Name { return t.name }
func (t *table) Kind() string       { return "SYSTEM TABLE" }

func (t *table) Definition() catalog.Definition {
	return catalog.Definition{Schema: t.schema, Comment: t.view.comment}
}

func (t *table) Current() catalog.Snapshot { return t }

func (t *table) Snapshot(_ context.Context, id int64) (catalog.Snapshot, error) {
	if id != 0 {
		return nil, &catalog.Error{Op: "read snapshot of", Name: t.name.String(), State: "55000",
			Msg: fmt.Sprintf("system tables keep no snapshots: %d", id)}
	}
	return t, nil
}

func (t *table) Append(context.Context) (catalog.Append, error) {
	return nil, t.fixed("append to")
}

func (t *table) Alter(context.Context, catalog.Definition) error { return t.fixed("alter table") }

func (t *table) fixed(op string) error {
	return &catalog.Error{Op: op, Name: t.name.String(), State: "42809", Msg: "system tables cannot be changed"}
}

func (t *table) ID() int64             { return 0 }
func (t *table) Time() time.Time       { return time.Time{} }
func (t *table) Schema() *arrow.Schema { return t.schema }
func (t *table) Rows() (int64, bool)   { return 0, false }

func (t *table) Tasks(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	rows, err := t.rows(ctx, scan)
	if err != nil {
		return nil, err
	}
	return rows.Current().Tasks(ctx, scan)
}

func (t *table) rows(ctx context.Context, scan catalog.Scan) (*memtable.Table, error) {
	if scan.Address {
		return t.addressed(ctx)
	}
	wanted := append([]int{}, scan.Columns...)
	if scan.Filter != nil {
		wanted = append(wanted, scan.Filter.Columns()...)
	}
	batch, err := read(ctx, t.catalog, t.view, t.schema, wanted, scan.Prune)
	if err != nil {
		return nil, err
	}
	defer batch.Release()
	return memtable.New(t.name, batch), nil
}

// addressed keeps the rows, so that Take finds them where they were.
func (t *table) addressed(ctx context.Context) (*memtable.Table, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		batch, err := read(ctx, t.catalog, t.view, t.schema, nil, nil)
		if err != nil {
			return nil, err
		}
		defer batch.Release()
		t.all = memtable.New(t.name, batch)
	}
	return t.all, nil
}

func (t *table) Take(ctx context.Context, take catalog.Take) (arrow.RecordBatch, error) {
	rows, err := t.addressed(ctx)
	if err != nil {
		return nil, err
	}
	return rows.Current().Take(ctx, take)
}
