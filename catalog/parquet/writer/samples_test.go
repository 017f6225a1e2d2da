package writer_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/uuid"
)

// A sample is a type with a way to fill a column of it: row gives the value's number.
type sample struct {
	name string
	typ  arrow.DataType
	fill func(b array.Builder, row int)
}

func field(id int, name string, typ arrow.DataType, nullable bool) arrow.Field {
	meta := arrow.NewMetadata([]string{"PARQUET:field_id"}, []string{fmt.Sprint(id)})
	return arrow.Field{Name: name, Type: typ, Nullable: nullable, Metadata: meta}
}

func vectorType(id, dim int) arrow.DataType {
	return arrow.FixedSizeListOfField(int32(dim), field(id, "element", arrow.PrimitiveTypes.Float32, false))
}

// samples are all types that a file holds. Nested ones are NULL at every depth.
func samples() []sample {
	point := arrow.StructOf(
		field(101, "x", arrow.PrimitiveTypes.Int32, true),
		field(102, "label", arrow.BinaryTypes.String, true),
	)
	return []sample{
		{"bool", arrow.FixedWidthTypes.Boolean, func(b array.Builder, i int) { b.(*array.BooleanBuilder).Append(i%3 == 0) }},
		{"int8", arrow.PrimitiveTypes.Int8, func(b array.Builder, i int) { b.(*array.Int8Builder).Append(int8(i)) }},
		{"int16", arrow.PrimitiveTypes.Int16, func(b array.Builder, i int) { b.(*array.Int16Builder).Append(int16(-i)) }},
		{"int32", arrow.PrimitiveTypes.Int32, func(b array.Builder, i int) { b.(*array.Int32Builder).Append(int32(i * 7919)) }},
		{"int64", arrow.PrimitiveTypes.Int64, func(b array.Builder, i int) { b.(*array.Int64Builder).Append(int64(i) * 1e12) }},
		{"few", arrow.PrimitiveTypes.Int64, func(b array.Builder, i int) { b.(*array.Int64Builder).Append(int64(i % 5)) }},
		{"float", arrow.PrimitiveTypes.Float32, func(b array.Builder, i int) { b.(*array.Float32Builder).Append(float32(i) / 3) }},
		{"double", arrow.PrimitiveTypes.Float64, func(b array.Builder, i int) {
			v := float64(i) / 3
			if i%10 == 7 {
				v = math.NaN()
			}
			b.(*array.Float64Builder).Append(v)
		}},
		{"decimal7", &arrow.Decimal128Type{Precision: 7, Scale: 2}, fillDecimal},
		{"decimal15", &arrow.Decimal128Type{Precision: 15, Scale: 2}, fillDecimal},
		{"decimal38", &arrow.Decimal128Type{Precision: 38, Scale: 10}, fillDecimal},
		{"string", arrow.BinaryTypes.String, func(b array.Builder, i int) {
			b.(*array.StringBuilder).Append(strings.Repeat("é", i%50) + fmt.Sprint("text ", i))
		}},
		{"category", arrow.BinaryTypes.String, func(b array.Builder, i int) { b.(*array.StringBuilder).Append([]string{"a", "bb", "ccc"}[i%3]) }},
		{"binary", arrow.BinaryTypes.Binary, func(b array.Builder, i int) { b.(*array.BinaryBuilder).Append([]byte{0, 255, byte(i), byte(i >> 8)}) }},
		{"fixed", &arrow.FixedSizeBinaryType{ByteWidth: 5}, func(b array.Builder, i int) {
			b.(*array.FixedSizeBinaryBuilder).Append([]byte{byte(i), byte(i >> 8), 3, 4, 5})
		}},
		{"uuid", extensions.NewUUIDType(), func(b array.Builder, i int) {
			b.(*extensions.UUIDBuilder).Append(uuid.NewSHA1(uuid.NameSpaceOID, []byte(fmt.Sprint(i))))
		}},
		{"date", arrow.FixedWidthTypes.Date32, func(b array.Builder, i int) { b.(*array.Date32Builder).Append(arrow.Date32(i - 500)) }},
		{"time", arrow.FixedWidthTypes.Time64us, func(b array.Builder, i int) { b.(*array.Time64Builder).Append(arrow.Time64(i * 1001)) }},
		{"timestamp", &arrow.TimestampType{Unit: arrow.Microsecond}, func(b array.Builder, i int) {
			b.(*array.TimestampBuilder).Append(arrow.Timestamp(i * 1e9))
		}},
		{"timestamptz", arrow.FixedWidthTypes.Timestamp_us, func(b array.Builder, i int) {
			b.(*array.TimestampBuilder).Append(arrow.Timestamp(-i * 1e9))
		}},
		{"list", arrow.ListOfField(field(103, "element", arrow.PrimitiveTypes.Int64, true)), func(b array.Builder, i int) {
			l := b.(*array.ListBuilder)
			l.Append(true)
			for j := range i % 4 {
				appendOrNull(l.ValueBuilder(), (i+j)%5 == 0, func() { l.ValueBuilder().(*array.Int64Builder).Append(int64(i + j)) })
			}
		}},
		{"struct", point, func(b array.Builder, i int) { fillPoint(b, i) }},
		{"map", arrow.MapOfFields(field(104, "key", arrow.BinaryTypes.String, false), field(105, "value", arrow.PrimitiveTypes.Float64, true)),
			func(b array.Builder, i int) {
				m := b.(*array.MapBuilder)
				m.Append(true)
				for j := range i % 3 {
					m.KeyBuilder().(*array.StringBuilder).Append(fmt.Sprint("k", j))
					appendOrNull(m.ItemBuilder(), i%7 == 0, func() { m.ItemBuilder().(*array.Float64Builder).Append(float64(i)) })
				}
			}},
		{"points", arrow.ListOfField(field(106, "element", point, true)), func(b array.Builder, i int) {
			l := b.(*array.ListBuilder)
			l.Append(true)
			for j := range i % 3 {
				appendOrNull(l.ValueBuilder(), (i+j)%4 == 0, func() { fillPoint(l.ValueBuilder(), i+j) })
			}
		}},
		{"vector", vectorType(107, 48), fillVector},
		{"short_vector", vectorType(108, 3), fillVector},
		{"number", vectorType(109, 1), fillVector},
		{"with_vector", arrow.StructOf(field(110, "v", vectorType(111, 4), true)), func(b array.Builder, i int) {
			s := b.(*array.StructBuilder)
			s.Append(true)
			appendOrNull(s.FieldBuilder(0), i%5 == 0, func() { fillVector(s.FieldBuilder(0), i) })
		}},
	}
}

