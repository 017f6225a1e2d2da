package reader_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// Small tasks share a row group, have about as many rows each, and take all vectors as they lie: the first scan, which
// proves the pages, and those after it.
func TestSmallTasks(t *testing.T) {
	const rows, dim = 20_000, 64
	data := fixedVectors(embeddings(rows, dim, arrow.PrimitiveTypes.Float32, func(int) bool { return false }), dim)
	f := open(t, ours(t, data))
	for most, want := range map[int]int{0: 1, 100_000: 1, 6000: 3, 5000: 4, 700: 5} { // of 5 pages
		for range 2 {
			stats := new(catalog.ScanStats)
			spec := reader.Spec{Columns: []reader.Column{vectorColumn(dim)}, Scan: catalog.Scan{
				Columns: []int{0}, Address: true, Mem: memory.DefaultAllocator, Stats: stats, TaskRows: most,
			}}
			tasks, err := f.Tasks(spec)
			if err != nil {
				t.Fatal(err)
			}
			if len(tasks) != want {
				t.Errorf("TaskRows %d: %d tasks, want %d", most, len(tasks), want)
			}
			total := int64(0)
			for _, task := range tasks {
				total += task.Rows()
				if n := task.Rows(); want > 1 && n > 2*int64(most)+4096 { // a page more
					t.Errorf("TaskRows %d: a task of %d rows", most, n)
				}
			}
			if total != rows {
				t.Errorf("TaskRows %d: tasks have %d rows", most, total)
			}
			got := scan(t, f, spec)
			for row, address := range got.Column(1).(*array.Int64).Int64Values() {
				if address != int64(row) {
					t.Fatalf("TaskRows %d: row %d has the address %d", most, row, address)
				}
			}
			equal(t, data, got)
			if all, inPlace := stats.Bytes.Load(), stats.BytesInPlace.Load(); inPlace != all {
				t.Errorf("TaskRows %d: %d of %d bytes are read in place", most, inPlace, all)
			}
			got.Release()
		}
	}
}

// In files of writers that keep no index of pages, it takes all pages of lists before a row to find it: there is one task.
func TestNoSmallTasksWithoutIndex(t *testing.T) {
	data := embeddings(3000, 24, arrow.PrimitiveTypes.Float32, func(int) bool { return false })
	for _, index := range []bool{false, true} {
		f := open(t, write(t, parquet.NewWriterProperties(parquet.WithDictionaryDefault(false), parquet.WithDataPageSize(8<<10),
			parquet.WithBatchSize(100), parquet.WithPageIndexEnabled(index)), data))
		tasks, err := f.Tasks(reader.Spec{Columns: []reader.Column{vectorColumn(24)}, Scan: catalog.Scan{
			Columns: []int{0}, Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats), TaskRows: 500,
		}})
		if err != nil {
			t.Fatal(err)
		}
		if many := len(tasks) > 1; many != index {
			t.Errorf("index=%v: %d tasks", index, len(tasks))
		}
	}
}

// A page is decoded once, however small tasks are to be.
func TestSmallTasksShareNoDecoding(t *testing.T) {
	const rows = 3000
	data := embeddings(rows, 24, arrow.PrimitiveTypes.Float32, func(int) bool { return false })
	for _, codec := range []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Zstd} {
		f := open(t, write(t, parquet.NewWriterProperties(parquet.WithDictionaryDefault(false), parquet.WithDataPageSize(64<<10),
			parquet.WithBatchSize(100), parquet.WithPageIndexEnabled(true), parquet.WithCompression(codec)), data))
		stats := new(catalog.ScanStats)
		spec := reader.Spec{Columns: []reader.Column{vectorColumn(24)}, Scan: catalog.Scan{Columns: []int{0}, Mem: checked(t), Stats: stats}}
		scan(t, f, spec).Release()
		pages := stats.Pages.Load()
		spec.Scan.TaskRows = 10
		tasks, err := f.Tasks(spec)
		if err != nil {
			t.Fatal(err)
		}
		got := scan(t, f, spec)
		if got.NumRows() != rows {
			t.Errorf("%s: %d rows", codec, got.NumRows())
		}
		got.Release()
		if len(tasks) < 2 || stats.Pages.Load() != 2*pages {
			t.Errorf("%s: %d tasks read %d pages of %d", codec, len(tasks), stats.Pages.Load()-pages, pages)
		}
	}
}
