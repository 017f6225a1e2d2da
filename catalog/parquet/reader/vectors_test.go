package reader_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"

	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

func vectorColumn(dim int32) reader.Column {
	vector := arrow.FixedSizeListOfNonNullable(dim, arrow.PrimitiveTypes.Float32)
	return reader.Column{Name: "emb", Field: arrow.Field{Name: "emb", Type: vector, Nullable: true}}
}

// fixedVectors makes FixedSizeLists of lists of dim elements.
func fixedVectors(record arrow.RecordBatch, dim int32) arrow.RecordBatch {
	elements := record.Column(0).(*array.List).ListValues().Data()
	field := withID("1", vectorColumn(dim).Field)
	a := array.NewFixedSizeListData(array.NewData(field.Type, int(record.NumRows()), []*memory.Buffer{nil}, []arrow.ArrayData{elements}, 0, 0))
	return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{field}, nil), []arrow.Array{a}, record.NumRows())
}

// withID1 is a record whose one column has the id 1.
func withID1(record arrow.RecordBatch) arrow.RecordBatch {
	return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{withID("1", record.Schema().Field(0))}, nil), record.Columns(), record.NumRows())
}

// Vectors of few whole numbers are put together from codes of any width, without room of one's own or in some.
func TestVectorsOfCodes(t *testing.T) {
	const rows, dim = 4000, 33
	for width := 1; width <= 9; width++ {
		b := array.NewListBuilder(memory.DefaultAllocator, arrow.PrimitiveTypes.Int32)
		number := func(row, i int) int32 {
			if row%10 == 0 { // a run of one code
				i = 0
			}
			return int32((row*7+i*i)%(1<<width)) - 1<<(width-1)
		}
		for row := range rows {
			b.Append(true)
			for i := range dim {
				b.ValueBuilder().(*array.Int32Builder).Append(number(row, i))
			}
		}
		field := withID("1", arrow.Field{Name: "emb", Type: b.Type(), Nullable: true})
		path := ours(t, array.NewRecordBatch(arrow.NewSchema([]arrow.Field{field}, nil), []arrow.Array{b.NewArray()}, rows))
		pool := reader.NewVectorPool(checked(t), 1)
		v, err := open(t, path).Vectors(vectorColumn(dim), pool)
		if err != nil {
			t.Fatal(err)
		}
		if !v.Assembles() {
			t.Error("whole numbers are not put together")
		}
		room := make([]float32, dim)
		for row := range rows {
			own, err := v.At(int64(row))
			if err != nil {
				t.Fatal(err)
			}
			there, err := v.Read(int64(row), room)
			if err != nil {
				t.Fatal(err)
			}
			if there != unsafe.Pointer(&room[0]) {
				t.Fatalf("%d bits: row %d is not in the room given: its page was decoded", width, row)
			}
			for i, x := range unsafe.Slice((*float32)(own), dim) {
				if want := float32(number(row, i)); x != want || room[i] != want {
					t.Fatalf("%d bits: row %d has %g and %g at %d, want %g", width, row, x, room[i], i, want)
				}
			}
		}
		v.Close()
	}
}

