package reader_test

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

func withID(id string, f arrow.Field) arrow.Field {
	f.Metadata = arrow.NewMetadata([]string{reader.FieldIDKey}, []string{id})
	return f
}

// parse makes an array from JSON.
func parse(t testing.TB, dt arrow.DataType, json string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A file that was written before its table changed: columns renamed, dropped, added and widened, at the top and in structs.
func TestSchemaEvolution(t *testing.T) {
	inner := arrow.StructOf(
		withID("11", arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32, Nullable: true}),
		withID("12", arrow.Field{Name: "b", Type: arrow.BinaryTypes.String, Nullable: true}))
	schema := arrow.NewSchema([]arrow.Field{
		withID("1", arrow.Field{Name: "id", Type: arrow.PrimitiveTypes.Int32}),
		withID("2", arrow.Field{Name: "score", Type: arrow.PrimitiveTypes.Float32, Nullable: true}),
		withID("3", arrow.Field{Name: "price", Type: &arrow.Decimal128Type{Precision: 7, Scale: 2}, Nullable: true}),
		withID("4", arrow.Field{Name: "pos", Type: inner, Nullable: true}),
		withID("5", arrow.Field{Name: "dropped", Type: arrow.BinaryTypes.String, Nullable: true}),
		withID("6", arrow.Field{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true}),
	}, nil)
	record := array.NewRecordBatch(schema, []arrow.Array{
		parse(t, schema.Field(0).Type, `[1, -2, 3]`), parse(t, schema.Field(1).Type, `[0.5, null, 1.5]`),
		parse(t, schema.Field(2).Type, `["1.25", "-3.50", null]`), parse(t, inner, `[{"a": 1, "b": "x"}, null, {"a": null, "b": "z"}]`),
		parse(t, schema.Field(4).Type, `["p", "q", "r"]`), parse(t, schema.Field(5).Type, `["1970-01-03", null, "1969-12-31"]`),
	}, 3)
	f := open(t, write(t, parquet.NewWriterProperties(), record))

	moved := arrow.StructOf(
		withID("13", arrow.Field{Name: "c", Type: arrow.BinaryTypes.String, Nullable: true}),
		withID("12", arrow.Field{Name: "renamed", Type: arrow.BinaryTypes.String, Nullable: true}),
		withID("11", arrow.Field{Name: "b", Type: arrow.PrimitiveTypes.Int64, Nullable: true}))
	replaced := arrow.StructOf(withID("19", arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int64, Nullable: true}))
	at := &arrow.TimestampType{Unit: arrow.Microsecond}
	for _, test := range []struct {
		name, want string
		column     reader.Column
		dt         arrow.DataType
	}{
		{"int to long, renamed", `[1, -2, 3]`, reader.Column{FieldID: 1, Name: "clip"}, arrow.PrimitiveTypes.Int64},
		{"float to double", `[0.5, null, 1.5]`, reader.Column{FieldID: 2}, arrow.PrimitiveTypes.Float64},
		{"wider decimal", `["1.25", "-3.50", null]`, reader.Column{FieldID: 3}, &arrow.Decimal128Type{Precision: 30, Scale: 2}},
		{"date to timestamp", `["1970-01-03 00:00:00", null, "1969-12-31 00:00:00"]`, reader.Column{FieldID: 6}, at},
		{"fields of a struct", `[{"c": null, "renamed": "x", "b": 1}, null, {"c": null, "renamed": "z", "b": null}]`, reader.Column{FieldID: 4}, moved},
		{"no field of a struct", `[{"a": null}, null, {"a": null}]`, reader.Column{FieldID: 4}, replaced},
		{"added", `[null, null, null]`, reader.Column{FieldID: 7, Name: "dropped"}, arrow.BinaryTypes.String},
		{"added with a default", `["n", "n", "n"]`, reader.Column{FieldID: 8, Default: parse(t, arrow.BinaryTypes.String, `["n"]`)}, arrow.BinaryTypes.String},
		{"by name", `["p", "q", "r"]`, reader.Column{Name: "dropped"}, arrow.BinaryTypes.String},
	} {
		test.column.Field = arrow.Field{Name: test.column.Name, Type: test.dt, Nullable: true}
		got := scan(t, f, reader.Spec{Columns: []reader.Column{test.column}, Scan: catalog.Scan{Columns: []int{0}, Mem: memory.DefaultAllocator}})
		if want := parse(t, test.dt, test.want); !array.Equal(want, got.Column(0)) {
			t.Errorf("%s: got %v, want %v", test.name, got.Column(0), want)
		}
	}

	// Pruning compares in the table's type.
	for op, want := range map[catalog.Op]int{catalog.Greater: 0, catalog.LessEq: 1} {
		tasks, err := f.Tasks(reader.Spec{Columns: []reader.Column{{FieldID: 1, Field: arrow.Field{Type: arrow.PrimitiveTypes.Int64}}}, Scan: catalog.Scan{
			Stats: new(catalog.ScanStats), Prune: []catalog.Predicate{{Op: op, Values: parse(t, arrow.PrimitiveTypes.Int64, `[5000000000]`)}},
		}})
		if err != nil || len(tasks) != want {
			t.Errorf("op %d: %d tasks, %v", op, len(tasks), err)
		}
	}
}

// What cannot be read as the table wants it is an error that says so, with a state.
func TestTypeMismatch(t *testing.T) {
	f := open(t, write(t, parquet.NewWriterProperties(), sample(10, 4, 0)))
	for name, dt := range map[string]arrow.DataType{
		"label": arrow.PrimitiveTypes.Int64, "wide": arrow.PrimitiveTypes.Float32, "id": arrow.BinaryTypes.String, "tags": arrow.PrimitiveTypes.Int32,
		"pos": arrow.ListOf(arrow.PrimitiveTypes.Int32), "price": &arrow.Decimal128Type{Precision: 20, Scale: 3}, "boxes": arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32),
	} {
		_, err := f.Tasks(reader.Spec{Columns: []reader.Column{{Name: name, Field: arrow.Field{Name: name, Type: dt}}}, Scan: catalog.Scan{Columns: []int{0}, Stats: new(catalog.ScanStats)}})
		fault, ok := err.(*catalog.Error)
		if !ok || fault.State != "0A000" || !strings.Contains(fault.Msg, "column "+name+" is ") {
			t.Errorf("%s as %s: %v", name, dt, err)
		}
	}
}

// A column that the file's partition settles is constant and prunes.
func TestPartitionConstants(t *testing.T) {
	f := open(t, write(t, parquet.NewWriterProperties(), sample(5, 4, 0)))
	day := parse(t, arrow.PrimitiveTypes.Int64, `[7]`)
	spec := reader.Spec{
		Columns:   []reader.Column{{FieldID: 3, Name: "id", Field: arrow.Field{Name: "day", Type: arrow.PrimitiveTypes.Int64}}},
		Partition: map[int]arrow.Array{3: day},
		Scan:      catalog.Scan{Columns: []int{0}, Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats)},
	}
	if got := scan(t, f, spec); !array.Equal(got.Column(0), parse(t, arrow.PrimitiveTypes.Int64, `[7, 7, 7, 7, 7]`)) {
		t.Errorf("got %v", got)
	}
	spec.Scan.Prune = []catalog.Predicate{{Op: catalog.NotEq, Values: day}}
	if got := scan(t, f, spec); got != nil {
		t.Errorf("got %v", got)
	}
}
