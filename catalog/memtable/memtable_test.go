package memtable

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

var testSchema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "name", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "emb", Type: arrow.FixedSizeListOfNonNullable(2, arrow.PrimitiveTypes.Float32), Nullable: true},
}, nil)

func batchOf(t *testing.T, mem memory.Allocator, json string) arrow.RecordBatch {
	t.Helper()
	batch, _, err := array.RecordFromJSON(mem, testSchema, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// odd keeps the rows with an odd id.
type odd struct{}

func (odd) Columns() []int { return []int{0} }
func (odd) Select(_ context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	for i, id := range batch.Column(0).(*array.Int64).Int64Values() {
		if id%2 == 1 {
			into = append(into, uint32(i))
		}
	}
	return into, nil
}

func scanText(t *testing.T, s catalog.Snapshot, scan catalog.Scan) string {
	t.Helper()
	scan.Stats = new(catalog.ScanStats)
	tasks, err := s.Tasks(t.Context(), scan)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, task := range tasks {
		for batch, err := range task.Read(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%d rows", batch.NumRows())
			for i, column := range batch.Columns() {
				fmt.Fprintf(&out, " %s=%v", batch.ColumnName(i), column)
			}
			out.WriteString("\n")
		}
	}
	return out.String()
}

func TestScan(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	one := batchOf(t, mem, `[{"id":1,"name":"a","emb":[1,1]},{"id":2,"emb":[2,2]},{"id":3,"name":"c"}]`)
	two := batchOf(t, mem, `[{"id":4,"name":"d","emb":[4,4]},{"id":5,"name":"e","emb":[5,5]}]`)
	table := New(catalog.Name{Schema: "main", Table: "t"}, one, two)
	one.Release()
	two.Release()
	defer table.Release()

	for _, test := range []struct {
		name string
		scan catalog.Scan
		want string
	}{
		{"all", catalog.Scan{Columns: []int{1, 0}}, "3 rows name=[\"a\" (null) \"c\"] id=[1 2 3]\n2 rows name=[\"d\" \"e\"] id=[4 5]\n"},
		{"no columns", catalog.Scan{}, "3 rows\n2 rows\n"},
		{"small batches", catalog.Scan{Columns: []int{0}, Rows: 2}, "2 rows id=[1 2]\n1 rows id=[3]\n2 rows id=[4 5]\n"},
		{"filter", catalog.Scan{Columns: []int{2}, Filter: odd{}}, "2 rows emb=[[1 1] (null)]\n1 rows emb=[[5 5]]\n"},
		{"filter, address", catalog.Scan{Columns: []int{0}, Filter: odd{}, Address: true},
			"2 rows id=[1 3] _row_address=[0 2]\n1 rows id=[5] _row_address=[4]\n"},
		{"address alone", catalog.Scan{Address: true}, "3 rows _row_address=[0 1 2]\n2 rows _row_address=[3 4]\n"},
		{"filter drops a batch", catalog.Scan{Columns: []int{0}, Filter: odd{}, Rows: 1}, "1 rows id=[1]\n1 rows id=[3]\n1 rows id=[5]\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.scan.Mem = mem
			if got := scanText(t, table.Current(), test.scan); got != test.want {
				t.Errorf("got:\n%swant:\n%s", got, test.want)
			}
		})
	}

	taken, err := table.Current().Take(t.Context(), catalog.Take{Addresses: []int64{4, 0, 1, 0}, Columns: []int{0, 2}, Mem: mem})
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Release()
	if got, want := fmt.Sprint(taken.Column(0), taken.Column(1)), "[5 1 2 1] [[5 5] [1 1] [2 2] [1 1]]"; got != want {
		t.Errorf("taken %s, want %s", got, want)
	}
}

func TestAppend(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	c := NewCatalog()
	defer c.Close()
	name := catalog.Name{Schema: "main", Table: "t"}
	before, err := c.CreateTable(t.Context(), name, catalog.Definition{Schema: testSchema})
	if err != nil {
		t.Fatal(err)
	}
	if n, known := before.Current().Rows(); n != 0 || !known || before.Current().ID() != 0 {
		t.Errorf("new table has %d rows (known: %v), snapshot %d", n, known, before.Current().ID())
	}
	batch := batchOf(t, mem, `[{"id":1},{"id":2}]`)
	defer batch.Release()
	write := func(finish func(catalog.Append)) {
		a, err := before.Append(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Write(batch); err != nil {
			t.Fatal(err)
		}
		finish(a)
	}
	write(func(a catalog.Append) { a.Abort() })
	write(func(a catalog.Append) {
		if rows, err := a.Commit(t.Context()); rows != 2 || err != nil {
			t.Errorf("commit: %d, %v", rows, err)
		}
		a.Abort()
	})
	if n, _ := before.Current().Rows(); n != 0 {
		t.Errorf("a table that was looked up before the append has %d rows", n)
	}
	after, err := c.Table(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := after.Current().Rows(); n != 2 {
		t.Errorf("after the append: %d rows, want 2", n)
	}
	if old, err := after.Snapshot(t.Context(), 0); err != nil || old.ID() != 0 {
		t.Errorf("snapshot 0: %v", err)
	}

	nulls := batchOf(t, mem, `[{"name":"x"}]`)
	defer nulls.Release()
	a, _ := after.Append(t.Context())
	defer a.Abort()
	wantState(t, "23502", a.Write(nulls))
}

func TestCreateTableAs(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	c := NewCatalog()
	defer c.Close()
	name := catalog.Name{Schema: "main", Table: "t"}
	batch := batchOf(t, mem, `[{"id":1},{"id":2}]`)
	defer batch.Release()
	start := func() catalog.Append {
		a, err := c.CreateTableAs(t.Context(), name, catalog.Definition{Schema: testSchema})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Write(batch); err != nil {
			t.Fatal(err)
		}
		return a
	}
	aborted, first, second := start(), start(), start()
	aborted.Abort()
	if names, _ := c.Tables(t.Context(), "main"); len(names) != 0 {
		t.Errorf("tables before the commit: %v", names)
	}
	if n, err := first.Commit(t.Context()); n != 2 || err != nil {
		t.Errorf("commit: %d, %v", n, err)
	}
	_, err := second.Commit(t.Context())
	wantState(t, "42P07", err)
	_, err = c.CreateTableAs(t.Context(), name, catalog.Definition{Schema: testSchema})
	wantState(t, "42P07", err)
	table, err := c.Table(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := table.Current().Rows(); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func TestReplaceTableAs(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	name := catalog.Name{Schema: "main", Table: "t"}
	two := batchOf(t, mem, `[{"id":1},{"id":2}]`)
	defer two.Release()
	c := NewCatalog(New(name, two))
	defer c.Close()
	lookup := func() catalog.Table {
		table, err := c.Table(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	text := func(s catalog.Snapshot) string { return scanText(t, s, catalog.Scan{Columns: []int{0}, Mem: mem}) }
	schema := arrow.NewSchema([]arrow.Field{{Name: "label", Type: arrow.BinaryTypes.String}}, nil)
	labels, _, err := array.RecordFromJSON(mem, schema, strings.NewReader(`[{"label":"a"}]`))
	if err != nil {
		t.Fatal(err)
	}
	defer labels.Release()
	start := func() catalog.Append {
		a, err := c.ReplaceTableAs(t.Context(), name, catalog.Definition{Schema: schema})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Write(labels); err != nil {
			t.Fatal(err)
		}
		return a
	}

	old := lookup()
	late, err := old.Append(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := late.Write(two); err != nil {
		t.Fatal(err)
	}
	start().Abort()
	replace := start()
	if got, want := text(lookup().Current()), "2 rows id=[1 2]\n"; got != want {
		t.Errorf("before the commit: %s", got)
	}
	if n, err := replace.Commit(t.Context()); n != 1 || err != nil {
		t.Errorf("commit: %d rows, %v", n, err)
	}
	_, err = late.Commit(t.Context())
	wantState(t, "40001", err)
	again, err := lookup().Append(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write(labels); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := text(lookup().Current()), "1 rows label=[\"a\"]\n1 rows label=[\"a\"]\n"; got != want {
		t.Errorf("after the commit and an append: %s", got)
	}
	if got, want := text(old.Current()), "2 rows id=[1 2]\n"; got != want {
		t.Errorf("an older snapshot: %s", got)
	}
}

func TestErrors(t *testing.T) {
	ctx := t.Context()
	c := NewCatalog()
	def := catalog.Definition{Schema: testSchema}
	name := catalog.Name{Schema: "main", Table: "t"}
	table, err := c.CreateTable(ctx, name, def)
	if err != nil {
		t.Fatal(err)
	}
	second := func(_ any, err error) error { return err }
	wantState(t, "42P07", second(c.CreateTable(ctx, name, def)))
	wantState(t, "3F000", second(c.CreateTable(ctx, catalog.Name{Schema: "x", Table: "t"}, def)))
	wantState(t, "42P01", second(c.Table(ctx, catalog.Name{Schema: "main", Table: "x"})))
	wantState(t, "3F000", second(c.Tables(ctx, "x")))
	wantState(t, "42P06", c.CreateSchema(ctx, catalog.Schema{Name: "main"}))
	wantState(t, "2BP01", c.DropSchema(ctx, "main"))
	wantState(t, "55000", second(table.Snapshot(ctx, 7)))
	wantState(t, "3F000", c.AlterSchema(ctx, catalog.Schema{Name: "x"}))
	if err := c.AlterSchema(ctx, catalog.Schema{Name: "main", Comment: "all of it"}); err != nil {
		t.Fatal(err)
	}
	if schemas, _ := c.Schemas(ctx); fmt.Sprint(schemas) != "[{main all of it false}]" {
		t.Errorf("schemas: %v", schemas)
	}
	if err := c.DropTable(ctx, name); err != nil {
		t.Fatal(err)
	}
	wantState(t, "42P01", c.DropTable(ctx, name))
	wantState(t, "42P01", second(c.ReplaceTableAs(ctx, name, def)))
	if err := c.DropSchema(ctx, "main"); err != nil {
		t.Fatal(err)
	}
}

func wantState(t *testing.T, state string, err error) {
	t.Helper()
	var e *catalog.Error
	if !errors.As(err, &e) || e.State != state {
		t.Errorf("got %v, want state %s", err, state)
	}
}

func TestCreateTableAsIsSeenOnceCommitted(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	ctx := context.Background()
	c := NewCatalog()
	name := catalog.Name{Schema: catalog.DefaultSchema, Table: "made"}
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true}}, nil)
	batch, _, err := array.RecordFromJSON(mem, schema, strings.NewReader(`[{"id": 1}, {"id": 2}]`))
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	write := func() catalog.Append {
		t.Helper()
		a, err := c.CreateTableAs(ctx, name, catalog.Definition{Schema: schema})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Write(batch); err != nil {
			t.Fatal(err)
		}
		return a
	}
	aborted, late, first := write(), write(), write()
	aborted.Abort()
	if _, err := c.Table(ctx, name); err == nil {
		t.Error("the table is there before the commit")
	}
	if rows, err := first.Commit(ctx); rows != 2 || err != nil {
		t.Errorf("commit: %d rows, %v", rows, err)
	}
	var taken *catalog.Error
	if _, err := late.Commit(ctx); !errors.As(err, &taken) || taken.State != "42P07" {
		t.Errorf("the second commit: %v", err)
	}
	table, err := c.Table(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := table.Current().Rows(); n != 2 {
		t.Errorf("%d rows", n)
	}
	if err := c.DropTable(ctx, name); err != nil {
		t.Fatal(err)
	}
}
