package shell

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"

	"github.com/mediaflight/mediaflight/clients/conn"
)

func TestSplitCutsOnlyBetweenStatements(t *testing.T) {
	for script, want := range map[string][]string{
		"":                               {""},
		"SELECT 1":                       {"SELECT 1"},
		"SELECT 1; SELECT 2 ;":           {"SELECT 1", "SELECT 2", ""},
		"SELECT ';'; x":                  {"SELECT ';'", " x"},
		"SELECT 'it''s;' || \";\"; ":     {"SELECT 'it''s;' || \";\"", " "},
		`SELECT E'\';' ;`:                {`SELECT E'\';'`, ""},
		"-- a; b\nSELECT 1;":             {"-- a; b\nSELECT 1", ""},
		"/* ; /* ; */ ; */ SELECT 1;":    {"/* ; /* ; */ ; */ SELECT 1", ""},
		"SELECT $$;$$, $a$;$b$;$a$;":     {"SELECT $$;$$, $a$;$b$;$a$", ""},
		"SELECT $1;SELECT a$1$b;":        {"SELECT $1", "SELECT a$1$b", ""},
		";;-- nothing\n;":                {""},
		"SELECT 'unfinished; SELECT 2;":  {"SELECT 'unfinished; SELECT 2;"},
		"SELECT 'größe;' ; SELECT '日;本'": {"SELECT 'größe;'", " SELECT '日;本'"},
	} {
		statements, rest := split(script)
		if got := append(statements, rest); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", script, got, want)
		}
	}
}

func TestCompleteWaitsForTheSemicolon(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "SELECT 1": false, "SELECT 1;": true, "SELECT ';": false, `\d images`: true, "SELECT 1; -- done": true,
	} {
		if got := complete(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

// sample has a row of values and a row of NULLs of many types.
func sample(t *testing.T, mem memory.Allocator) *conn.Result {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "caption", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "score", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
		{Name: "embedding", Type: arrow.FixedSizeListOf(8, arrow.PrimitiveTypes.Float32), Nullable: true},
		{Name: "boxes", Type: arrow.ListOf(arrow.StructOf(arrow.Field{Name: "label", Type: arrow.BinaryTypes.String},
			arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Float32})), Nullable: true},
		{Name: "at", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, Nullable: true},
	}, nil)
	batch, _, err := array.RecordFromJSON(mem, schema, strings.NewReader(`[
		{"id": 1, "caption": "a \"red\"\ncar, 日本", "score": 0.25, "embedding": [1,2,3,4,5,6,7,8.5], "boxes": [{"label": "car", "x": 0.5}], "at": "2026-11-25 10:00:00.5Z"},
		{"id": null, "caption": null, "score": null, "embedding": null, "boxes": null, "at": null}]`))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(batch.Release)
	return &conn.Result{Schema: schema, Rows: func(yield func(arrow.RecordBatch, error) bool) { yield(batch, nil) }}
}

func TestRowsAreWrittenInEveryFormat(t *testing.T) {
	for format, want := range map[Format]string{
		Table: `  id  |        caption         | score |             embedding             |            boxes             |            at
------+------------------------+-------+-----------------------------------+------------------------------+--------------------------
    1 | a "red"\ncar, 日本     |  0.25 | [1, 2, 3, 4, 5, 6, 7, 8.5]        | [{"label": "car", "x": 0.5}] | 2026-11-25 10:00:00.5+00
 NULL | NULL                   |  NULL | NULL                              | NULL                         | NULL
(2 rows)
`,
		CSV: `id,caption,score,embedding,boxes,at
1,"a ""red""
car, 日本",0.25,"[1, 2, 3, 4, 5, 6, 7, 8.5]","[{""label"": ""car"", ""x"": 0.5}]",2026-11-25 10:00:00.5+00
,,,,,
`,
		JSON: `{"id": 1, "caption": "a \"red\"\ncar, 日本", "score": 0.25, "embedding": [1, 2, 3, 4, 5, 6, 7, 8.5], "boxes": [{"label": "car", "x": 0.5}], "at": "2026-11-25 10:00:00.5+00"}
{"id": null, "caption": null, "score": null, "embedding": null, "boxes": null, "at": null}
`,
	} {
		var out bytes.Buffer
		rows, err := format.write(&out, sample(t, memory.DefaultAllocator), 0)
		if err != nil || rows != 2 {
			t.Fatalf("%s: %d rows, %v", format, rows, err)
		}
		if squeeze(out.String()) != squeeze(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", format, out.String(), want)
		}
	}
}

