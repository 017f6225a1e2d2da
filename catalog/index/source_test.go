package index

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/uuid"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
	"github.com/mediaflight/mediaflight/udf"
)

// A testTable is a snapshot of data files that lie in a folder of a test.
type testTable struct {
	testing.TB
	id    string
	dim   int
	cache *reader.Cache
	files []DataFile
	all   [][]float32 // elements by file
}

func newTestTable(t testing.TB, dim int, rows ...int) *testTable {
	table := &testTable{TB: t, id: uuid.NewString(), dim: dim, cache: reader.NewCache(10)}
	t.Cleanup(table.cache.Close)
	for i, n := range rows {
		random := rand.New(rand.NewPCG(uint64(i), 7))
		values := make([]float32, n*dim)
		for k := range values {
			values[k] = float32(random.NormFloat64() + 3*float64((k/dim*31+k%dim)%17))
		}
		table.add(values)
	}
	return table
}

func (s *testTable) add(values []float32) {
	s.Helper()
	path := filepath.Join(s.TempDir(), "data.parquet")
	file, err := os.Create(path)
	s.check(err)
	defer file.Close()
	column := s.column()
	w, err := writer.New(file, arrow.NewSchema([]arrow.Field{column.Field}, nil), writer.Options{})
	s.check(err)
	b := array.NewBuilder(memory.DefaultAllocator, column.Field.Type).(*array.FixedSizeListBuilder)
	for range len(values) / s.dim {
		b.Append(true)
	}
	b.ValueBuilder().(*array.Float32Builder).AppendValues(values, nil)
	a := b.NewArray()
	defer a.Release()
	s.check(w.Write(array.NewRecordBatch(arrow.NewSchema([]arrow.Field{column.Field}, nil), []arrow.Array{a}, int64(a.Len()))))
	_, err = w.Close()
	s.check(err)
	s.files = append(s.files, DataFile{Location: path, Rows: int64(a.Len())})
	s.all = append(s.all, values)
}

func (s *testTable) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *testTable) column() reader.Column {
	vector := arrow.FixedSizeListOfNonNullable(int32(s.dim), arrow.PrimitiveTypes.Float32)
	return reader.Column{FieldID: 1, Name: "v", Field: arrow.Field{Name: "v", Type: vector, Metadata: arrow.NewMetadata([]string{reader.FieldIDKey}, []string{"1"})}}
}

func (s *testTable) ID() int64         { return int64(len(s.files)) }
func (s *testTable) Files() []DataFile { return s.files }

func (s *testTable) Open(file int) (*reader.File, reader.Column, error) {
	f, err := s.cache.Open(s.files[file].Location)
	return f, s.column(), err
}

func (s *testTable) Deleted(context.Context, int) ([]uint64, error) { return nil, nil }

// build makes an index of the table.
func (s *testTable) build(f *Folder, metric string) *Index {
	s.Helper()
	def := Definition{Table: s.id, Name: "i", FieldID: 1, Metric: metric, Dim: s.dim}
	s.check(f.Create(s.Context(), def, []string{s.id}, s, nil))
	indexes, err := f.Indexes(s.id)
	s.check(err)
	return indexes[0]
}

