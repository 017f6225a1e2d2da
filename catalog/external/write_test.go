package external

import (
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

func newRows(t *testing.T, mem memory.Allocator) arrow.RecordBatch {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64}, {Name: "title", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "ok", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "price", Type: &arrow.Decimal128Type{Precision: 6, Scale: 2}, Nullable: true}, {Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
		{Name: "at", Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true}, {Name: "f", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	}, nil)
	rows, _, err := array.RecordFromJSON(mem, schema, strings.NewReader(`[
		{"id": 1, "title": "a \"b\", c", "ok": true, "price": "1.50", "tags": ["x", "y z"], "at": "2026-11-25T10:00:00Z", "f": 0.1},
		{"id": 2, "title": "", "ok": false, "tags": []},
		{"id": 3, "price": "-2.00", "f": 1e30},
		{"id": 4, "title": "two\nlines", "ok": true, "price": "0.00", "tags": ["q\"uote"], "f": -0.5},
		{"id": 5, "title": "\\.", "ok": true, "price": "0.00"}]`))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// PostgreSQL wrote the CSV, with COPY ... TO STDOUT (FORMAT csv, HEADER) and its options.
func TestWriteText(t *testing.T) {
	for _, c := range []struct {
		name   string
		target catalog.FileTarget
		want   string
	}{
		{"csv", catalog.FileTarget{Format: "csv", Header: true}, `id,title,ok,price,tags,at,f
1,"a ""b"", c",t,1.50,"{x,""y z""}",2026-11-25 10:00:00+00,0.1
2,"",f,,{},,
3,,,-2.00,,,1e+30
4,"two
lines",t,0.00,"{""q\""uote""}",,-0.5
5,\.,t,0.00,,,
`},
		{"csv options", catalog.FileTarget{Format: "csv", Delimiter: ';', Null: "nil", ForceQuote: []bool{true, false, false, false, false, false, true}}, `"1";"a ""b"", c";t;1.50;"{x,""y z""}";2026-11-25 10:00:00+00;"0.1"
"2";;f;nil;{};nil;nil
"3";nil;nil;-2.00;nil;nil;"1e+30"
"4";"two
lines";t;0.00;"{""q\""uote""}";nil;"-0.5"
"5";\.;t;0.00;nil;nil;nil
`},
		{"json", catalog.FileTarget{Format: "json", Array: true}, `[
	{"id": 1, "title": "a \"b\", c", "ok": true, "price": 1.50, "tags": ["x", "y z"], "at": "2026-11-25T10:00:00+00:00", "f": 0.1},
	{"id": 2, "title": "", "ok": false, "price": null, "tags": [], "at": null, "f": null},
	{"id": 3, "title": null, "ok": null, "price": -2.00, "tags": null, "at": null, "f": 1000000000000000000000000000000},
	{"id": 4, "title": "two\nlines", "ok": true, "price": 0.00, "tags": ["q\"uote"], "at": null, "f": -0.5},
	{"id": 5, "title": "\\.", "ok": true, "price": 0.00, "tags": null, "at": null, "f": null}
]
`},
	} {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		roots, dir := newRoot(t)
		c.target.Path, c.target.Location = "new", time.UTC
		rows := newRows(t, mem)
		out, err := NewReader(roots).WriteFile(c.target, rows.Schema(), mem)
		if err != nil {
			t.Fatal(err)
		}
		if err := out.Write(rows); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
			t.Error("the file is there before all rows are")
		}
		if n, err := out.Commit(t.Context()); n != 5 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
		rows.Release()
		got, err := os.ReadFile(filepath.Join(dir, "new"))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, got, c.want)
		}
		mem.AssertSize(t, 0)
	}
}

// What is not committed leaves neither a file nor memory behind.
func TestAbort(t *testing.T) {
	for _, format := range []string{"csv", "json", "parquet", "arrow"} {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		roots, dir := newRoot(t)
		before, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		rows := newRows(t, mem)
		out, err := NewReader(roots).WriteFile(catalog.FileTarget{Path: "a.csv", Format: format, Compression: "gzip"}, rows.Schema(), mem)
		if err != nil {
			t.Fatal(err)
		}
		if err := out.Write(rows); err != nil {
			t.Fatal(err)
		}
		out.Abort()
		rows.Release()
		mem.AssertSize(t, 0)
		after, err := os.ReadDir(dir)
		if text, _ := os.ReadFile(filepath.Join(dir, "a.csv")); err != nil || len(after) != len(before) || string(text) != "n\n1\n2\n" {
			t.Errorf("%s: %d files and then %d, %v, a.csv is %q", format, len(before), len(after), err, text)
		}
	}
}
