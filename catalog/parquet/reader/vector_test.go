package reader_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

// embeddings is a column of lists of dim small whole numbers, in an element type; rows for which isNull says so are NULL.
func embeddings(rows, dim int, element arrow.DataType, isNull func(int) bool) arrow.RecordBatch {
	field := arrow.Field{Name: "emb", Type: arrow.ListOfField(arrow.Field{Name: "element", Type: element}), Nullable: true}
	b := array.NewBuilder(memory.DefaultAllocator, field.Type).(*array.ListBuilder)
	for row := range rows {
		if isNull(row) {
			b.AppendNull()
			continue
		}
		b.Append(true)
		for i := range dim {
			switch v := float32(row%1000 - i); e := b.ValueBuilder().(type) {
			case *array.Float32Builder:
				e.Append(v)
			case *array.Float64Builder:
				e.Append(float64(v))
			case *array.Float16Builder:
				e.Append(float16.New(v))
			case *array.Int32Builder:
				e.Append(int32(v))
			case *array.Int16Builder:
				e.Append(int16(v))
			}
		}
	}
	return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{field}, nil), []arrow.Array{b.NewArray()}, int64(rows))
}

// ours writes a record with our writer, whose embeddings lie in place.
func ours(t testing.TB, record arrow.RecordBatch) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ours.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := writer.New(f, record.Schema(), writer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(record); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// The in-place path and each reason to leave it give the same vectors.
func TestVectorsInPlaceAndCopied(t *testing.T) {
	const rows, dim = 3000, 24
	vector := arrow.FixedSizeListOfNonNullable(dim, arrow.PrimitiveTypes.Float32)
	columns := []reader.Column{{Name: "emb", Field: arrow.Field{Name: "emb", Type: vector, Nullable: true}}}
	never := func(int) bool { return false }
	seldom := func(row int) bool { return row/500 == 2 && row%3 == 0 }
	read := func(path string, mem memory.Allocator, size int) (arrow.RecordBatch, *catalog.ScanStats) {
		stats := new(catalog.ScanStats)
		return scan(t, open(t, path), reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: []int{0}, Mem: mem, Stats: stats, Rows: size}}), stats
	}
	floats := embeddings(rows, dim, arrow.PrimitiveTypes.Float32, never)
	fixed := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{withID("1", columns[0].Field)}, nil),
		[]arrow.Array{array.NewFixedSizeListData(array.NewData(vector, rows, []*memory.Buffer{nil}, []arrow.ArrayData{floats.Column(0).(*array.List).ListValues().Data()}, 0, 0))}, rows)
	inPlace := ours(t, fixed)
	want, stats := read(inPlace, memory.DefaultAllocator, 0)
	if in, all := stats.BytesInPlace.Load(), stats.Bytes.Load(); in != all || in < rows*dim*4 {
		t.Fatalf("%d of %d bytes were read in place", in, all)
	}
	equal(t, fixed, want)
	if got := readList(t, open(t, inPlace)); !array.Equal(got, floats.Column(0)) {
		t.Fatal("lists and vectors of one file differ")
	}

	props := func(more ...parquet.WriterProperty) *parquet.WriterProperties {
		return parquet.NewWriterProperties(append([]parquet.WriterProperty{parquet.WithDictionaryDefault(false), parquet.WithDataPageSize(8 << 10), parquet.WithBatchSize(100)}, more...)...)
	}
	for name, path := range map[string]string{
		"version 1":  write(t, props(), floats),
		"version 2":  write(t, props(parquet.WithDataPageVersion(parquet.DataPageV2)), floats),
		"indexed":    write(t, props(parquet.WithPageIndexEnabled(true)), floats),
		"compressed": write(t, props(parquet.WithCompression(compress.Codecs.Zstd)), floats),
		"dictionary": write(t, props(parquet.WithDictionaryDefault(true)), floats),
		"split":      write(t, props(parquet.WithEncoding(parquet.Encodings.ByteStreamSplit)), floats),
		"double":     write(t, props(), embeddings(rows, dim, arrow.PrimitiveTypes.Float64, never)),
		"half":       write(t, props(), embeddings(rows, dim, arrow.FixedWidthTypes.Float16, never)),
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{0, 1, 77} {
				got, _ := read(path, checked(t), size)
				equal(t, want, got)
				got.Release()
			}
		})
	}
	withNulls := embeddings(rows, dim, arrow.PrimitiveTypes.Float32, seldom)
	for _, path := range []string{write(t, props(), withNulls), write(t, props(parquet.WithDataPageVersion(parquet.DataPageV2), parquet.WithPageIndexEnabled(true)), withNulls)} {
		got, _ := read(path, checked(t), 0)
		for row := range rows {
			if column := got.Column(0); column.IsNull(row) != seldom(row) {
				t.Fatalf("row %d: NULL is %v", row, column.IsNull(row))
			} else if !seldom(row) && !array.SliceEqual(column, int64(row), int64(row+1), want.Column(0), int64(row), int64(row+1)) {
				t.Fatalf("row %d: %s", row, column.ValueStr(row))
			}
		}
		got.Release()
	}
}

// readList reads the column as plain lists.
func readList(t testing.TB, f *reader.File) arrow.Array {
	list := arrow.ListOfField(arrow.Field{Name: "element", Type: arrow.PrimitiveTypes.Float32})
	return scan(t, f, reader.Spec{Columns: []reader.Column{{Name: "emb", Field: arrow.Field{Name: "emb", Type: list, Nullable: true}}}, Scan: catalog.Scan{Columns: []int{0}, Mem: memory.DefaultAllocator}}).Column(0)
}

// A list of another length, or with a NULL in it, is named by file, row and column.
func TestVectorOfAnotherLength(t *testing.T) {
	for json, want := range map[string]string{
		`[[1, 2, 3], [4, 5, 6], [7, 8]]`:          "column emb, row 2: list of 2 elements, 3 expected",
		`[[1, 2, 3], [], [7, 8, 9]]`:              "column emb, row 1: list of 0 elements, 3 expected",
		`[[1, 2, 3], [4, null, 6], [7, 8, 9]]`:    "column emb, row 1: a NULL element in a list without NULLs",
		`[[1, 2, 3, 4], [4, 5, 6, 7]]`:            "column emb, row 0: list of 4 elements, 3 expected",
		`[[1, 2], [3, 4, 5, 6], [7, 8, 9], null]`: "column emb, row 0: list of 2 elements, 3 expected",
	} {
		list := arrow.ListOf(arrow.PrimitiveTypes.Float32)
		record := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "emb", Type: list, Nullable: true}}, nil), []arrow.Array{parse(t, list, json)}, int64(strings.Count(json, "[")-1+strings.Count(json, ", null]")))
		path := write(t, parquet.NewWriterProperties(), record)
		tasks, err := open(t, path).Tasks(reader.Spec{
			Columns: []reader.Column{{Name: "emb", Field: arrow.Field{Name: "emb", Type: arrow.FixedSizeListOfNonNullable(3, arrow.PrimitiveTypes.Float32)}}},
			Scan:    catalog.Scan{Columns: []int{0}, Mem: checked(t), Stats: new(catalog.ScanStats)},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, err = range tasks[0].Read(context.Background()) {
		}
		fault, ok := err.(*catalog.Error)
		if !ok || fault.State != "22000" || fault.Msg != want || fault.Name != path {
			t.Errorf("%s: %v", json, err)
		}
	}
}
