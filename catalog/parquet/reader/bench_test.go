package reader_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"golang.org/x/sys/unix"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/udf/simd"
)

const benchRows = 1 << 20

// benchColumns are single columns of a million rows, or of embeddings as many as make 150 MB.
var benchColumns = sync.OnceValue(func() map[string]arrow.RecordBatch {
	mem := memory.DefaultAllocator
	one := func(name string, a arrow.Array) arrow.RecordBatch {
		return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: name, Type: a.DataType(), Nullable: true}}, nil), []arrow.Array{a}, int64(a.Len()))
	}
	ints, low, high := array.NewInt64Builder(mem), array.NewStringBuilder(mem), array.NewStringBuilder(mem)
	for i := range benchRows {
		ints.Append(int64(i) * 7919 % 1000003)
		low.Append(fmt.Sprintf("category %d", i*7919%100))
		high.Append(fmt.Sprintf("caption number %d", i*7919))
	}
	vectors := array.NewListBuilderWithField(mem, arrow.Field{Name: "element", Type: arrow.PrimitiveTypes.Float32})
	elements := vectors.ValueBuilder().(*array.Float32Builder)
	for i := range 100_000 {
		vectors.Append(true)
		for j := range 384 {
			elements.Append(float32(i*j%1000) / 1000)
		}
	}
	return map[string]arrow.RecordBatch{
		"int64": one("int64", ints.NewArray()), "string": one("string", high.NewArray()),
		"dictionary": one("dictionary", low.NewArray()), "vector": one("vector", vectors.NewArray()),
	}
})

func BenchmarkScan(b *testing.B) {
	for _, column := range []string{"vector", "int64", "string", "dictionary"} {
		for _, codec := range []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Snappy} {
			record := benchColumns()[column]
			path := write(b, parquet.NewWriterProperties(parquet.WithCompression(codec), parquet.WithDictionaryDefault(column == "dictionary"),
				parquet.WithMaxRowGroupLength(128<<10), parquet.WithPageIndexEnabled(true)), record)
			if column == "vector" && codec == compress.Codecs.Uncompressed {
				path = ours(b, numbered(vectorRecord(record)))
			}
			columns := columnsOf(record.Schema())
			bytes := int64(8 * benchRows)
			if column == "vector" {
				columns[0].Field.Type = arrow.FixedSizeListOfNonNullable(384, arrow.PrimitiveTypes.Float32)
				bytes = record.NumRows() * 384 * 4
			}
			name := fmt.Sprintf("%s/%s", column, codec)
			b.Run(name+"/mediaflight", func(b *testing.B) {
				cache := reader.NewCache(10)
				defer cache.Close()
				begin := cpuSeconds(b)
				for b.Loop() {
					f, err := cache.Open(path)
					if err != nil {
						b.Fatal(err)
					}
					drain(b, f, reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: everything(columns), Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats)}})
					f.Close()
				}
				report(b, begin, bytes, record.NumRows())
			})
			b.Run(name+"/pqarrow", func(b *testing.B) {
				begin := cpuSeconds(b)
				for b.Loop() {
					drainPeer(b, path)
				}
				report(b, begin, bytes, record.NumRows())
			})
		}
	}
}

// cpuSeconds is the processor time that this process has had: steadier than the clock where others want the processor, too.
func cpuSeconds(b *testing.B) float64 {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

// report says how much is read in a second of processor time.
func report(b *testing.B, begin float64, bytes, rows int64) {
	spent := cpuSeconds(b) - begin
	b.ReportMetric(float64(bytes)*float64(b.N)/spent/1e9, "GB/cpu-s")
	b.ReportMetric(float64(rows)*float64(b.N)/spent/1e6, "Mrow/cpu-s")
}

// drain reads a scan and drops it.
func drain(b testing.TB, f *reader.File, spec reader.Spec) {
	tasks, err := f.Tasks(spec)
	if err != nil {
		b.Fatal(err)
	}
	for _, task := range tasks {
		for batch, err := range task.Read(context.Background()) {
			if err != nil {
				b.Fatal(err)
			}
			look(batch)
		}
	}
}

// look reads numbers in a batch, so that what is given in place is paid for, too.
func look(batch arrow.RecordBatch) {
	for _, c := range batch.Columns() {
		switch c := c.(type) {
		case *array.Int64:
			for _, v := range c.Int64Values() {
				sink += v
			}
		case *array.FixedSizeList:
			if floats, ok := c.ListValues().(*array.Float32); ok {
				sink += int64(simd.Dot(floats.Float32Values(), floats.Float32Values()))
			}
		}
	}
}

var sink int64

// vectorRecord makes the one column of lists one of vectors.
func vectorRecord(record arrow.RecordBatch) arrow.RecordBatch {
	list := record.Column(0).(*array.List)
	dt := arrow.FixedSizeListOfNonNullable(int32(list.ListValues().Len()/list.Len()), arrow.PrimitiveTypes.Float32)
	vectors := array.NewFixedSizeListData(array.NewData(dt, list.Len(), []*memory.Buffer{nil}, []arrow.ArrayData{list.ListValues().Data()}, 0, 0))
	return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: record.ColumnName(0), Type: dt}}, nil), []arrow.Array{vectors}, record.NumRows())
}

