package system

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
	"github.com/mediaflight/mediaflight/catalog/iceberg"
	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/udf"
)

// counting counts the tables that are looked up.
type counting struct {
	catalog.Catalog
	lookups int
	fault   error // of looking up main.broken
}

func (c *counting) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	c.lookups++
	if name.Table == "broken" && c.fault != nil {
		return nil, c.fault
	}
	return c.Catalog.Table(ctx, name)
}

func newTestCatalog(t *testing.T) (*counting, catalog.Catalog) {
	t.Helper()
	inner := &counting{Catalog: memtable.NewCatalog()}
	create := func(schema, table string, def catalog.Definition) {
		if _, err := inner.CreateTable(t.Context(), catalog.Name{Schema: schema, Table: table}, def); err != nil {
			t.Fatal(err)
		}
	}
	if err := inner.CreateSchema(t.Context(), catalog.Schema{Name: "lab", Comment: "try things"}); err != nil {
		t.Fatal(err)
	}
	create("main", "titles", catalog.Definition{
		Comment: "films",
		Schema: arrow.NewSchema([]arrow.Field{
			{Name: "id", Type: arrow.PrimitiveTypes.Int64},
			{Name: "Name", Type: arrow.BinaryTypes.String, Nullable: true, Metadata: arrow.NewMetadata([]string{catalog.CommentKey}, []string{"as on the poster"})},
			{Name: "price", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}, Nullable: true},
		}, nil),
		Keys: []catalog.Key{{Kind: catalog.PrimaryKey, Columns: []string{"id"}}, {Name: "by_name", Kind: catalog.UniqueKey, Columns: []string{"Name"}}},
	})
	create("main", "images", catalog.Definition{
		Schema: arrow.NewSchema([]arrow.Field{
			{Name: "id", Type: arrow.PrimitiveTypes.Int32},
			{Name: "title", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
			{Name: "emb", Type: arrow.FixedSizeListOfNonNullable(384, arrow.PrimitiveTypes.Float32), Nullable: true},
			{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
			{Name: "taken", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, Nullable: true},
		}, nil),
		Keys: []catalog.Key{{Kind: catalog.ForeignKey, Columns: []string{"title"}, References: catalog.Name{Schema: "main", Table: "titles"}}},
	})
	create("lab", "broken", catalog.Definition{Schema: arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil)})
	functions := udf.NewSet([]udf.Scalar{{Name: "half", Kind: "math", Doc: "Half of x.", Example: "half(4) = 2", Args: []string{"x"},
		Impls: []udf.Impl{{In: []udf.Type{{Name: "bigint"}}}, {In: []udf.Type{{Name: "real"}}, Variadic: true}}},
		{Name: "hidden", Internal: true, Impls: []udf.Impl{{}}}}, nil)
	return inner, New(inner, functions, Setting{"timezone", "UTC", "where the clock stands"})
}

// query reads columns of a system table, of the rows that predicates "column=value|value" may keep.
func query(t *testing.T, c catalog.Catalog, table, columns string, predicates ...string) string {
	t.Helper()
	schema, name, _ := strings.Cut(table, ".")
	found, err := c.Table(t.Context(), catalog.Name{Schema: schema, Table: name})
	if err != nil {
		t.Fatal(err)
	}
	s := found.Current()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	scan := catalog.Scan{Mem: mem, Stats: new(catalog.ScanStats), Rows: 3}
	for _, column := range strings.Fields(columns) {
		scan.Columns = append(scan.Columns, s.Schema().FieldIndices(column)...)
	}
	for _, p := range predicates {
		column, values, _ := strings.Cut(p, "=")
		b := array.NewStringBuilder(mem)
		defer b.Release()
		b.AppendValues(strings.Split(values, "|"), nil)
		constants := b.NewArray()
		defer constants.Release()
		scan.Prune = append(scan.Prune, catalog.Predicate{Column: s.Schema().FieldIndices(column)[0], Op: catalog.In, Values: constants})
	}
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
			for row := range int(batch.NumRows()) {
				var values []string
				for _, column := range batch.Columns() {
					values = append(values, column.ValueStr(row))
				}
				out.WriteString(strings.Join(values, " | ") + "\n")
			}
		}
	}
	return out.String()
}

