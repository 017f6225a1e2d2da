package writer_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

func TestFaults(t *testing.T) {
	number := func(nullable bool) arrow.Field { return field(1, "n", arrow.PrimitiveTypes.Int64, nullable) }
	for _, c := range []struct {
		name  string
		field arrow.Field
		fill  func(array.Builder)
		state string
	}{
		{"interval", field(1, "n", arrow.FixedWidthTypes.MonthDayNanoInterval, true), nil, "0A000"},
		{"interval within", field(1, "n", arrow.ListOf(arrow.FixedWidthTypes.MonthDayNanoInterval), true), nil, "0A000"},
		{"nanoseconds", field(1, "n", arrow.FixedWidthTypes.Timestamp_ns, true), nil, "0A000"},
		{"no fields", field(1, "n", arrow.StructOf(), true), nil, "0A000"},
		{"null", number(false), func(b array.Builder) { b.AppendNull() }, "23502"},
		{"null in struct", field(1, "n", arrow.StructOf(number(false)), true), func(b array.Builder) {
			b.(*array.StructBuilder).Append(true)
			b.(*array.StructBuilder).FieldBuilder(0).AppendNull()
		}, "23502"},
		{"null in list", field(1, "n", arrow.ListOfField(number(false)), true), func(b array.Builder) {
			b.(*array.ListBuilder).Append(true)
			b.(*array.ListBuilder).ValueBuilder().AppendNull()
		}, "23502"},
		{"null in vector", field(1, "n", arrow.FixedSizeListOf(1, arrow.PrimitiveTypes.Float32), true), func(b array.Builder) {
			b.(*array.FixedSizeListBuilder).Append(true)
			b.(*array.FixedSizeListBuilder).ValueBuilder().AppendNull()
		}, "23502"},
		{"null struct", field(1, "n", arrow.StructOf(number(false)), true), func(b array.Builder) { b.AppendNull() }, ""},
		{"null vector", field(1, "n", vectorType(2, 3), true), func(b array.Builder) { b.AppendNull() }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{c.field}, nil))
			defer b.Release()
			w, err := writer.New(io.Discard, b.Schema(), writer.Options{Mem: mem})
			if err == nil {
				c.fill(b.Field(0))
				batch := b.NewRecordBatch()
				defer batch.Release()
				err = w.Write(batch)
				w.Abort()
			}
			state := ""
			if fault := (*catalog.Error)(nil); errors.As(err, &fault) {
				state = fault.State
			} else if err != nil {
				t.Error(err)
			}
			if state != c.state {
				t.Errorf("got %v, want state %q", err, c.state)
			}
		})
	}
}

// TestMemory writes more than a row group holds, out of small parts of large batches.
func TestMemory(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	schema := arrow.NewSchema([]arrow.Field{field(1, "v", vectorType(2, 1024), true)}, nil)
	b := array.NewRecordBuilder(mem, schema)
	vector := b.Field(0).(*array.FixedSizeListBuilder)
	for range 4096 {
		vector.Append(true)
		vector.ValueBuilder().(*array.Float32Builder).AppendValues(make([]float32, 1024), nil)
	}
	batch := b.NewRecordBatch()
	b.Release()

	w, err := writer.New(io.Discard, schema, writer.Options{Mem: mem})
	if err != nil {
		t.Fatal(err)
	}
	rows := int64(0)
	for from := int64(0); from < batch.NumRows()-100; from += 100 {
		for range 10 { // held on to, each part would keep the whole batch
			part := batch.NewSlice(from, from+100)
			if err := w.Write(part); err != nil {
				t.Fatal(err)
			}
			part.Release()
			rows += 100
		}
		if w.Buffered() > 65<<20 {
			t.Fatalf("the writer holds %d bytes", w.Buffered())
		}
		if held := mem.CurrentAlloc(); held > 16<<20+66<<20 {
			t.Fatalf("%d bytes are in use, the batch has %d", held, 16<<20)
		}
	}
	batch.Release()
	summary, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	groups := summary.Metadata.NumRowGroups()
	if summary.Rows != rows || groups < 2 {
		t.Errorf("%d rows in %d row groups, wrote %d", summary.Rows, groups, rows)
	}
	if n := summary.Metadata.RowGroup(0).NumRows(); n*4096 < 60<<20 || n*4096 > 65<<20 {
		t.Errorf("the first row group has %d rows", n)
	}
}