// numbered gives every field of a record an id, nested ones too.
func numbered(record arrow.RecordBatch) arrow.RecordBatch {
	next := 0
	var field func(arrow.Field) arrow.Field
	field = func(f arrow.Field) arrow.Field {
		next++
		f = withID(fmt.Sprint(next), f)
		switch t := f.Type.(type) {
		case *arrow.ListType:
			f.Type = arrow.ListOfField(field(t.ElemField()))
		case *arrow.FixedSizeListType:
			f.Type = arrow.FixedSizeListOfField(t.Len(), field(t.ElemField()))
		case *arrow.MapType:
			f.Type = arrow.MapOfFields(field(t.KeyField()), field(t.ItemField()))
		case *arrow.StructType:
			var fields []arrow.Field
			for _, child := range t.Fields() {
				fields = append(fields, field(child))
			}
			f.Type = arrow.StructOf(fields...)
		}
		return f
	}
	fields, columns := slices.Clone(record.Schema().Fields()), slices.Clone(record.Columns())
	for i := range fields {
		fields[i] = field(fields[i])
		columns[i] = retyped(columns[i].Data(), fields[i].Type)
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, record.NumRows())
}

// retyped is the array with a type that differs in metadata only.
func retyped(data arrow.ArrayData, dt arrow.DataType) arrow.Array {
	var children []arrow.ArrayData
	if nested, ok := dt.(arrow.NestedType); ok {
		for i, child := range data.Children() {
			children = append(children, retyped(child, nested.Fields()[i].Type).Data())
		}
	}
	return array.MakeFromData(array.NewData(dt, data.Len(), data.Buffers(), children, data.NullN(), data.Offset()))
}

func drainPeer(b testing.TB, path string) {
	props := parquet.NewReaderProperties(memory.DefaultAllocator)
	props.BufferedStreamEnabled, props.BufferSize = true, 1<<20
	f, err := file.OpenParquetFile(path, false, file.WithReadProps(props))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: 64 << 10}, memory.DefaultAllocator)
	if err != nil {
		b.Fatal(err)
	}
	records, err := r.GetRecordReader(context.Background(), nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer records.Release()
	for records.Next() {
		look(records.RecordBatch())
	}
	if err := records.Err(); err != nil && err.Error() != "EOF" {
		b.Fatal(err)
	}
}

// BenchmarkFile scans the one column of a file named by MEDIAFLIGHT_BENCH_FILE and MEDIAFLIGHT_BENCH_COLUMN.
func BenchmarkFile(b *testing.B) {
	path, name := os.Getenv("MEDIAFLIGHT_BENCH_FILE"), os.Getenv("MEDIAFLIGHT_BENCH_COLUMN")
	if path == "" {
		b.Skip("no file named")
	}
	f := open(b, path)
	schema, err := f.ArrowSchema()
	if err != nil {
		b.Fatal(err)
	}
	columns := columnsOf(schema)
	at := schema.FieldIndices(name)
	if list, ok := columns[at[0]].Field.Type.(*arrow.FixedSizeListType); ok {
		columns[at[0]].Field.Type = arrow.FixedSizeListOfNonNullable(list.Len(), arrow.PrimitiveTypes.Float32)
	}
	stats := new(catalog.ScanStats)
	begin := cpuSeconds(b)
	for b.Loop() {
		drain(b, f, reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: at, Mem: memory.DefaultAllocator, Stats: stats}})
	}
	report(b, begin, stats.Bytes.Load()/int64(b.N), f.Rows())
}

// BenchmarkLookup is what a query for a few rows costs: the plan of a scan that prunes to one page, and rows by number.
func BenchmarkLookup(b *testing.B) {
	record := numbered(sample(400_000, 8, 0.05))
	path := ours(b, record)
	cache := reader.NewCache(1)
	defer cache.Close()
	columns := columnsOf(record.Schema())
	one := array.NewInt64Builder(memory.DefaultAllocator)
	one.Append(3 * 123_456)
	value := one.NewArray()
	run := func(name string, f func(*reader.File)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				file, err := cache.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				f(file)
				file.Close()
			}
		})
	}
	run("equal", func(f *reader.File) {
		drain(b, f, reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: []int{0, 5, 6}, Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats),
			Prune: []catalog.Predicate{{Column: 0, Op: catalog.Eq, Values: value}}, Filter: equals{3 * 123_456}}})
	})
	rows := []int64{5, 60_000, 61_000, 100, 220_000, 399_000, 70_000, 70_001, 3, 350_000}
	for name, columns := range map[string][]reader.Column{"flat": columns[:8], "one": columns[:1], "vector": columns[11:12], "nested": columns[12:]} {
		run("take 10 rows "+name, func(f *reader.File) {
			batch, err := f.Take(columns, rows, memory.DefaultAllocator, new(catalog.ScanStats))
			if err != nil {
				b.Fatal(err)
			}
			batch.Release()
		})
	}
}

// An equals keeps the rows whose id is one number.
type equals struct{ id int64 }

func (equals) Columns() []int { return []int{0} }

func (e equals) Select(_ context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	for i, id := range batch.Column(0).(*array.Int64).Int64Values() {
		if id == e.id {
			into = append(into, uint32(i))
		}
	}
	return into, nil
}