func appendOrNull(b array.Builder, null bool, value func()) {
	if null {
		b.AppendNull()
	} else {
		value()
	}
}

func fillDecimal(b array.Builder, i int) {
	b.(*array.Decimal128Builder).Append(decimal128.FromI64(int64(50-i) * 100))
}

func fillPoint(b array.Builder, i int) {
	s := b.(*array.StructBuilder)
	s.Append(true)
	appendOrNull(s.FieldBuilder(0), i%3 == 1, func() { s.FieldBuilder(0).(*array.Int32Builder).Append(int32(i)) })
	appendOrNull(s.FieldBuilder(1), i%3 == 2, func() { s.FieldBuilder(1).(*array.StringBuilder).Append(fmt.Sprint("p", i)) })
}

func fillVector(b array.Builder, i int) {
	l := b.(*array.FixedSizeListBuilder)
	l.Append(true)
	for j := range int(l.Type().(*arrow.FixedSizeListType).Len()) {
		l.ValueBuilder().(*array.Float32Builder).Append(float32(i) + float32(j)/1000)
	}
}

// sampleBatch has a column of every sample twice: with NULL in every third row, and without.
func sampleBatch(t testing.TB, mem memory.Allocator, rows int) arrow.RecordBatch {
	t.Helper()
	var fields []arrow.Field
	for i, s := range samples() {
		fields = append(fields, field(2*i+1, s.name, s.typ, true), field(2*i+2, s.name+"_required", s.typ, false))
	}
	b := array.NewRecordBuilder(mem, arrow.NewSchema(fields, nil))
	defer b.Release()
	for i, s := range samples() {
		for row := range rows {
			appendOrNull(b.Field(2*i), row%3 == 2, func() { s.fill(b.Field(2*i), row) })
			s.fill(b.Field(2*i+1), row)
		}
	}
	return b.NewRecordBatch()
}