// Each way of writing vectors gives the same ones by number and in a stream: in place, or through a pool that is too small.
func TestVectorsByNumber(t *testing.T) {
	const rows, dim = 3000, 24
	never := func(int) bool { return false }
	seldom := func(row int) bool { return row/500 == 2 && row%3 == 0 }
	floats := embeddings(rows, dim, arrow.PrimitiveTypes.Float32, never)
	props := func(more ...parquet.WriterProperty) *parquet.WriterProperties {
		return parquet.NewWriterProperties(append([]parquet.WriterProperty{parquet.WithDictionaryDefault(false), parquet.WithDataPageSize(8 << 10),
			parquet.WithBatchSize(100), parquet.WithMaxRowGroupLength(1300)}, more...)...)
	}
	withNulls := embeddings(rows, dim, arrow.PrimitiveTypes.Float32, seldom)
	for name, test := range map[string]struct {
		path   string
		isNull func(int) bool
	}{
		"ours":               {ours(t, fixedVectors(floats, dim)), never},
		"version 1":          {write(t, props(), floats), never},
		"version 2":          {write(t, props(parquet.WithDataPageVersion(parquet.DataPageV2)), floats), never},
		"indexed":            {write(t, props(parquet.WithPageIndexEnabled(true)), floats), never},
		"compressed":         {write(t, props(parquet.WithCompression(compress.Codecs.Zstd)), floats), never},
		"dictionary":         {write(t, props(parquet.WithDictionaryDefault(true)), floats), never},
		"double":             {write(t, props(), embeddings(rows, dim, arrow.PrimitiveTypes.Float64, never)), never},
		"half":               {write(t, props(), embeddings(rows, dim, arrow.FixedWidthTypes.Float16, never)), never},
		"whole":              {write(t, props(), embeddings(rows, dim, arrow.PrimitiveTypes.Int32, never)), never},
		"whole, short":       {write(t, props(parquet.WithDictionaryDefault(true)), embeddings(rows, dim, arrow.PrimitiveTypes.Int16, never)), never},
		"whole, ours":        {ours(t, withID1(embeddings(rows, dim, arrow.PrimitiveTypes.Int32, never))), never},
		"whole, compressed":  {write(t, props(parquet.WithCompression(compress.Codecs.Zstd)), embeddings(rows, dim, arrow.PrimitiveTypes.Int32, never)), never},
		"whole with NULLs":   {write(t, props(), embeddings(rows, dim, arrow.PrimitiveTypes.Int32, seldom)), seldom},
		"NULLs":              {write(t, props(), withNulls), seldom},
		"NULLs in version 2": {write(t, props(parquet.WithDataPageVersion(parquet.DataPageV2), parquet.WithPageIndexEnabled(true)), withNulls), seldom},
	} {
		t.Run(name, func(t *testing.T) {
			pool := reader.NewVectorPool(checked(t), 50_000)
			v, err := open(t, test.path).Vectors(vectorColumn(dim), pool)
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			random := rand.New(rand.NewPCG(1, 2))
			for range 2000 {
				row := random.IntN(rows)
				p, err := v.At(int64(row))
				if err != nil {
					t.Fatal(err)
				}
				if (p == nil) != test.isNull(row) {
					t.Fatalf("row %d: NULL is %v", row, p == nil)
				}
				if p == nil {
					continue
				}
				if got := unsafe.Slice((*float32)(p), dim); got[0] != float32(row%1000) || got[dim-1] != float32(row%1000-dim+1) {
					t.Fatalf("row %d: %v", row, got)
				}
			}
			if _, err := v.At(rows); err == nil {
				t.Error("a row behind the last was found")
			}
			for _, part := range [][2]int64{{0, rows}, {1299, 1301}, {1000, 2600}, {5, 5}, {rows - 1, rows + 10}} {
				at := part[0]
				for run, err := range v.Stream(t.Context(), part[0], part[1], checked(t)) {
					if err != nil {
						t.Fatal(err)
					}
					if run.First != at {
						t.Fatalf("a run begins at row %d, due is %d", run.First, at)
					}
					for i := range run.Len() {
						row := int(at) + i
						if run.IsNull(i) != test.isNull(row) || !run.IsNull(i) && run.Values()[i*dim+1] != float32(row%1000-1) {
							t.Fatalf("row %d: %s", row, run.ValueStr(i))
						}
					}
					at += int64(run.Len())
				}
				if end := max(part[0], min(part[1], rows)); at != end {
					t.Errorf("rows [%d, %d) end at %d", part[0], part[1], at)
				}
			}
		})
	}
}

// A file that shrinks while its vectors are looked up is an error of that look-up, and so is one without vectors.
func TestVectorsOfOddFiles(t *testing.T) {
	const rows, dim = 3000, 24
	record := embeddings(rows, dim, arrow.PrimitiveTypes.Float32, func(int) bool { return false })
	path := ours(t, fixedVectors(record, dim))
	pool := reader.NewVectorPool(checked(t), 1<<20)
	f := open(t, path)
	other := vectorColumn(dim)
	other.Name = "missing"
	if v, err := f.Vectors(other, pool); err != nil {
		t.Error(err)
	} else if _, err := v.At(0); err == nil {
		t.Error("a column that the file lacks has a vector")
	} else {
		v.Close()
	}
	if _, err := f.Vectors(reader.Column{Name: "emb", Field: arrow.Field{Name: "emb", Type: arrow.BinaryTypes.String}}, pool); err == nil {
		t.Error("strings are vectors")
	}
	v, err := f.Vectors(vectorColumn(dim), pool)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := v.At(rows - 1); err == nil {
		t.Error("a vector was found in an empty file")
	}
}

// In place: 5 ns a row (Zen 4), which leaves the search the time to read the vector itself.
func BenchmarkVectorsAt(b *testing.B) {
	const rows, dim = 20_000, 384
	path := ours(b, fixedVectors(embeddings(rows, dim, arrow.PrimitiveTypes.Float32, func(int) bool { return false }), dim))
	v, err := open(b, path).Vectors(vectorColumn(dim), reader.NewVectorPool(memory.DefaultAllocator, 1<<20))
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	random := rand.New(rand.NewPCG(1, 2))
	var at [1024]int64
	for i := range at {
		at[i] = random.Int64N(rows)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := v.At(at[i%len(at)]); err != nil {
			b.Fatal(err)
		}
	}
}