func TestFailingFile(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	batch := sampleBatch(t, mem, 5000)
	defer batch.Release()
	for _, room := range []int{3, 1000, 100_000, 1_000_000} {
		w, err := writer.New(&full{room}, batch.Schema(), writer.Options{Mem: mem, RowGroupRows: 1000})
		if err == nil {
			if err = w.Write(batch); err == nil {
				_, err = w.Close()
			}
			w.Abort()
			if again := w.Write(batch); again == nil {
				t.Errorf("room for %d: a write after the fault succeeded", room)
			}
		}
		if !errors.Is(err, errFull) {
			t.Errorf("room for %d: %v", room, err)
		}
	}
}

var errFull = errors.New("no space left on device")

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestDataFile hands a file's metadata to Iceberg.
func TestDataFile(t *testing.T) {
	fields := []arrow.Field{
		field(1, "id", arrow.PrimitiveTypes.Int64, true),
		field(2, "text", arrow.BinaryTypes.String, true),
		field(3, "v", vectorType(4, 384), true),
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for i := range 1000 {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		appendOrNull(b.Field(1), i >= 900, func() { b.Field(1).(*array.StringBuilder).Append(strings.Repeat("long ", 1000)) })
		fillVector(b.Field(2), i)
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	_, summary := write(t, writer.Options{RowGroupRows: 300}, batch)

	spec := iceberg.NewPartitionSpec()
	file, err := table.DataFileFromMetadata(table.DataFileArgs{
		Schema: iceberg.NewSchema(0,
			iceberg.NestedField{ID: 1, Name: "id", Type: iceberg.PrimitiveTypes.Int64},
			iceberg.NestedField{ID: 2, Name: "text", Type: iceberg.PrimitiveTypes.String},
			iceberg.NestedField{ID: 3, Name: "v", Type: &iceberg.ListType{ElementID: 4, Element: iceberg.PrimitiveTypes.Float32, ElementRequired: true}},
		),
		Spec: spec, Format: iceberg.ParquetFile, FormatVersion: 2,
		Metadata: summary.Metadata, FilePath: "file:///f.parquet", FileSize: summary.Bytes, Content: iceberg.EntryContentData,
		Properties: iceberg.Properties{"write.metadata.metrics.column.v.element": "none"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if file.Count() != 1000 || file.NullValueCounts()[2] != 100 || len(file.SplitOffsets()) != 4 {
		t.Errorf("%d rows, %v nulls, splits %v", file.Count(), file.NullValueCounts(), file.SplitOffsets())
	}
	low, high := string(file.LowerBoundValues()[2]), string(file.UpperBoundValues()[2])
	if low != "long long long l" || high <= low {
		t.Errorf("text from %q to %q", low, high)
	}
	if len(file.LowerBoundValues()[1]) != 8 || file.LowerBoundValues()[4] != nil {
		t.Errorf("bounds are %v", file.LowerBoundValues())
	}
}

// An empty text is the least wherever it stands, and whatever its array has for memory: a batch of empty texts may have none.
func TestEmptyTextIsLeast(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{field(1, "s", arrow.BinaryTypes.String, true)}, nil)
	texts := func(data []byte, offsets ...int32) arrow.RecordBatch {
		d := array.NewData(arrow.BinaryTypes.String, len(offsets)-1,
			[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(data)}, nil, 0, 0)
		return array.NewRecordBatch(schema, []arrow.Array{array.NewStringData(d)}, int64(len(offsets)-1))
	}
	some, empty, none := texts([]byte("ccb"), 0, 2, 3), texts([]byte{}, 0, 0), texts(nil, 0, 0)
	for i, batches := range [][]arrow.RecordBatch{{some, empty}, {some, none}, {none, some}, {some, none, some}, {none}} {
		w, err := writer.New(io.Discard, schema, writer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		summary, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		chunk, err := summary.Metadata.RowGroup(0).ColumnChunk(0)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := chunk.Statistics(); err != nil || s == nil || !s.HasMinMax() || len(s.EncodeMin()) > 0 {
			t.Errorf("batches %d: statistics %v, %v", i, s, err)
		}
	}
}
