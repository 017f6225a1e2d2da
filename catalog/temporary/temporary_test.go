package temporary

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

var (
	name   = catalog.Name{Schema: Schema, Table: "t"}
	schema = arrow.NewSchema([]arrow.Field{{Name: "text", Type: arrow.BinaryTypes.String}}, nil)
)

// write appends a text of so many bytes.
func write(t *testing.T, mem memory.Allocator, to catalog.Append, bytes int) error {
	t.Helper()
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	b.Field(0).(*array.StringBuilder).Append(strings.Repeat("x", bytes))
	batch := b.NewRecordBatch()
	defer batch.Release()
	return to.Write(batch)
}

// What does not fit is 53200, and what is given up or dropped makes room again. Nobody's memory is held.
func TestBudget(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	ctx := t.Context()
	tables := New(64 << 10)
	c := &over{tables: tables}
	begin := func() catalog.Append {
		a, err := c.CreateTableAs(ctx, name, catalog.Definition{Schema: schema})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := begin()
	if err := write(t, mem, a, 40<<10); err != nil {
		t.Fatal(err)
	}
	var full *catalog.Error
	if err := write(t, mem, a, 40<<10); !errors.As(err, &full) || full.State != "53200" {
		t.Errorf("beyond the budget: %v", err)
	}
	a.Abort()
	if tables.held != 0 || tables.Any() {
		t.Errorf("%d bytes are held after an abort", tables.held)
	}
	for range 3 {
		a := begin()
		if err := write(t, mem, a, 40<<10); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Commit(ctx); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		a.Abort()
		if !tables.Any() || tables.held < 40<<10 {
			t.Errorf("%d bytes are held", tables.held)
		}
		if err := tables.DropAll(ctx); err != nil || tables.held != 0 {
			t.Errorf("%d bytes are held after a drop, %v", tables.held, err)
		}
	}
}

// A query that reads a table goes on while the table is dropped.
func TestDropWhileRead(t *testing.T) {
	ctx := context.Background()
	tables := New(1 << 20)
	c := &over{tables: tables}
	a, err := c.CreateTableAs(ctx, name, catalog.Definition{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	if err := write(t, memory.DefaultAllocator, a, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	found, err := c.Table(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := found.Current().Tasks(ctx, catalog.Scan{Columns: []int{0}, Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats)})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.DropTable(ctx, name); err != nil {
		t.Fatal(err)
	}
	for batch, err := range tasks[0].Read(ctx) {
		if err != nil || len(batch.Column(0).(*array.String).Value(0)) != 100 {
			t.Errorf("read %v, %v", batch, err)
		}
	}
}
