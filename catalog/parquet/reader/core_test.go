package reader_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// sample has a column of every kind, with NULLs where nulls says how often.
func sample(rows, dim int, nulls float64) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "small", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "score", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
		{Name: "wide", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "flag", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "label", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "caption", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "thumb", Type: arrow.BinaryTypes.Binary, Nullable: true},
		{Name: "at", Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
		{Name: "price", Type: &arrow.Decimal128Type{Precision: 20, Scale: 2}, Nullable: true},
		{Name: "hash", Type: &arrow.FixedSizeBinaryType{ByteWidth: 5}, Nullable: true},
		{Name: "emb", Type: arrow.FixedSizeListOfNonNullable(int32(dim), arrow.PrimitiveTypes.Float32)},
		{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
		{Name: "boxes", Type: arrow.ListOf(arrow.StructOf(
			arrow.Field{Name: "label", Type: arrow.BinaryTypes.String, Nullable: true},
			arrow.Field{Name: "xy", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32), Nullable: true},
		)), Nullable: true},
		{Name: "attrs", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64), Nullable: true},
		{Name: "pos", Type: arrow.StructOf(
			arrow.Field{Name: "lat", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
			arrow.Field{Name: "at", Type: arrow.StructOf(arrow.Field{Name: "deep", Type: arrow.PrimitiveTypes.Int32, Nullable: true}), Nullable: true},
		), Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	r := rand.New(rand.NewPCG(1, uint64(rows)))
	for i := range rows {
		for c, field := range b.Fields() {
			if schema.Field(c).Nullable && r.Float64() < nulls {
				field.AppendNull()
			} else {
				fillValue(field, r, i, nulls, schema.Field(c).Name == "label")
			}
		}
	}
	return b.NewRecordBatch()
}

// fillValue appends a value that is not NULL; what is inside may be.
func fillValue(b array.Builder, r *rand.Rand, i int, nulls float64, few bool) {
	inner := func(b array.Builder) {
		if r.Float64() < nulls {
			b.AppendNull()
		} else {
			fillValue(b, r, i, nulls, few)
		}
	}
	switch b := b.(type) {
	case *array.Int64Builder:
		b.Append(int64(i) * 3)
	case *array.Int32Builder:
		b.Append(r.Int32N(100))
	case *array.Float32Builder:
		b.Append(r.Float32())
	case *array.Float64Builder:
		b.Append(r.Float64())
	case *array.BooleanBuilder:
		b.Append(r.IntN(3) == 0)
	case *array.StringBuilder:
		if few {
			b.Append(fmt.Sprintf("label-%d", r.IntN(20)))
		} else {
			b.Append(fmt.Sprintf("%0*d", r.IntN(40), r.Uint64()))
		}
	case *array.BinaryBuilder:
		b.Append(make([]byte, r.IntN(100)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(1e15 + r.Int64N(1e12)))
	case *array.Decimal128Builder:
		_ = b.AppendValueFromString(fmt.Sprintf("%d.%02d", r.Int64()-r.Int64(), r.IntN(100)))
	case *array.FixedSizeBinaryBuilder:
		b.Append([]byte(fmt.Sprintf("%05d", r.IntN(1e5))))
	case *array.FixedSizeListBuilder:
		b.Append(true)
		for range b.Type().(*arrow.FixedSizeListType).Len() {
			fillValue(b.ValueBuilder(), r, i, 0, few)
		}
	case *array.MapBuilder:
		b.Append(true)
		for k := range r.IntN(4) {
			b.KeyBuilder().(*array.StringBuilder).Append(fmt.Sprint("k", k))
			inner(b.ItemBuilder())
		}
	case *array.ListBuilder:
		b.Append(true)
		for range r.IntN(4) {
			inner(b.ValueBuilder())
		}
	case *array.StructBuilder:
		b.Append(true)
		for c := range b.NumField() {
			inner(b.FieldBuilder(c))
		}
	default:
		panic(fmt.Sprintf("%T", b))
	}
}

// Every encoding and codec, both page versions, pages small enough that a batch straddles many: what is read equals what
// was written, whatever the size of batches.
func TestReadsWhatWasWritten(t *testing.T) {
	codecs := []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Snappy, compress.Codecs.Gzip, compress.Codecs.Brotli, compress.Codecs.Zstd, compress.Codecs.Lz4Raw}
	for _, codec := range codecs {
		for _, version := range []parquet.DataPageVersion{parquet.DataPageV1, parquet.DataPageV2} {
			for _, dictionary := range []bool{false, true} {
				for _, nulls := range []float64{0, 0.3} {
					for _, index := range []bool{false, true} {
						name := fmt.Sprintf("%v/%v/dict=%v/nulls=%v/index=%v", codec, version, dictionary, nulls, index)
						t.Run(name, func(t *testing.T) {
							want := sample(1000, 8, nulls)
							path := write(t, parquet.NewWriterProperties(
								parquet.WithCompression(codec), parquet.WithDataPageVersion(version), parquet.WithDictionaryDefault(dictionary),
								parquet.WithDataPageSize(2048), parquet.WithMaxRowGroupLength(400), parquet.WithBatchSize(32), parquet.WithPageIndexEnabled(index)), want)
							for _, rows := range []int{1, 77, 0} {
								if rows == 1 && codec != compress.Codecs.Uncompressed {
									continue
								}
								columns := columnsOf(want.Schema())
								got := scan(t, open(t, path), reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: everything(columns), Rows: rows, Mem: checked(t)}})
								equal(t, want, got)
								got.Release()
							}
						})
					}
				}
			}
		}
	}
}

// exactly is equality that holds NaN equal to itself.
var exactly = []array.EqualOption{array.WithAbsTolerance(0), array.WithNaNsEqual(true)}

// equal compares records column by column, to say which differs.
func equal(t testing.TB, want, got arrow.RecordBatch) {
	t.Helper()
	if got == nil || want.NumRows() != got.NumRows() {
		t.Fatalf("want %d rows, got %v", want.NumRows(), got)
	}
	for i, f := range want.Schema().Fields() {
		if a, b := want.Column(i), got.Column(i); !array.ApproxEqual(a, b, exactly...) {
			for row := range a.Len() {
				if !array.SliceApproxEqual(a, int64(row), int64(row+1), b, int64(row), int64(row+1), exactly...) {
					t.Fatalf("column %s (%s against %s) row %d: want %s, got %s", f.Name, a.DataType(), b.DataType(), row, a.ValueStr(row), b.ValueStr(row))
				}
			}
			t.Fatalf("column %s: %s against %s", f.Name, a.DataType(), b.DataType())
		}
	}
}
