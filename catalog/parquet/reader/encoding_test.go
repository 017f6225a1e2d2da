package reader_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// Numbers of every width in bits, in every encoding that holds numbers; texts with prefixes in those that hold texts.
func TestEncodings(t *testing.T) {
	const rows = 3000
	r := rand.New(rand.NewPCG(5, 5))
	columns := map[string]arrow.Array{}
	for _, bits := range []int{0, 1, 3, 8, 15, 16, 24, 31, 32, 33, 47, 62} {
		wide, narrow, double := array.NewInt64Builder(memory.DefaultAllocator), array.NewInt32Builder(memory.DefaultAllocator), array.NewFloat64Builder(memory.DefaultAllocator)
		last := int64(0)
		for range rows {
			last += r.Int64N(1<<bits) - 1<<bits/2
			wide.Append(last)
			narrow.Append(int32(last))
			double.Append(float64(last))
		}
		columns[fmt.Sprintf("int64 %d", bits)], columns[fmt.Sprintf("int32 %d", bits)] = wide.NewArray(), narrow.NewArray()
		columns[fmt.Sprintf("float64 %d", bits)] = double.NewArray()
	}
	text, hash := array.NewStringBuilder(memory.DefaultAllocator), array.NewFixedSizeBinaryBuilder(memory.DefaultAllocator, &arrow.FixedSizeBinaryType{ByteWidth: 5})
	for i := range rows {
		text.Append(fmt.Sprintf("%0*d", i/100, r.IntN(1e6)))
		hash.Append([]byte(fmt.Sprintf("%05d", i*3)))
	}
	columns["text"], columns["hash"] = text.NewArray(), hash.NewArray()
	encodings := map[arrow.Type][]parquet.Encoding{
		arrow.INT64:             {parquet.Encodings.Plain, parquet.Encodings.DeltaBinaryPacked, parquet.Encodings.ByteStreamSplit},
		arrow.INT32:             {parquet.Encodings.Plain, parquet.Encodings.DeltaBinaryPacked, parquet.Encodings.ByteStreamSplit},
		arrow.FLOAT64:           {parquet.Encodings.Plain, parquet.Encodings.ByteStreamSplit},
		arrow.STRING:            {parquet.Encodings.Plain, parquet.Encodings.DeltaLengthByteArray, parquet.Encodings.DeltaByteArray},
		arrow.FIXED_SIZE_BINARY: {parquet.Encodings.Plain, parquet.Encodings.ByteStreamSplit},
	}
	for name, column := range columns {
		record := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: name, Type: column.DataType(), Nullable: true}}, nil), []arrow.Array{column}, rows)
		for _, encoding := range encodings[column.DataType().ID()] {
			t.Run(fmt.Sprint(name, " ", encoding), func(t *testing.T) {
				f := open(t, write(t, parquet.NewWriterProperties(parquet.WithDictionaryDefault(false), parquet.WithEncoding(encoding), parquet.WithDataPageSize(6000), parquet.WithBatchSize(500)), record))
				got := scan(t, f, reader.Spec{Columns: columnsOf(record.Schema()), Scan: catalog.Scan{Columns: []int{0}, Mem: checked(t)}})
				equal(t, record, got)
				got.Release()
			})
		}
	}
}
