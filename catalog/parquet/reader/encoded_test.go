package reader_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// labels is a record of ids and of text that repeats: of few values, of few and NULL, of ever more, of all different ones,
// and bytes.
func labels(rows int) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64}, {Name: "few", Type: arrow.BinaryTypes.String},
		{Name: "nulls", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "more", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "all", Type: arrow.BinaryTypes.String}, {Name: "bytes", Type: arrow.BinaryTypes.Binary, Nullable: true},
		{Name: "none", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append(fmt.Sprintf("group %d has label %d", i/500, i*7919%13))
		if i%5 == 0 || i/100%4 == 1 {
			b.Field(2).AppendNull()
		} else {
			b.Field(2).(*array.StringBuilder).Append(fmt.Sprint("label ", i%3))
		}
		b.Field(3).(*array.StringBuilder).Append(fmt.Sprintf("a longer text, of which there are %06d", i%(1+i/2)))
		b.Field(4).(*array.StringBuilder).Append(fmt.Sprint("text ", i))
		b.Field(5).(*array.BinaryBuilder).Append([]byte{byte(i % 7)})
		b.Field(6).AppendNull()
	}
	return b.NewRecordBatch()
}

// Codes stand for the text that the column has, in whatever part of a file and however it is read; where a writer gave its
// dictionary up, in the middle of a batch or not, there is text.
func TestEncoded(t *testing.T) {
	const rows = 1300
	want := labels(rows)
	columns := columnsOf(want.Schema())
	for _, version := range []parquet.DataPageVersion{parquet.DataPageV1, parquet.DataPageV2} {
		f := open(t, write(t, parquet.NewWriterProperties(parquet.WithDataPageSize(512), parquet.WithBatchSize(64), parquet.WithDictionaryDefault(true),
			parquet.WithDictionaryPageSizeLimit(2500), parquet.WithMaxRowGroupLength(500), parquet.WithDataPageVersion(version)), want))
		for _, deleted := range []reader.Deleted{nil, tenth{}} {
			for _, size := range []int{0, 1, 33, 200} {
				for _, filter := range []catalog.Filter{nil, every{[]int{0}, 1}, every{[]int{0}, 31}} {
					t.Run(fmt.Sprintf("version=%d deleted=%v size=%d filter=%v", version, deleted, size, filter), func(t *testing.T) {
						mem := checked(t)
						spec := reader.Spec{Columns: columns, Deleted: deleted, Scan: catalog.Scan{Columns: everything(columns), Encoded: everything(columns),
							Filter: filter, Mem: mem, Stats: new(catalog.ScanStats), Rows: size}}
						checkEncoded(t, f, spec, want)
					})
				}
			}
		}
	}
}

// checkEncoded compares rows with those of want that have their ids, and sees that there are codes and dictionaries that
// batches share.
func checkEncoded(t *testing.T, f *reader.File, spec reader.Spec, want arrow.RecordBatch) {
	tasks, err := f.Tasks(spec)
	if err != nil {
		t.Fatal(err)
	}
	coded, batches := map[string]int{}, 0
	dictionaries := map[string]map[arrow.ArrayData]bool{}
	for _, task := range tasks {
		for batch, err := range task.Read(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			batches++
			ids := batch.Column(0).(*array.Int64).Int64Values()
			for i, c := range batch.Columns() {
				name := want.ColumnName(i)
				if !arrow.TypeEqual(c.DataType(), batch.Schema().Field(i).Type) {
					t.Fatalf("%s is %s in a batch that says %s", name, c.DataType(), batch.Schema().Field(i).Type)
				}
				if d, ok := c.(*array.Dictionary); ok {
					coded[name]++
					if dictionaries[name] == nil {
						dictionaries[name] = map[arrow.ArrayData]bool{}
					}
					dictionaries[name][d.Data().Dictionary()] = true
				}
				for row, id := range ids {
					if c.ValueStr(row) != want.Column(i).ValueStr(int(id)) || c.IsNull(row) != want.Column(i).IsNull(int(id)) {
						t.Fatalf("%s of row %d is %s, want %s", name, id, c.ValueStr(row), want.Column(i).ValueStr(int(id)))
					}
				}
			}
		}
	}
	if coded["nulls"] == 0 || coded["nulls"] == batches { // pqarrow writes one row group without a dictionary
		t.Errorf("nulls is encoded in %d batches of %d", coded["nulls"], batches)
	}
	for _, name := range []string{"few", "bytes"} {
		if coded[name] != batches || len(dictionaries[name]) > 3 {
			t.Errorf("%s is encoded in %d batches of %d, by %d dictionaries", name, coded[name], batches, len(dictionaries[name]))
		}
	}
	for _, name := range []string{"id", "all"} {
		if coded[name] > 0 {
			t.Errorf("%s is encoded in %d batches", name, coded[name])
		}
	}
}

// Not asked for, text is text.
func TestNotEncoded(t *testing.T) {
	want := labels(700)
	columns := columnsOf(want.Schema())
	f := open(t, write(t, parquet.NewWriterProperties(parquet.WithDictionaryDefault(true)), want))
	got := scan(t, f, reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: everything(columns), Mem: checked(t)}})
	defer got.Release()
	if !array.RecordEqual(got, want) {
		t.Error("rows differ")
	}
}

// A like keeps the rows whose text is one of some, and says what it saw.
type like struct {
	texts map[string]bool
	asked *int
	seen  *int64
}

func (like) Columns() []int { return []int{1} }

func (l like) Select(_ context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	*l.seen += batch.NumRows()
	for i := range int(batch.NumRows()) {
		if l.texts[batch.Column(0).ValueStr(i)] {
			into = append(into, uint32(i))
		}
	}
	return into, nil
}

func (l like) KeepsNone(_ context.Context, column int, entries arrow.Array) bool {
	*l.asked++
	for i := range entries.Len() {
		if l.texts[entries.ValueStr(i)] {
			return false
		}
	}
	return column == 1
}

// A row group whose dictionary has nothing that the filter keeps is not read.
func TestEntriesRuleOutRowGroups(t *testing.T) {
	want := labels(1300)
	columns := columnsOf(want.Schema())
	f := open(t, ours(t, want))
	pqarrow := open(t, write(t, parquet.NewWriterProperties(parquet.WithDictionaryDefault(true), parquet.WithMaxRowGroupLength(500)), want))
	for _, f := range []*reader.File{f, pqarrow} {
		for text, rows := range map[string]int64{"group 1 has label 3": 500, "group 2 has label 3": 300, "group 7 has label 3": 0} {
			asked, seen, stats := 0, int64(0), new(catalog.ScanStats)
			got := scan(t, f, reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: []int{0, 1}, Encoded: []int{1}, Mem: checked(t), Stats: stats,
				Filter: like{map[string]bool{text: true}, &asked, &seen}}})
			if f == pqarrow && (seen != rows || asked != 3 || stats.RowGroupsPruned.Load() != 3-min(rows, 1)) {
				t.Errorf("%s: %d rows were looked at, want %d; %d row groups pruned, %d dictionaries", text, seen, rows, stats.RowGroupsPruned.Load(), asked)
			}
			if rows == 0 {
				if got != nil {
					t.Errorf("%s: %d rows", text, got.NumRows())
				}
				continue
			}
			for i := range int(got.NumRows()) {
				if got.Column(1).ValueStr(i) != text {
					t.Errorf("got %s, want %s", got.Column(1).ValueStr(i), text)
				}
			}
			got.Release()
		}
	}
}
