package reader_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// parquet-go v0.32.0 returns wrong values for LZ4_RAW pages that compressed by less than three to one.
func TestLZ4RawOfLowRatio(t *testing.T) {
	for bits := 8; bits <= 62; bits += 9 {
		r := rand.New(rand.NewPCG(1, uint64(bits)))
		b := array.NewInt64Builder(memory.DefaultAllocator)
		for range 300_000 {
			b.Append(r.Int64N(1 << bits))
		}
		want := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.PrimitiveTypes.Int64}}, nil), []arrow.Array{b.NewArray()}, 300_000)
		f := open(t, write(t, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Lz4Raw), parquet.WithDictionaryDefault(false)), want))
		got := scan(t, f, reader.Spec{Columns: columnsOf(want.Schema()), Scan: catalog.Scan{Columns: []int{0}, Mem: checked(t)}})
		equal(t, want, got)
		got.Release()
	}
}

// lowLevel writes one row group of columns that are given as levels and values.
func lowLevel(t *testing.T, root *schema.GroupNode, columns ...func(file.ColumnChunkWriter)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "legacy.parquet")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := file.NewParquetWriter(out, root)
	group, err := w.AppendRowGroupChecked()
	if err != nil {
		t.Fatal(err)
	}
	for _, fill := range columns {
		column, err := group.NextColumn()
		if err != nil {
			t.Fatal(err)
		}
		fill(column)
		if err := column.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func int32s(values []int32, def, rep []int16) func(file.ColumnChunkWriter) {
	return func(w file.ColumnChunkWriter) {
		if _, err := w.(*file.Int32ColumnChunkWriter).WriteBatch(values, def, rep); err != nil {
			panic(err)
		}
	}
}

func byteArrays(def, rep []int16, values ...string) func(file.ColumnChunkWriter) {
	return func(w file.ColumnChunkWriter) {
		bytes := make([]parquet.ByteArray, len(values))
		for i, v := range values {
			bytes[i] = parquet.ByteArray(v)
		}
		if _, err := w.(*file.ByteArrayColumnChunkWriter).WriteBatch(bytes, def, rep); err != nil {
			panic(err)
		}
	}
}

func group(name string, repetition parquet.Repetition, converted schema.ConvertedType, fields ...schema.Node) *schema.GroupNode {
	return schema.MustGroup(schema.NewGroupNodeConverted(name, repetition, fields, converted, -1))
}

// Lists and maps as old writers put them down.
func TestLegacyLists(t *testing.T) {
	none := schema.ConvertedTypes.None
	optional, repeated, required := parquet.Repetitions.Optional, parquet.Repetitions.Repeated, parquet.Repetitions.Required
	number := schema.NewInt32Node
	text := func(name string, repetition parquet.Repetition) schema.Node {
		return schema.MustPrimitive(schema.NewPrimitiveNodeConverted(name, repetition, parquet.Types.ByteArray, schema.ConvertedTypes.UTF8, 0, 0, 0, -1))
	}
	// Rows: [1, 2], NULL (or [] where there is none), [], [3].
	values, twoLevels, rep := []int32{1, 2, 3}, []int16{2, 2, 0, 1, 2}, []int16{0, 1, 0, 0, 0}
	for _, test := range []struct {
		name, dt, want string
		node           schema.Node
		columns        []func(file.ColumnChunkWriter)
	}{
		{"two levels", "list<array: int32>", `[[1, 2], null, [], [3]]`,
			group("v", optional, schema.ConvertedTypes.List, number("array", repeated, -1)), []func(file.ColumnChunkWriter){int32s(values, twoLevels, rep)}},
		{"repeated field", "list<v: int32>", `[[1, 2], [], [], [3]]`,
			number("v", repeated, -1), []func(file.ColumnChunkWriter){int32s(values, []int16{1, 1, 0, 0, 1}, rep)}},
		{"struct called array", "list<array: struct<x: int32>>", `[[{"x": 1}, {"x": 2}], null, [], [{"x": 3}]]`,
			group("v", optional, schema.ConvertedTypes.List, group("array", repeated, none, number("x", required, -1))), []func(file.ColumnChunkWriter){int32s(values, twoLevels, rep)}},
		{"struct called v_tuple", "list<v_tuple: struct<x: int32>>", `[[{"x": 1}, {"x": 2}], null, [], [{"x": 3}]]`,
			group("v", optional, schema.ConvertedTypes.List, group("v_tuple", repeated, none, number("x", required, -1))), []func(file.ColumnChunkWriter){int32s(values, twoLevels, rep)}},
		{"struct of two", "list<bag: struct<x: int32, y: int32>>", `[[{"x": 1, "y": 1}, {"x": 2, "y": 2}], null, [], [{"x": 3, "y": 3}]]`,
			group("v", optional, schema.ConvertedTypes.List, group("bag", repeated, none, number("x", required, -1), number("y", required, -1))),
			[]func(file.ColumnChunkWriter){int32s(values, twoLevels, rep), int32s(values, twoLevels, rep)}},
		{"three levels, Hive's names", "list<array_element: int32, nullable>", `[[1, null], null, [], [3]]`,
			group("v", optional, schema.ConvertedTypes.List, group("bag", repeated, none, number("array_element", optional, -1))),
			[]func(file.ColumnChunkWriter){int32s([]int32{1, 3}, []int16{3, 2, 0, 1, 3}, rep)}},
		{"repeated in a repeated group", "list<v: struct<x: list<x: int32>>>", `[[{"x": [1, 2]}, {"x": []}], [], [{"x": [3]}]]`,
			group("v", repeated, none, number("x", repeated, -1)), []func(file.ColumnChunkWriter){int32s(values, []int16{2, 2, 1, 0, 2}, []int16{0, 2, 1, 0, 0})}},
		{"map as MAP_KEY_VALUE", "map<utf8, int32, items_nullable>", `[[{"key": "a", "value": 1}, {"key": "b", "value": null}], null, []]`,
			group("v", optional, schema.ConvertedTypes.MapKeyValue, group("map", repeated, none, text("key", required), number("value", optional, -1))),
			[]func(file.ColumnChunkWriter){byteArrays([]int16{2, 2, 0, 1}, []int16{0, 1, 0, 0}, "a", "b"), int32s([]int32{1}, []int16{3, 2, 0, 1}, []int16{0, 1, 0, 0})}},
	} {
		f := open(t, lowLevel(t, group("schema", required, none, test.node), test.columns...))
		schema, err := f.ArrowSchema()
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := fmt.Sprint(schema.Field(0).Type); got != test.dt {
			t.Errorf("%s: type %s, want %s", test.name, got, test.dt)
		}
		got := scan(t, f, reader.Spec{Columns: columnsOf(schema), Scan: catalog.Scan{Columns: []int{0}, Mem: memory.DefaultAllocator}}).Column(0)
		if want := parse(t, schema.Field(0).Type, test.want); !array.Equal(want, got) {
			t.Errorf("%s: got %v, want %v", test.name, got, want)
		}
	}
}

// Decimals as byte strings of any length, and the converted types of old writers.
func TestConvertedTypes(t *testing.T) {
	required, none := parquet.Repetitions.Required, schema.ConvertedTypes.None
	node := func(name string, physical parquet.Type, converted schema.ConvertedType, precision, scale int) schema.Node {
		return schema.MustPrimitive(schema.NewPrimitiveNodeConverted(name, required, physical, converted, 0, precision, scale, -1))
	}
	types := schema.ConvertedTypes
	f := open(t, lowLevel(t, group("schema", required, none,
		node("price", parquet.Types.ByteArray, types.Decimal, 12, 2), node("cents", parquet.Types.Int32, types.Decimal, 5, 2), node("wide", parquet.Types.ByteArray, types.Decimal, 38, 0),
		node("text", parquet.Types.ByteArray, types.UTF8, 0, 0), node("day", parquet.Types.Int32, types.Date, 0, 0), node("ms", parquet.Types.Int32, types.TimeMillis, 0, 0),
		node("u8", parquet.Types.Int32, types.Uint8, 0, 0), node("i16", parquet.Types.Int32, types.Int16, 0, 0)),
		byteArrays(nil, nil, "\x01", "\xff", "\x04\xd2"), int32s([]int32{1, -1, 99999}, nil, nil), byteArrays(nil, nil, "", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x85", "\x00\x00\x01"),
		byteArrays(nil, nil, "x", "", "yz"), int32s([]int32{0, 1, -1}, nil, nil), int32s([]int32{0, 1500, 86399999}, nil, nil),
		int32s([]int32{0, 128, 255}, nil, nil), int32s([]int32{0, -32768, 7}, nil, nil)))
	schema, err := f.ArrowSchema()
	if err != nil {
		t.Fatal(err)
	}
	columns := columnsOf(schema)
	got := scan(t, f, reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: everything(columns), Mem: memory.DefaultAllocator}})
	for i, want := range []struct{ dt, json string }{
		{"decimal(12, 2)", `["0.01", "-0.01", "12.34"]`}, {"decimal(5, 2)", `["0.01", "-0.01", "999.99"]`}, {"decimal(38, 0)", `["0", "-123", "1"]`},
		{"utf8", `["x", "", "yz"]`}, {"date32", `["1970-01-01", "1970-01-02", "1969-12-31"]`}, {"time64[us]", `["00:00:00", "00:00:01.5", "23:59:59.999"]`},
		{"uint8", `[0, 128, 255]`}, {"int16", `[0, -32768, 7]`},
	} {
		if dt := schema.Field(i).Type; dt.String() != want.dt {
			t.Errorf("column %d is %s, want %s", i, dt, want.dt)
		} else if a := parse(t, dt, want.json); !array.Equal(a, got.Column(i)) {
			t.Errorf("column %d: got %v, want %v", i, got.Column(i), a)
		}
	}
}

// The schema that Arrow writers note is a hint: garbage in it costs nothing.
func TestGarbledSchemaNote(t *testing.T) {
	good, err := os.ReadFile("testdata/vectors.plain.parquet")
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(good, []byte("ARROW:schema")) + len("ARROW:schema") + 4
	path := filepath.Join(t.TempDir(), "note.parquet")
	types := map[string]int{}
	for i := range 400 {
		data := bytes.Clone(good)
		data[at+i] = "A/9"[i%3]
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		schema, err := open(t, path).ArrowSchema()
		if err != nil {
			t.Fatal(err)
		}
		types[schema.Field(0).Type.Name()]++
	}
	if types["fixed_size_list"] == 0 || types["list"] == 0 {
		t.Errorf("types of the first column: %v", types)
	}
}
