package iceberg

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// A fixture is a catalog in a folder of its own, with the steps that tests are made of. Each fails the test.
type fixture struct {
	testing.TB
	dir string
	c   *Catalog
	mem *memory.CheckedAllocator
}

func newFixture(t testing.TB) *fixture {
	f := &fixture{TB: t, dir: t.TempDir(), mem: memory.NewCheckedAllocator(memory.DefaultAllocator)}
	f.c = f.open(Options{})
	t.Cleanup(func() {
		f.check(f.c.Close())
		f.mem.AssertSize(t, 0)
	})
	return f
}

func (f *fixture) open(options Options) *Catalog {
	f.Helper()
	c, err := Open(f.Context(), f.dir, options)
	f.check(err)
	return c
}

func (f *fixture) reopen() {
	f.Helper()
	f.check(f.c.Close())
	f.c = f.open(Options{})
}

func (f *fixture) check(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) wantState(state string, err error) {
	f.Helper()
	if stateOf(err) != state {
		f.Errorf("got %v, want state %s", err, state)
	}
}

var images = catalog.Name{Schema: "main", Table: "images"}

// imageSchema has a column that may not be NULL, one that may, and a vector.
var imageSchema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "caption", Type: arrow.BinaryTypes.String, Nullable: true, Metadata: arrow.NewMetadata([]string{catalog.CommentKey}, []string{"what a model saw"})},
	{Name: "emb", Type: arrow.FixedSizeListOfNonNullable(2, arrow.PrimitiveTypes.Float32), Nullable: true},
}, nil)

func (f *fixture) create(name catalog.Name, def catalog.Definition) catalog.Table {
	f.Helper()
	t, err := f.c.CreateTable(f.Context(), name, def)
	f.check(err)
	return t
}

func (f *fixture) table(name catalog.Name) catalog.Table {
	f.Helper()
	t, err := f.c.Table(f.Context(), name)
	f.check(err)
	return t
}

// batch makes a batch from JSON.
func (f *fixture) batch(schema *arrow.Schema, json string) arrow.RecordBatch {
	f.Helper()
	b, _, err := array.RecordFromJSON(f.mem, schema, strings.NewReader(json))
	f.check(err)
	return b
}

func (f *fixture) append(t catalog.Table, json string) {
	f.Helper()
	a, err := t.Append(f.Context())
	f.check(err)
	f.write(a, t, json)
}

func (f *fixture) write(a catalog.Append, t catalog.Table, json string) {
	f.Helper()
	b := f.batch(t.Definition().Schema, json)
	defer b.Release()
	f.check(a.Write(b))
	n, err := a.Commit(f.Context())
	f.check(err)
	if n != b.NumRows() {
		f.Errorf("commit of %d rows says %d", b.NumRows(), n)
	}
}

// rows is what a scan of a snapshot gives, a line a row, with the counts of files read and pruned above.
func (f *fixture) rows(s catalog.Snapshot, columns ...string) string {
	f.Helper()
	return f.scan(s, catalog.Scan{}, columns...)
}

func (f *fixture) scan(s catalog.Snapshot, scan catalog.Scan, columns ...string) string {
	f.Helper()
	text, err := f.tryScan(s, scan, columns...)
	f.check(err)
	return text
}

func (f *fixture) tryScan(s catalog.Snapshot, scan catalog.Scan, columns ...string) (string, error) {
	f.Helper()
	for _, c := range columns {
		scan.Columns = append(scan.Columns, s.Schema().FieldIndices(c)...)
	}
	scan.Mem, scan.Stats, scan.Rows = f.mem, new(catalog.ScanStats), 1024
	tasks, err := s.Tasks(f.Context(), scan)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if scan.Prune != nil {
		fmt.Fprintf(&out, "%d files, %d pruned\n", scan.Stats.Files.Load(), scan.Stats.FilesPruned.Load())
	}
	for _, task := range tasks {
		for batch, err := range task.Read(f.Context()) {
			if err != nil {
				return "", err
			}
			for row := range int(batch.NumRows()) {
				var values []string
				for _, c := range batch.Columns() {
					values = append(values, c.ValueStr(row))
				}
				fmt.Fprintln(&out, strings.Join(values, " "))
			}
		}
	}
	return out.String(), nil
}

