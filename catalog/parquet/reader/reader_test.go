package reader_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// checked is an allocator that must end at zero.
func checked(t testing.TB) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

// lists makes lists of a record's FixedSizeLists without NULLs: pqarrow v18.8.0 writes those of the first rows again into
// every row group.
func lists(record arrow.RecordBatch) arrow.RecordBatch {
	fields, columns := slices.Clone(record.Schema().Fields()), slices.Clone(record.Columns())
	for i, c := range columns {
		fixed, ok := c.(*array.FixedSizeList)
		if !ok {
			continue
		}
		fields[i].Type = arrow.ListOfField(fixed.DataType().(*arrow.FixedSizeListType).ElemField())
		offsets := make([]int32, fixed.Len()+1)
		for row := range fixed.Len() {
			_, end := fixed.ValueOffsets(row)
			offsets[row+1] = int32(end)
		}
		buffer := memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets))
		columns[i] = array.NewListData(array.NewData(fields[i].Type, fixed.Len(), []*memory.Buffer{nil, buffer}, []arrow.ArrayData{fixed.ListValues().Data()}, 0, 0))
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, record.NumRows())
}

// write writes records with pqarrow and returns the file's path.
func write(t testing.TB, props *parquet.WriterProperties, records ...arrow.RecordBatch) string {
	t.Helper()
	for i, r := range records {
		records[i] = lists(r)
	}
	f, err := os.CreateTemp(t.TempDir(), "*.parquet")
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(records[0].Schema(), f, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// columnsOf is a snapshot's schema that is just the file's.
func columnsOf(schema *arrow.Schema) []reader.Column {
	columns := make([]reader.Column, schema.NumFields())
	for i, f := range schema.Fields() {
		columns[i] = reader.Column{Name: f.Name, Field: f}
	}
	return columns
}

// everything is all columns of a schema.
func everything(columns []reader.Column) []int {
	all := make([]int, len(columns))
	for i := range all {
		all[i] = i
	}
	return all
}

// open opens a file for a test.
func open(t testing.TB, path string) *reader.File {
	t.Helper()
	f, err := reader.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// scan reads all tasks of a spec into one record.
func scan(t testing.TB, f *reader.File, spec reader.Spec) arrow.RecordBatch {
	t.Helper()
	if spec.Scan.Stats == nil {
		spec.Scan.Stats = new(catalog.ScanStats)
	}
	mem := spec.Scan.Mem
	tasks, err := f.Tasks(spec)
	if err != nil {
		t.Fatal(err)
	}
	var batches []arrow.RecordBatch
	for _, task := range tasks {
		for batch, err := range task.Read(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			batch.Retain()
			batches = append(batches, batch)
		}
	}
	defer func() {
		for _, b := range batches {
			b.Release()
		}
	}()
	return concat(t, mem, batches)
}

// concat makes one record of many; nil of none.
func concat(t testing.TB, mem memory.Allocator, batches []arrow.RecordBatch) arrow.RecordBatch {
	t.Helper()
	if len(batches) == 0 {
		return nil
	}
	rows := int64(0)
	columns := make([]arrow.Array, batches[0].NumCols())
	for i := range columns {
		parts := make([]arrow.Array, len(batches))
		for j, b := range batches {
			parts[j] = b.Column(i)
		}
		var err error
		if columns[i], err = array.Concatenate(parts, mem); err != nil {
			t.Fatal(err)
		}
		defer columns[i].Release()
	}
	for _, b := range batches {
		rows += b.NumRows()
	}
	return array.NewRecordBatch(batches[0].Schema(), columns, rows)
}