// squeeze makes runs of spaces and dashes one, so that a test does not count characters of columns.
func squeeze(s string) string {
	for _, c := range []string{" ", "-"} {
		for strings.Contains(s, c+c) {
			s = strings.ReplaceAll(s, c+c, c)
		}
	}
	return s
}

func TestTableFitsTheTerminal(t *testing.T) {
	var out bytes.Buffer
	if _, err := Table.write(&out, sample(t, memory.DefaultAllocator), 72); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if n := len([]rune(strings.TrimSpace(line))); n > 72 {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	out.Reset()
	if _, err := Table.write(&out, sample(t, memory.DefaultAllocator), 400); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "[1, 2, 3, ... 8]") {
		t.Errorf("the vector is not cut:\n%s", out.String())
	}
}

func TestParquetIsAFile(t *testing.T) {
	var out bytes.Buffer
	if _, err := Parquet.write(&out, sample(t, memory.DefaultAllocator), 0); err != nil {
		t.Fatal(err)
	}
	r, err := file.NewParquetReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.NumRows() != 2 {
		t.Errorf("%d rows", r.NumRows())
	}
}

func TestAFailingStreamIsAnError(t *testing.T) {
	lost := errors.New("lost")
	for _, format := range Formats {
		r := sample(t, memory.DefaultAllocator)
		r.Rows = func(yield func(arrow.RecordBatch, error) bool) { yield(nil, lost) }
		if _, err := format.write(&bytes.Buffer{}, r, 0); !errors.Is(err, lost) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestCompletionKnowsCase(t *testing.T) {
	words := vocabulary{"SELECT", "SET", "sentences", "NSFW_score"}
	for prefix, want := range map[string][]string{
		"se": {"select", "set", "sentences"}, "SE": {"SELECT", "SET", "sentences"}, "nsfw": {"NSFW_score"}, "": nil, "zz": nil,
	} {
		if got := words.matching(prefix); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", prefix, got, want)
		}
	}
	if got := wordBefore([]rune("SELECT main.ima FROM"), 15); got != "main.ima" {
		t.Errorf("got %q", got)
	}
}

func TestValuesReadAsPostgreSQLWritesThem(t *testing.T) {
	for _, v := range []struct {
		dt   arrow.DataType
		json string
		want string
	}{
		{arrow.PrimitiveTypes.Float64, `1e10`, "10000000000"},
		{arrow.PrimitiveTypes.Float64, `1e15`, "1e+15"},
		{arrow.PrimitiveTypes.Float64, `0.0001`, "0.0001"},
		{arrow.PrimitiveTypes.Float64, `0.00001`, "1e-05"},
		{arrow.PrimitiveTypes.Float64, `0`, "0"},
		{arrow.PrimitiveTypes.Float32, `100000`, "100000"},
		{arrow.PrimitiveTypes.Float32, `1e6`, "1e+06"},
		{&arrow.Decimal128Type{Precision: 10, Scale: 2}, `"1.5"`, "1.50"},
		{arrow.FixedWidthTypes.Time64us, `"10:00:00"`, "10:00:00"},
		{arrow.FixedWidthTypes.Time64us, `"10:00:00.25"`, "10:00:00.25"},
		{arrow.FixedWidthTypes.MonthDayNanoInterval, `{"months": 14, "days": -1, "nanoseconds": 3723000000000}`, "1 year 2 mons -1 days +01:02:03"},
		{arrow.FixedWidthTypes.MonthDayNanoInterval, `{"months": 0, "days": 0, "nanoseconds": 0}`, "00:00:00"},
		{arrow.BinaryTypes.Binary, `"AP8="`, `\x00ff`},
	} {
		a, _, err := array.FromJSON(memory.DefaultAllocator, v.dt, strings.NewReader("["+v.json+"]"))
		if err != nil {
			t.Fatal(err)
		}
		if got := text(a, 0); got != v.want {
			t.Errorf("%s %s: got %s, want %s", v.dt, v.json, got, v.want)
		}
		a.Release()
	}
	if got := float(math.Inf(-1), 64) + float(math.NaN(), 32); got != "-InfinityNaN" {
		t.Errorf("got %s", got)
	}
}
