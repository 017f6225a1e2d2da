package writer_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

// flatBatch has few and many values, with and without NULL.
func flatBatch(rows int) arrow.RecordBatch {
	fields := []arrow.Field{
		field(1, "few", arrow.PrimitiveTypes.Int64, true),
		field(2, "some_null", arrow.BinaryTypes.String, true),
		field(3, "many", arrow.PrimitiveTypes.Float64, true),
		field(4, "required", arrow.PrimitiveTypes.Int32, false),
		field(5, "nan", arrow.PrimitiveTypes.Float32, true),
		field(6, "one", arrow.PrimitiveTypes.Int32, true),
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for i := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i*7919%100 - 50))
		appendOrNull(b.Field(1), i%7 == 6, func() { b.Field(1).(*array.StringBuilder).Append(fmt.Sprint("value ", i*7919%300)) })
		b.Field(2).(*array.Float64Builder).Append(float64(i) / 7)
		b.Field(3).(*array.Int32Builder).Append(int32(-i))
		b.Field(4).(*array.Float32Builder).Append([]float32{float32(math.NaN()), 1, -1, 0, float32(math.Copysign(0, -1))}[i%5])
		b.Field(5).(*array.Int32Builder).Append(7)
	}
	return b.NewRecordBatch()
}

// TestCodes holds that dictionaries are sorted and that the codes of a page are one bit-packed run.
func TestCodes(t *testing.T) {
	batch := flatBatch(100_001)
	defer batch.Release()
	data, _ := write(t, writer.Options{}, batch)
	f := open(t, data)
	widths := []int{7, 9, 0, 0, 3, 1} // bits; 0 for no dictionary
	for c, chunk := range f.RowGroups()[0].ColumnChunks() {
		meta := f.Metadata().RowGroups[0].Columns[c].MetaData
		if (meta.DictionaryPageOffset > 0) != (widths[c] > 0) {
			t.Errorf("column %d: dictionary at %d", c, meta.DictionaryPageOffset)
		}
		if widths[c] == 0 {
			continue
		}
		var header format.PageHeader
		r := bytes.NewReader(data[meta.DictionaryPageOffset:meta.DataPageOffset])
		if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(r)).Decode(&header); err != nil {
			t.Fatal(err)
		}
		if d := header.DictionaryPageHeader.V; !d.IsSorted || int(d.NumValues) > 1<<widths[c] {
			t.Errorf("column %d: dictionary %+v", c, d)
		}
		if c == 0 {
			values := data[meta.DataPageOffset-int64(r.Len()) : meta.DataPageOffset]
			if numbers := arrow.Int64Traits.CastFromBytes(slices.Clone(values)); len(numbers) != 100 || !slices.IsSorted(numbers) {
				t.Errorf("the dictionary is %v", numbers)
			}
		}
		index, err := chunk.OffsetIndex()
		if err != nil || index.NumPages() != 4 {
			t.Errorf("column %d: %d pages, %v", c, index.NumPages(), err)
		}
		for i := range index.NumPages() {
			page := data[index.Offset(i) : index.Offset(i)+index.CompressedPageSize(i)]
			rd := bytes.NewReader(page)
			if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(rd)).Decode(&header); err != nil {
				t.Fatal(err)
			}
			body := page[len(page)-int(header.CompressedPageSize):]
			body = body[4+binary.LittleEndian.Uint32(body):] // definition levels
			run, n := binary.Uvarint(body[1:])
			if int(body[0]) != widths[c] || run&1 != 1 || len(body) != 1+n+int(run>>1)*widths[c] {
				t.Errorf("column %d, page %d: width %d, run %d in %d bytes", c, i, body[0], run, len(body))
			}
		}
	}
	table := readBack(t, data)
	defer table.Release()
	checkEqual(t, table, batch)
}

// TestPlainNumbers holds that numbers are aligned in the file.
func TestPlainNumbers(t *testing.T) {
	batch := flatBatch(100_001)
	defer batch.Release()
	data, _ := write(t, writer.Options{}, batch)
	f := open(t, data)
	for _, c := range []int{2, 3} {
		width := []int{0, 0, 8, 4}[c]
		want := batch.Column(c).Data().Buffers()[1].Bytes()[:width*100_001]
		index, err := f.RowGroups()[0].ColumnChunks()[c].OffsetIndex()
		if err != nil {
			t.Fatal(err)
		}
		for i := range index.NumPages() {
			end := index.Offset(i) + index.CompressedPageSize(i)
			n := int64(len(want))
			if i+1 < index.NumPages() {
				n = (index.FirstRowIndex(i+1) - index.FirstRowIndex(i)) * int64(width)
			}
			if (end-n)%64 != 0 || !bytes.Equal(data[end-n:end], want[:n]) {
				t.Errorf("column %d, page %d: %d bytes of values at %d", c, i, n, end-n)
			}
			want = want[n:]
		}
	}
}
