package reader_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
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
				b.SetBytes(bytes)
				for b.Loop() {
					f, err := cache.Open(path)
					if err != nil {
						b.Fatal(err)
					}
					drain(b, f, reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: everything(columns), Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats)}})
					f.Close()
				}
				b.ReportMetric(float64(record.NumRows())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrow/s")
			})
			b.Run(name+"/pqarrow", func(b *testing.B) {
				b.SetBytes(bytes)
				for b.Loop() {
					drainPeer(b, path)
				}
				b.ReportMetric(float64(record.NumRows())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrow/s")
			})
		}
	}
}

// drain reads a scan and drops it.
func drain(b testing.TB, f *reader.File, spec reader.Spec) {
	tasks, err := f.Tasks(spec)
	if err != nil {
		b.Fatal(err)
	}
	for _, task := range tasks {
		for _, err := range task.Read(context.Background()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
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
	for b.Loop() {
		drain(b, f, reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: at, Mem: memory.DefaultAllocator, Stats: stats}})
	}
	b.SetBytes(stats.Bytes.Load() / int64(b.N))
	b.ReportMetric(float64(f.Rows())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrow/s")
}