func (f *fixture) equal(what, got, want string) {
	f.Helper()
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		f.Errorf("%s: got:\n%s\nwant:\n%s", what, got, want)
	}
}

func TestTablesLast(t *testing.T) {
	f := newFixture(t)
	made := f.create(images, catalog.Definition{Schema: imageSchema, Comment: "pictures"})
	if n, known := made.Current().Rows(); n != 0 || !known || made.Current().ID() != 0 {
		t.Errorf("new table: %d rows (known: %v), snapshot %d", n, known, made.Current().ID())
	}
	f.equal("new table", f.rows(made.Current(), "id"), "")
	f.append(made, `[{"id":1,"caption":"cat","emb":[1,2]},{"id":2}]`)
	f.append(made, `[{"id":3,"caption":"dog","emb":[3,4]}]`)
	f.reopen()

	table := f.table(images)
	f.equal("rows", f.rows(table.Current(), "caption", "id", "emb"), `
cat 1 [1,2]
(null) 2 (null)
dog 3 [3,4]`)
	if n, known := table.Current().Rows(); n != 3 || !known {
		t.Errorf("%d rows (known: %v), want 3", n, known)
	}
	if !table.Current().Schema().Equal(imageSchema) {
		t.Errorf("schema: %s, want %s", table.Current().Schema(), imageSchema)
	}
	if got := table.Definition().Comment; got != "pictures" {
		t.Errorf("comment: %q", got)
	}
	f.equal("no columns", f.rows(table.Current()), "\n\n\n")
}

// An append that is larger than a file should be makes several.
func TestSeveralFiles(t *testing.T) {
	f := newFixture(t)
	f.check(f.c.Close())
	f.c = f.open(Options{FileBytes: 1})
	table := f.create(images, catalog.Definition{Schema: imageSchema})
	a, err := table.Append(t.Context())
	f.check(err)
	for _, json := range []string{`[{"id":1},{"id":2}]`, `[]`, `[{"id":3}]`, `[{"id":4}]`} {
		rows := f.batch(imageSchema, json)
		defer rows.Release()
		f.check(a.Write(rows))
	}
	n, err := a.Commit(t.Context())
	f.check(err)
	if n != 4 {
		t.Errorf("%d rows committed", n)
	}
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "1\n2\n3\n4")
	f.noLeftovers(f.table(images), 3)
	if got := len(f.table(images).(catalog.Historian).Snapshots()); got != 1 {
		t.Errorf("%d snapshots, want 1", got)
	}
}

func TestOlderSnapshots(t *testing.T) {
	f := newFixture(t)
	table := f.create(images, catalog.Definition{Schema: imageSchema})
	f.append(table, `[{"id":1}]`)
	first := f.table(images)
	f.append(table, `[{"id":2}]`)
	now := f.table(images)

	f.equal("looked up before", f.rows(first.Current(), "id"), "1")
	old, err := now.Snapshot(t.Context(), first.Current().ID())
	f.check(err)
	f.equal("by id", f.rows(old, "id"), "1")
	empty, err := now.Snapshot(t.Context(), 0)
	f.check(err)
	f.equal("snapshot 0", f.rows(empty, "id"), "")
	_, err = now.Snapshot(t.Context(), 12345)
	f.wantState("55000", err)

	history := now.(catalog.Historian).Snapshots()
	if len(history) != 2 || history[1].ID != now.Current().ID() || history[1].Parent != history[0].ID ||
		history[0].Operation != "append" || history[0].Added != 1 {
		t.Errorf("history: %+v", history)
	}
}

func TestTake(t *testing.T) {
	f := newFixture(t)
	table := f.create(images, catalog.Definition{Schema: imageSchema})
	f.append(table, `[{"id":1,"emb":[1,1]},{"id":2,"caption":"b"}]`)
	f.append(table, `[{"id":3,"caption":"c"},{"id":4,"emb":[4,4]}]`)
	s := f.table(images).Current()
	f.equal("addresses", f.scan(s, catalog.Scan{Address: true}, "id"), "1 0\n2 1\n3 4294967296\n4 4294967297")

	take := func(addresses ...int64) string {
		batch, err := s.Take(t.Context(), catalog.Take{Addresses: addresses, Columns: []int{0, 1, 2}, Mem: f.mem, Stats: new(catalog.ScanStats)})
		f.check(err)
		defer batch.Release()
		return fmt.Sprint(batch.Columns())
	}
	f.equal("several files", take(4294967297, 1, 0, 4294967296, 1), `[[4 2 1 3 2] [(null) "b" (null) "c" "b"] [[4 4] (null) [1 1] (null) (null)]]`)
	f.equal("one file", take(1, 0), `[[2 1] ["b" (null)] [(null) [1 1]]]`)
	f.equal("none", take(), `[[] [] []]`)
	if _, err := s.Take(t.Context(), catalog.Take{Addresses: []int64{5 << 32}, Mem: f.mem, Stats: new(catalog.ScanStats)}); err == nil {
		t.Error("an address of another snapshot was taken")
	}
}

