package writer_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

func open(t testing.TB, data []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestParquetGo reads columns of one leaf with a second reader. Chunks of LZ4_RAW are left out: parquet-go v0.32.0
// decodes them wrong.
func TestParquetGo(t *testing.T) {
	batch := sampleBatch(t, memory.DefaultAllocator, 1000)
	defer batch.Release()
	for _, opts := range []writer.Options{{}, {Compact: true}, {RowGroupRows: 99}} {
		data, _ := write(t, opts, batch)
		f := open(t, data)
		checked := 0
		for i, column := range f.Root().Columns() {
			want := leafTexts(nil, batch.Column(i))
			if want == nil || strings.HasPrefix(column.Name(), "string") {
				continue
			}
			var got []string
			for _, group := range f.RowGroups() {
				for _, chunk := range group.ColumnChunks() {
					if f.Schema().Columns()[chunk.Column()][0] == column.Name() {
						got = append(got, chunkTexts(t, chunk)...)
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %s: got %d values, want %d: %.100q %.100q", opts, column.Name(), len(got), len(want), got, want)
			}
			checked++
		}
		if checked < 40 {
			t.Errorf("only %d columns were compared", checked)
		}
	}
}

const null = "NULL"

func chunkTexts(t *testing.T, chunk parquet.ColumnChunk) []string {
	t.Helper()
	var all []string
	pages := chunk.Pages()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		values := make([]parquet.Value, page.NumValues())
		if n, err := page.Values().ReadValues(values); n < len(values) {
			t.Fatalf("read %d of %d values: %v", n, len(values), err)
		}
		for _, v := range values {
			if v.IsNull() {
				all = append(all, null)
			} else {
				all = append(all, v.String())
			}
		}
		parquet.Release(page)
	}
}

// leafTexts appends the values of a column's only leaf, nil if it has more: a NULL and an empty list are NULL there.
func leafTexts(into []string, values arrow.Array) []string {
	for i := range values.Len() {
		if values.IsNull(i) {
			into = append(into, null)
			continue
		}
		switch values := values.(type) {
		case *array.Int8, *array.Int16, *array.Int32, *array.Int64, *array.Boolean:
			into = append(into, values.ValueStr(i))
		case *array.Float32:
			into = append(into, parquet.FloatValue(values.Value(i)).String())
		case *array.Float64:
			into = append(into, parquet.DoubleValue(values.Value(i)).String())
		case *array.Date32:
			into = append(into, fmt.Sprint(int32(values.Value(i))))
		case *array.Time64:
			into = append(into, fmt.Sprint(int64(values.Value(i))))
		case *array.Timestamp:
			into = append(into, fmt.Sprint(int64(values.Value(i))))
		case *array.Decimal128:
			if values.DataType().(*arrow.Decimal128Type).Precision > 18 {
				return nil
			}
			into = append(into, fmt.Sprint(int64(values.Value(i).LowBits())))
		case *array.String:
			into = append(into, values.Value(i))
		case *array.Binary:
			into = append(into, string(values.Value(i)))
		case *array.FixedSizeBinary:
			into = append(into, string(values.Value(i)))
		case *extensions.UUIDArray:
			id := values.Value(i)
			into = append(into, string(id[:]))
		case *array.Struct, *array.Map:
			return nil
		case array.ListLike:
			from, to := values.ValueOffsets(i)
			if from == to {
				into = append(into, null)
				continue
			}
			elements := array.NewSlice(values.ListValues(), from, to)
			if into = leafTexts(into, elements); into == nil {
				return nil
			}
			elements.Release()
		}
	}
	return into
}

// TestPageIndex holds the bounds of every page against the page's values.
func TestPageIndex(t *testing.T) {
	batch := sampleBatch(t, memory.DefaultAllocator, 40_000)
	defer batch.Release()
	data, _ := write(t, writer.Options{}, batch)
	f := open(t, data)
	pagesSeen := 0
	for _, group := range f.RowGroups() {
		for _, chunk := range group.ColumnChunks() {
			path := strings.Join(f.Schema().Columns()[chunk.Column()], ".")
			locations, err := chunk.OffsetIndex()
			if err != nil || locations.NumPages() == 0 {
				t.Errorf("%s has no offset index: %v", path, err)
				continue
			}
			bounds, err := chunk.ColumnIndex()
			inIndex := err == nil && bounds.NumPages() > 0
			unbounded := strings.Contains(path, "vector") && !strings.HasPrefix(path, "with") ||
				strings.HasPrefix(path, "number") || strings.HasPrefix(path, "binary")
			if inIndex == unbounded {
				t.Errorf("%s: has a column index: %v", path, inIndex)
			}
			if strings.HasPrefix(path, "string") || strings.HasPrefix(path, "decimal38") {
				continue // LZ4_RAW, and decimals that parquet-go compares as bytes
			}
			pages := chunk.Pages()
			row := int64(0)
			for i := 0; ; i++ {
				page, err := pages.ReadPage()
				if err != nil {
					if i != locations.NumPages() {
						t.Errorf("%s: %d pages, its index has %d", path, i, locations.NumPages())
					}
					break
				}
				pagesSeen++
				if locations.FirstRowIndex(i) != row {
					t.Errorf("%s: page %d starts at row %d, its index says %d", path, i, row, locations.FirstRowIndex(i))
				}
				row += page.NumRows()
				if inIndex {
					checkPage(t, fmt.Sprint(path, " page ", i), page, bounds, i)
				}
				parquet.Release(page)
			}
			pages.Close()
		}
	}
	if pagesSeen < 100 {
		t.Errorf("only %d pages were looked at", pagesSeen)
	}
}

func checkPage(t *testing.T, name string, page parquet.Page, index parquet.ColumnIndex, i int) {
	t.Helper()
	values := make([]parquet.Value, page.NumValues())
	n, _ := page.Values().ReadValues(values)
	var nulls int64
	var low, high parquet.Value
	for _, v := range values[:n] {
		switch {
		case v.IsNull():
			nulls++
			continue
		case v.Kind() == parquet.Double && math.IsNaN(v.Double()):
			continue
		}
		if low.IsNull() || page.Type().Compare(v, low) < 0 {
			low = v.Clone()
		}
		if high.IsNull() || page.Type().Compare(v, high) > 0 {
			high = v.Clone()
		}
	}
	if index.NullCount(i) != nulls {
		t.Errorf("%s: %d nulls, its index says %d", name, nulls, index.NullCount(i))
	}
	if index.NullPage(i) != low.IsNull() {
		t.Errorf("%s: all null is %v, its index says %v", name, low.IsNull(), index.NullPage(i))
	}
	if low.IsNull() {
		return
	}
	if got := index.MinValue(i); page.Type().Compare(got, low) != 0 {
		t.Errorf("%s: least value %v, its index says %v", name, low, got)
	}
	if got := index.MaxValue(i); page.Type().Compare(got, high) != 0 {
		t.Errorf("%s: greatest value %v, its index says %v", name, high, got)
	}
}

// TestBloomFilters asks for values that are there and for others.
func TestBloomFilters(t *testing.T) {
	batch := sampleBatch(t, memory.DefaultAllocator, 1000)
	defer batch.Release()
	data, _ := write(t, writer.Options{BloomColumns: []string{"int64", "category"}, RowGroupRows: 300}, batch)
	f := open(t, data)
	asked := 0
	for g, group := range f.RowGroups() {
		for c, chunk := range group.ColumnChunks() {
			filter := chunk.BloomFilter()
			name := f.Schema().Columns()[c][0]
			if (filter != nil) != (name == "int64" || name == "category") {
				t.Errorf("%s has a bloom filter: %v", name, filter != nil)
			}
			if filter == nil {
				continue
			}
			asked++
			there, missing := parquet.Int64Value(int64(300*g)*1e12), parquet.Int64Value(1)
			if name == "category" {
				there, missing = parquet.ByteArrayValue([]byte("bb")), parquet.ByteArrayValue([]byte("zz"))
			}
			for value, want := range map[*parquet.Value]bool{&there: true, &missing: false} {
				if got, err := filter.Check(*value); err != nil || got != want {
					t.Errorf("row group %d, %s: %v is there: %v, %v", g, name, value, got, err)
				}
			}
		}
	}
	if asked != 8 {
		t.Errorf("%d bloom filters", asked)
	}
}

// TestVectorPages looks at the bytes: values of pages without NULL are aligned and lie as they were given.
func TestVectorPages(t *testing.T) {
	for _, dim := range []int{1, 2, 3, 7, 8, 39, 40, 41, 384, 1536} {
		rows := (2<<20)/(4*dim) + 5 // two full pages and a small one
		fields := []arrow.Field{field(1, "v", vectorType(2, dim), true), field(3, "r", vectorType(4, dim), false)}
		b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
		for row := range rows {
			fillVector(b.Field(0), row)
			fillVector(b.Field(1), row)
		}
		batch := b.NewRecordBatch()
		b.Release()
		data, _ := write(t, writer.Options{}, batch)
		f := open(t, data)
		for c := range fields {
			list := batch.Column(c).(*array.FixedSizeList)
			want := arrow.Float32Traits.CastToBytes(list.ListValues().(*array.Float32).Float32Values())
			for _, group := range f.RowGroups() {
				index, err := group.ColumnChunks()[c].OffsetIndex()
				if err != nil {
					t.Fatal(err)
				}
				for i := range index.NumPages() {
					at, size := index.Offset(i), index.CompressedPageSize(i)
					header, values := splitPage(t, data[at:at+size])
					if start := at + size - int64(len(values)); start%64 != 0 && header.NumValues > 100 {
						t.Errorf("dim %d: values of page %d start at %d", dim, i, start)
					}
					if int(header.NumValues)*4 != len(values) || int(header.NumValues)%dim != 0 {
						t.Fatalf("dim %d: page %d says %d values and has %d bytes", dim, i, header.NumValues, len(values))
					}
					if !bytes.Equal(values, want[:len(values)]) {
						t.Fatalf("dim %d: values of page %d differ", dim, i)
					}
					want = want[len(values):]
				}
			}
			if len(want) > 0 {
				t.Errorf("dim %d: %d bytes were not written", dim, len(want))
			}
		}
		table := readBack(t, data)
		for c := range fields {
			want := batch.Column(c).(*array.FixedSizeList).ListValues().(*array.Float32).Float32Values()
			for _, chunk := range table.Column(c).Data().Chunks() {
				got := chunk.(*array.List).ListValues().(*array.Float32).Float32Values()
				if len(got) != chunk.Len()*dim || !slices.Equal(got, want[:len(got)]) {
					t.Errorf("dim %d: pqarrow reads other values", dim)
				}
				want = want[len(got):]
			}
		}
		table.Release()
		batch.Release()
	}
}

// splitPage takes the header and the levels off a V1 page.
func splitPage(t *testing.T, page []byte) (format.DataPageHeader, []byte) {
	t.Helper()
	r := bytes.NewReader(page)
	var header format.PageHeader
	if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(r)).Decode(&header); err != nil {
		t.Fatal(err)
	}
	body := page[len(page)-int(header.CompressedPageSize):]
	for range 2 {
		body = body[4+binary.LittleEndian.Uint32(body):]
	}
	return header.DataPageHeader.V, body
}

func TestStatistics(t *testing.T) {
	fields := []arrow.Field{
		field(1, "d", arrow.PrimitiveTypes.Float64, true),
		field(2, "nan", arrow.PrimitiveTypes.Float32, true),
		field(3, "text", arrow.BinaryTypes.String, true),
		field(4, "null", arrow.PrimitiveTypes.Int64, true),
		field(5, "top", arrow.BinaryTypes.String, true),
		field(6, "v", vectorType(7, 2), true),
		field(8, "empty", arrow.BinaryTypes.String, true),
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	long := strings.Repeat("ä", 3000)
	for i, v := range []float64{math.NaN(), 0, 3, math.Copysign(0, -1)} {
		b.Field(0).(*array.Float64Builder).Append(v)
		b.Field(1).(*array.Float32Builder).Append(float32(math.NaN()))
		b.Field(2).(*array.StringBuilder).Append(long + fmt.Sprint(i))
		b.Field(3).AppendNull()
		b.Field(4).(*array.StringBuilder).Append(strings.Repeat("\U0010FFFF", 30))
		b.Field(5).AppendNull()
		b.Field(6).(*array.StringBuilder).Append(strings.Repeat("x", i))
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	_, summary := write(t, writer.Options{}, batch)

	want := []string{
		"d: nulls 0, -0 to 3",
		"nan: nulls 0",
		"text: nulls 0, " + strings.Repeat("ä", 32) + " to " + strings.Repeat("ä", 31) + "å",
		"null: nulls 4",
		"top: nulls 0, " + strings.Repeat("\U0010FFFF", 16) + " to " + strings.Repeat("\U0010FFFF", 30),
		"v: nulls 4",
		"empty: nulls 0,  to xxx",
	}
	var got []string
	for i, f := range fields {
		chunk, err := summary.Metadata.RowGroup(0).ColumnChunk(i)
		if err != nil {
			t.Fatal(err)
		}
		s, err := chunk.Statistics()
		if err != nil || s == nil {
			t.Fatalf("%s: no statistics: %v", f.Name, err)
		}
		text := fmt.Sprintf("%s: nulls %d", f.Name, s.NullCount())
		if s.HasMinMax() {
			low, high := s.EncodeMin(), s.EncodeMax()
			if f.Type.ID() == arrow.FLOAT64 {
				text += fmt.Sprintf(", %g to %g", math.Float64frombits(binary.LittleEndian.Uint64(low)), math.Float64frombits(binary.LittleEndian.Uint64(high)))
			} else {
				text += fmt.Sprintf(", %s to %s", low, high)
			}
		}
		got = append(got, text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