// Rows are measured where they lie, without memory, and as the scalar function measures them.
func TestMeasure(t *testing.T) {
	const dim = 40
	table := newTestTable(t, dim, 3000, 2000)
	f := Open(t.TempDir(), Options{})
	defer f.Close()
	s, err := table.build(f, "l2_distance").searcher(t.Context(), table)
	table.check(err)
	defer s.Close()
	metric, _ := udf.MetricNamed("l2_distance")
	query := slices.Clone(table.all[1][:dim])
	m := metric.From(query)
	rows, distances := make([]uint64, 300), make([]float64, 300)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range rows {
		file := random.IntN(2)
		rows[i] = uint64(file)<<32 | uint64(random.IntN(int(table.files[file].Rows)))
	}
	table.check(s.view.vectors.Measure(m, rows, distances))
	for i, row := range rows {
		want := [1]float64{}
		at := int(uint32(row)) * dim
		column := array.NewBuilder(memory.DefaultAllocator, table.column().Field.Type).(*array.FixedSizeListBuilder)
		column.Append(true)
		column.ValueBuilder().(*array.Float32Builder).AppendValues(table.all[row>>32][at:at+dim], nil)
		a := column.NewArray()
		table.check(m.Column(a, 0, want[:]))
		a.Release()
		if distances[i] != want[0] {
			t.Fatalf("row %d of file %d: %v, want %v", uint32(row), row>>32, distances[i], want[0])
		}
	}
	if n := testing.AllocsPerRun(100, func() { _ = s.view.vectors.Measure(m, rows, distances) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	for _, row := range []uint64{3000, 1<<32 | 2000, 2 << 32} {
		if err := s.view.vectors.Measure(m, []uint64{row}, distances[:1]); err == nil {
			t.Errorf("row %x is measured", row)
		}
	}
}

// Damage that no checksum tells of, as in a large file that is not compared yet, costs rows at worst: no search crashes, and
// what is found is a row with its distance.
func TestDamagedCodes(t *testing.T) {
	const dim = 24
	table := newTestTable(t, dim, 1500)
	folder := t.TempDir()
	f := Open(folder, Options{Logger: slog.New(slog.DiscardHandler)})
	defer f.Close()
	ix := table.build(f, "l2_distance")
	path := filepath.Join(ix.dir, ix.Segments[0].File.Name)
	sound, err := os.ReadFile(path)
	table.check(err)
	random := rand.New(rand.NewPCG(3, 4))
	used := 0
	for range 150 {
		damaged := slices.Clone(sound)
		end := len(damaged) - 400 // the footer says what the blob is
		for range 1 + random.IntN(20) {
			damaged[blobOffset+random.IntN(end-blobOffset)] = byte(random.Uint32())
		}
		table.check(os.WriteFile(path, damaged, 0o644))
		o := &opened{index: &Index{folder: f, dir: ix.dir, manifest: ix.manifest}}
		if err := guardFaults(func() error { return o.open(ix.dir, ix.manifest) }); err != nil {
			o.close()
			continue
		}
		v, err := o.viewOf(t.Context(), table)
		table.check(err)
		s := &Searcher{Index: o.index, source: table, opened: o, view: v}
		query := &catalog.VectorQuery{Vector: table.all[0][dim : 2*dim], K: 5, Recall: 0.9, Within: math.Inf(1), Mem: memory.DefaultAllocator}
		table.check(s.Search(t.Context(), []*catalog.VectorQuery{query}))
		used++
		for _, found := range query.Found {
			want, err := s.distanceTo(int(found.Address>>32), int64(uint32(found.Address)), query.Vector)
			if err != nil || want != found.Distance {
				t.Fatalf("found %v, its distance is %v (%v)", found, want, err)
			}
		}
		o.closeView(v)
		o.close()
	}
	if used == 0 {
		t.Error("no damaged index was searched")
	}
}

// A failing source ends a building with its error, and leaves nothing.
func TestFailingSource(t *testing.T) {
	table := newTestTable(t, 8, 500, 500)
	table.check(os.Truncate(table.files[1].Location, 100))
	folder := t.TempDir()
	f := Open(folder, Options{})
	defer f.Close()
	err := f.Create(t.Context(), Definition{Table: table.id, Name: "i", FieldID: 1, Metric: "l2_distance", Dim: 8}, nil, table, nil)
	if e := new(catalog.Error); !errors.As(err, &e) || e.State != "XX001" {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*", "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// Scattered rows of 384 elements, in the cache: 31 ns a row, of which to find the rows takes 5 (Zen 4).
func BenchmarkMeasure(b *testing.B) {
	const dim, rows = 384, 64
	table := newTestTable(b, dim, 4000)
	f := Open(b.TempDir(), Options{})
	defer f.Close()
	s, err := table.build(f, "cosine_distance").searcher(b.Context(), table)
	table.check(err)
	defer s.Close()
	metric, _ := udf.MetricNamed("cosine_distance")
	m := metric.From(table.all[0][:dim])
	random := rand.New(rand.NewPCG(1, 2))
	var wanted [rows]uint64
	var distances [rows]float64
	b.ReportAllocs()
	for b.Loop() {
		for i := range wanted {
			wanted[i] = uint64(random.IntN(4000))
		}
		table.check(s.view.vectors.Measure(m, wanted[:], distances[:]))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
}