func TestAppendErrors(t *testing.T) {
	f := newFixture(t)
	table := f.create(images, catalog.Definition{Schema: imageSchema})
	a, err := table.Append(t.Context())
	f.check(err)
	nulls := f.batch(arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		imageSchema.Field(1), imageSchema.Field(2)}, nil), `[{"id":1},{"caption":"x"}]`)
	defer nulls.Release()
	err = a.Write(nulls)
	f.wantState("23502", err)
	if err == nil || !strings.Contains(err.Error(), `"id"`) || !strings.Contains(err.Error(), "main.images") {
		t.Errorf("error does not name table and column: %v", err)
	}
	a.Abort()
	f.noLeftovers(table, 0)

	// Whoever drops a table takes the appends to it along, even if another takes its name.
	a, err = table.Append(t.Context())
	f.check(err)
	rows := f.batch(imageSchema, `[{"id":1}]`)
	defer rows.Release()
	f.check(a.Write(rows))
	f.check(f.c.DropTable(t.Context(), images))
	f.create(images, catalog.Definition{Schema: imageSchema})
	_, err = a.Commit(t.Context())
	f.wantState("40001", err)
}

func TestDefinition(t *testing.T) {
	f := newFixture(t)
	titles := catalog.Name{Schema: "main", Table: "Titles & more"}
	f.create(titles, catalog.Definition{Schema: arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}}, nil),
		Keys: []catalog.Key{{Kind: catalog.PrimaryKey, Columns: []string{"id"}}}})
	def := catalog.Definition{Schema: imageSchema, Comment: "pictures", Keys: []catalog.Key{
		{Name: "images_pk", Kind: catalog.PrimaryKey, Columns: []string{"id"}},
		{Kind: catalog.ForeignKey, Columns: []string{"id"}, References: titles, RefColumns: []string{"id"}},
	}, Properties: map[string]string{"owner": "lake"}}
	table := f.create(images, def)
	meta := table.(*Table).state.meta
	if ids := meta.CurrentSchema().IdentifierFieldIDs; len(ids) != 1 || ids[0] != 1 {
		t.Errorf("identifier fields: %v", ids)
	}

	changed := table.Definition()
	changed.Comment = ""
	changed.Keys = changed.Keys[:1]
	changed.Properties["owner"] = "lab"
	fields := changed.Schema.Fields()
	fields[0].Metadata = arrow.NewMetadata([]string{catalog.CommentKey}, []string{"a number"})
	fields[1].Metadata = arrow.Metadata{}
	changed.Schema = arrow.NewSchema(fields, nil)
	f.check(table.Alter(t.Context(), changed))
	f.reopen()
	got := f.table(images).Definition()
	want := changed
	if !got.Schema.Equal(want.Schema) || got.Comment != "" || fmt.Sprint(got.Keys) != fmt.Sprint(want.Keys) || got.Properties["owner"] != "lab" {
		t.Errorf("after Alter: %+v\nwant %+v", got, want)
	}

	fields[1].Type = arrow.PrimitiveTypes.Int32
	changed.Schema = arrow.NewSchema(fields, nil)
	f.wantState("0A000", f.table(images).Alter(t.Context(), changed))
	def.Keys[0].Columns = []string{"nope"}
	_, err := f.c.CreateTable(t.Context(), catalog.Name{Schema: "main", Table: "other"}, def)
	f.wantState("42703", err)
	interval := arrow.NewSchema([]arrow.Field{{Name: "i", Type: arrow.FixedWidthTypes.MonthDayNanoInterval}}, nil)
	_, err = f.c.CreateTable(t.Context(), catalog.Name{Schema: "main", Table: "other"}, catalog.Definition{Schema: interval})
	f.wantState("0A000", err)
}