func TestViews(t *testing.T) {
	_, c := newTestCatalog(t)
	for _, test := range []struct {
		table, columns string
		predicates     []string
		want           string
	}{
		{"information_schema.schemata", "catalog_name schema_name schema_comment", nil, `
mediaflight | information_schema | what the catalog holds, as the SQL standard has it
mediaflight | lab | try things
mediaflight | main | (null)
mediaflight | mediaflight | snapshots, files, indexes, functions and settings
`},
		{"information_schema.tables", "table_schema table_name table_type is_insertable_into table_comment", []string{"table_schema=main|lab"}, `
lab | broken | BASE TABLE | YES | (null)
main | images | BASE TABLE | YES | (null)
main | titles | BASE TABLE | YES | films
`},
		{"information_schema.tables", "table_name table_type", []string{"table_schema=mediaflight"}, `
files | SYSTEM VIEW
functions | SYSTEM VIEW
index_curve | SYSTEM VIEW
index_files | SYSTEM VIEW
index_stats | SYSTEM VIEW
settings | SYSTEM VIEW
snapshots | SYSTEM VIEW
`},
		{"information_schema.columns", "table_name column_name ordinal_position is_nullable data_type numeric_precision numeric_scale datetime_precision column_comment",
			[]string{"table_schema=main"}, `
images | id | 1 | NO | integer | 32 | 0 | (null) | (null)
images | title | 2 | YES | bigint | 64 | 0 | (null) | (null)
images | emb | 3 | YES | vector(384) | (null) | (null) | (null) | (null)
images | tags | 4 | YES | text[] | (null) | (null) | (null) | (null)
images | taken | 5 | YES | timestamp with time zone | (null) | (null) | 6 | (null)
titles | id | 1 | NO | bigint | 64 | 0 | (null) | (null)
titles | Name | 2 | YES | text | (null) | (null) | (null) | as on the poster
titles | price | 3 | YES | numeric | 10 | 2 | (null) | (null)
`},
		{"information_schema.columns", "column_name data_type", []string{"table_schema=information_schema", "table_name=key_column_usage|nothing"}, `
constraint_catalog | text
constraint_schema | text
constraint_name | text
table_catalog | text
table_schema | text
table_name | text
column_name | text
ordinal_position | integer
position_in_unique_constraint | integer
`},
		{"information_schema.views", "table_name", nil, ""},
		{"information_schema.table_constraints", "table_name constraint_name constraint_type enforced", nil, `
images | images_title_fkey | FOREIGN KEY | NO
titles | titles_pkey | PRIMARY KEY | NO
titles | by_name | UNIQUE | NO
`},
		{"information_schema.key_column_usage", "constraint_name table_name column_name ordinal_position position_in_unique_constraint", nil, `
images_title_fkey | images | title | 1 | 1
titles_pkey | titles | id | 1 | (null)
by_name | titles | Name | 1 | (null)
`},
		{"information_schema.referential_constraints", "constraint_name unique_constraint_schema unique_constraint_name", nil, `
images_title_fkey | main | titles_pkey
`},
		{"information_schema.constraint_column_usage", "table_name column_name constraint_name", nil, `
titles | id | images_title_fkey
titles | id | titles_pkey
titles | Name | by_name
`},
		{"mediaflight.functions", "name kind arguments example", nil, `
half | scalar | x bigint | half(4) = 2
half | scalar | x real, ... | half(4) = 2
`},
		{"mediaflight.settings", "name default_value doc", nil, "timezone | UTC | where the clock stands"},
		{"mediaflight.snapshots", "table_name", nil, ""}, // tables in memory have no history
		{"mediaflight.files", "table_name", nil, ""},
		{"mediaflight.index_stats", "index_name", nil, ""}, // and no indexes
	} {
		t.Run(test.table+" "+strings.Join(test.predicates, " "), func(t *testing.T) {
			got := query(t, c, test.table, test.columns, test.predicates...)
			if strings.TrimSpace(got) != strings.TrimSpace(test.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// A look-up of one table's columns asks for no other table.
func TestNarrow(t *testing.T) {
	inner, c := newTestCatalog(t)
	for _, test := range []struct {
		table, column string
		predicates    []string
		lookups       int
	}{
		{"information_schema.columns", "column_name", nil, 3},
		{"information_schema.columns", "column_name", []string{"table_schema=main", "table_name=images"}, 1},
		{"information_schema.columns", "column_name", []string{"table_schema=main", "table_schema=lab"}, 0},
		{"information_schema.tables", "table_name", nil, 0},
		{"information_schema.tables", "table_comment", []string{"table_schema=main"}, 2},
	} {
		inner.lookups = 0
		query(t, c, test.table, test.column, test.predicates...)
		if inner.lookups != test.lookups {
			t.Errorf("%s of %s %v looks up %d tables, want %d", test.column, test.table, test.predicates, inner.lookups, test.lookups)
		}
	}
}

// A table whose files are lost hides no others.
func TestBrokenTable(t *testing.T) {
	inner, c := newTestCatalog(t)
	inner.fault = &catalog.Error{State: "XX001", Msg: "damaged"}
	if got := query(t, c, "information_schema.columns", "table_name", "table_schema=lab|main"); strings.Contains(got, "broken") || !strings.Contains(got, "titles") {
		t.Errorf("columns: %s", got)
	}
	if got := query(t, c, "information_schema.tables", "table_name table_comment", "table_schema=lab"); got != "broken | (null)\n" {
		t.Errorf("tables: %s", got)
	}
	inner.fault = errors.New("out of luck")
	table, err := c.Table(t.Context(), catalog.Name{Schema: "information_schema", Table: "columns"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Current().Tasks(t.Context(), catalog.Scan{Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats)}); err == nil {
		t.Error("an error that is not the table's is hidden")
	}
}

func TestTake(t *testing.T) {
	_, c := newTestCatalog(t)
	table, err := c.Table(t.Context(), catalog.Name{Schema: "information_schema", Table: "tables"})
	if err != nil {
		t.Fatal(err)
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	s := table.Current()
	tasks, err := s.Tasks(t.Context(), catalog.Scan{Columns: []int{2}, Address: true, Mem: mem, Stats: new(catalog.ScanStats)})
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		for batch, err := range task.Read(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			addresses := batch.Column(1).(*array.Int64).Int64Values()
			again, err := s.Take(t.Context(), catalog.Take{Addresses: addresses, Columns: []int{2}, Mem: mem, Stats: new(catalog.ScanStats)})
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(again.Column(0)) != fmt.Sprint(batch.Column(0)) {
				t.Errorf("taken %v, scanned %v", again.Column(0), batch.Column(0))
			}
			again.Release()
		}
	}
}

func TestReadOnly(t *testing.T) {
	_, c := newTestCatalog(t)
	ctx := t.Context()
	name := catalog.Name{Schema: "mediaflight", Table: "settings"}
	table, err := c.Table(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	_, appendErr := table.Append(ctx)
	_, createErr := c.CreateTable(ctx, catalog.Name{Schema: "mediaflight", Table: "x"}, catalog.Definition{})
	_, createAsErr := c.CreateTableAs(ctx, catalog.Name{Schema: "mediaflight", Table: "x"}, catalog.Definition{})
	_, replaceErr := c.ReplaceTableAs(ctx, name, catalog.Definition{})
	_, missingErr := c.Table(ctx, catalog.Name{Schema: "mediaflight", Table: "x"})
	_, snapshotErr := table.Snapshot(ctx, 1)
	for _, test := range []struct {
		state string
		err   error
	}{
		{"42809", appendErr}, {"42809", table.Alter(ctx, catalog.Definition{})},
		{"42501", createErr}, {"42501", createAsErr}, {"42501", replaceErr}, {"42501", c.AlterSchema(ctx, catalog.Schema{Name: "mediaflight"})}, {"42501", c.DropTable(ctx, name)}, {"42501", c.DropSchema(ctx, "mediaflight")},
		{"42P06", c.CreateSchema(ctx, catalog.Schema{Name: "information_schema"})},
		{"42P01", missingErr}, {"55000", snapshotErr},
	} {
		var e *catalog.Error
		if !errors.As(test.err, &e) || e.State != test.state {
			t.Errorf("got %v, want state %s", test.err, test.state)
		}
	}
}

func TestHistory(t *testing.T) {
	ctx := t.Context()
	lake, err := iceberg.Open(ctx, t.TempDir(), iceberg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer lake.Close()
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}}, nil)
	rows, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(`[{"id":1},{"id":2}]`))
	if err != nil {
		t.Fatal(err)
	}
	name := catalog.Name{Schema: "main", Table: "t"}
	if _, err := lake.CreateTable(ctx, name, catalog.Definition{Schema: schema}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		table, err := lake.Table(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		a, err := table.Append(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Write(rows); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Commit(ctx); err != nil {
			t.Fatal(err)
		}
	}
	c := New(lake, udf.NewSet(nil, nil))
	if got, want := query(t, c, "mediaflight.snapshots", "table_schema table_name operation rows_added rows_deleted is_current"),
		"main | t | append | 2 | 0 | false\nmain | t | append | 2 | 0 | true\n"; got != want {
		t.Errorf("snapshots:\n%s\nwant:\n%s", got, want)
	}
	if got, want := query(t, c, "mediaflight.files", "table_name rows", "table_name=t"), "t | 2\nt | 2\n"; got != want {
		t.Errorf("files:\n%s\nwant:\n%s", got, want)
	}
}

func TestIndexes(t *testing.T) {
	ctx := t.Context()
	_, none := newTestCatalog(t)
	var e *catalog.Error
	if err := none.(catalog.Indexer).CreateIndex(ctx, catalog.IndexDefinition{Name: "i", Table: catalog.Name{Schema: "main", Table: "images"}}, nil); !errors.As(err, &e) || e.State != "0A000" {
		t.Errorf("an index of a table in memory: %v", err)
	}
	lake, err := iceberg.Open(ctx, t.TempDir(), iceberg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer lake.Close()
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.FixedSizeListOfNonNullable(2, arrow.PrimitiveTypes.Float32), Nullable: true}}, nil)
	rows, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(`[{"v":[1,2]},{"v":[3,4]},{"v":null}]`))
	if err != nil {
		t.Fatal(err)
	}
	name := catalog.Name{Schema: "main", Table: "t"}
	write := func() {
		table, err := lake.Table(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		a, err := table.Append(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Write(rows); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Commit(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := lake.CreateTable(ctx, name, catalog.Definition{Schema: schema}); err != nil {
		t.Fatal(err)
	}
	write()
	c := New(lake, udf.NewSet(nil, nil))
	indexer := c.(catalog.Indexer)
	if err := indexer.CreateIndex(ctx, catalog.IndexDefinition{Name: "by_v", Table: name, Column: "v", Metric: "l2_distance"}, nil); err != nil {
		t.Fatal(err)
	}
	write()
	for _, test := range []struct{ table, columns, want string }{
		{"mediaflight.index_stats", "index_schema index_name table_name column_name metric lists bits rows rows_uncovered files files_uncovered state detail",
			"main | by_v | t | v | l2_distance | 1 | 1 | 3 | 3 | 1 | 1 | ready | (null)"},
		{"mediaflight.index_files", "index_name rows is_covered", "by_v | 3 | true\nby_v | 3 | false"},
	} {
		if got := strings.TrimSpace(query(t, c, test.table, test.columns, "index_schema=main")); got != test.want {
			t.Errorf("%s:\n%s\nwant:\n%s", test.table, got, test.want)
		}
	}
	if err := indexer.FoldIndex(ctx, "main", "by_v", nil); err != nil {
		t.Error(err)
	}
	if faults, err := indexer.VerifyIndex(ctx, "main", "by_v"); err != nil || len(faults) > 0 {
		t.Error(faults, err)
	}
	if err := indexer.Reindex(ctx, "main", "by_v", nil); err != nil {
		t.Error(err)
	}
	for schema, state := range map[string]string{"main": "", "mediaflight": "42704", "lab": "3F000"} {
		err := indexer.DropIndex(ctx, schema, "by_v")
		if e = nil; errors.As(err, &e) && e.State != state || e == nil && state != "" {
			t.Errorf("drop in %s: %v, want state %q", schema, err, state)
		}
	}
}
