package reader_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// Small tasks share a row group, have about as many rows each, and take all vectors as they lie: the first scan, which
// proves the pages, and those after it.
func TestSmallTasks(t *testing.T) {
	const rows, dim = 20_000, 64
	data := fixedVectors(embeddings(rows, dim, arrow.PrimitiveTypes.Float32, func(int) bool { return false }), dim)
	f := open(t, ours(t, data))
	for _, most := range []int{0, 100_000, 6000, 5000, 700} {
		for range 2 {
			stats := new(catalog.ScanStats)
			spec := reader.Spec{Columns: []reader.Column{vectorColumn(dim)}, Scan: catalog.Scan{
				Columns: []int{0}, Address: true, Mem: memory.DefaultAllocator, Stats: stats, TaskRows: most,
			}}
			tasks, err := f.Tasks(spec)
			if err != nil {
				t.Fatal(err)
			}
			if want := max(1, rows/max(most, 1)); most > 0 && len(tasks) != want || most == 0 && len(tasks) != 1 {
				t.Errorf("TaskRows %d: %d tasks", most, len(tasks))
			}
			total := int64(0)
			for _, task := range tasks {
				total += task.Rows()
				if n := task.Rows(); most > 0 && n > 2*int64(most)+4096 { // a page more
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