func TestNames(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	second := func(_ any, err error) error { return err }
	def := catalog.Definition{Schema: imageSchema}
	lab := catalog.Name{Schema: "lab", Table: "x"}
	f.wantState("3F000", second(f.c.CreateTable(ctx, lab, def)))
	f.wantState("3F000", second(f.c.Table(ctx, lab)))
	f.wantState("3F000", second(f.c.Tables(ctx, "lab")))
	f.wantState("3F000", f.c.DropSchema(ctx, "lab"))
	f.check(f.c.CreateSchema(ctx, catalog.Schema{Name: "lab", Comment: "try things"}))
	f.wantState("42P06", f.c.CreateSchema(ctx, catalog.Schema{Name: "lab"}))
	f.wantState("42P01", second(f.c.Table(ctx, lab)))
	f.create(lab, def)
	f.wantState("42P07", second(f.c.CreateTable(ctx, lab, def)))
	f.wantState("42P07", second(f.c.CreateTableAs(ctx, lab, def)))
	f.wantState("2BP01", f.c.DropSchema(ctx, "lab"))
	schemas, err := f.c.Schemas(ctx)
	f.check(err)
	f.equal("schemas", fmt.Sprint(schemas), "[{lab try things false} {main  false}]")
	f.check(f.c.AlterSchema(ctx, catalog.Schema{Name: "lab"}))
	f.check(f.c.AlterSchema(ctx, catalog.Schema{Name: "main", Comment: "first"}))
	f.check(f.c.AlterSchema(ctx, catalog.Schema{Name: "main", Comment: "second"}))
	f.wantState("3F000", f.c.AlterSchema(ctx, catalog.Schema{Name: "nope", Comment: "x"}))
	schemas, err = f.c.Schemas(ctx)
	f.check(err)
	f.equal("schemas with other comments", fmt.Sprint(schemas), "[{lab  false} {main second false}]")
	f.check(f.c.DropTable(ctx, lab))
	f.wantState("42P01", f.c.DropTable(ctx, lab))
	f.check(f.c.DropSchema(ctx, "lab"))
	f.wantState("3F000", second(f.c.Table(ctx, lab)))
}

func TestCreateTableAs(t *testing.T) {
	f := newFixture(t)
	def := catalog.Definition{Schema: imageSchema}
	start := func() catalog.Append {
		a, err := f.c.CreateTableAs(t.Context(), images, def)
		f.check(err)
		rows := f.batch(imageSchema, `[{"id":1},{"id":2}]`)
		defer rows.Release()
		f.check(a.Write(rows))
		return a
	}
	aborted, first, second := start(), start(), start()
	aborted.Abort()
	_, err := f.c.Table(t.Context(), images)
	f.wantState("42P01", err)
	n, err := first.Commit(t.Context())
	f.check(err)
	if n != 2 {
		t.Errorf("%d rows committed", n)
	}
	_, err = second.Commit(t.Context())
	f.wantState("42P07", err)
	f.reopen()
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "1\n2")
	f.noLeftovers(f.table(images), 1)
}

// modified is when the catalog's database was changed last.
func (f *fixture) modified() time.Time {
	f.Helper()
	info, err := os.Stat(filepath.Join(f.dir, "catalog.db"))
	f.check(err)
	return info.ModTime()
}

func TestOpenReadOnly(t *testing.T) {
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	f.check(f.c.Close())
	before := f.modified()
	reader := f.open(Options{ReadOnly: true})
	defer reader.Close()
	if after := f.modified(); after != before {
		t.Error("opening changed the catalog")
	}
	f.c = f.open(Options{})
	table, err := reader.Table(t.Context(), images)
	f.check(err)
	f.equal("rows", f.rows(table.Current(), "id"), "1")
	_, err = reader.CreateTable(t.Context(), catalog.Name{Schema: "main", Table: "x"}, catalog.Definition{Schema: imageSchema})
	f.wantState("25006", err)
	_, err = Open(t.Context(), t.TempDir(), Options{ReadOnly: true})
	f.wantState("58P01", err)
	var e *catalog.Error
	if !errors.As(err, &e) || e.Hint == "" {
		t.Errorf("no hint: %v", err)
	}
}
