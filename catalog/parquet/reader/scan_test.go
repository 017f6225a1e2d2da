package reader_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"golang.org/x/sync/errgroup"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// An every keeps the rows whose id is a multiple of 3*n.
type every struct {
	columns []int // the first is id
	n       int64
}

func (e every) Columns() []int { return e.columns }

func (e every) Select(_ context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	for i, id := range batch.Column(0).(*array.Int64).Int64Values() {
		if id%(3*e.n) == 0 {
			into = append(into, uint32(i))
		}
	}
	return into, nil
}

// A tenth is every tenth row deleted.
type tenth struct{}

func (tenth) Contains(row int64) bool    { return row%10 == 0 }
func (tenth) Any(from, to int64) bool    { return (from+9)/10*10 < to }
func (tenth) Count(from, to int64) int64 { return (to+9)/10 - (from+9)/10 }

// Filters and deleted rows, whatever the sizes of pages, row groups, batches and tasks: the rows that are left, with their
// addresses, and nothing else decoded.
func TestFilterAndDeletedRows(t *testing.T) {
	const rows = 1300
	want := sample(rows, 8, 0.1)
	columns := columnsOf(want.Schema())
	for _, index := range []bool{true, false} {
		f := open(t, write(t, parquet.NewWriterProperties(parquet.WithDataPageSize(2048), parquet.WithBatchSize(64),
			parquet.WithMaxRowGroupLength(500), parquet.WithPageIndexEnabled(index)), want))
		for _, n := range []int64{1, 2, 7, 400, 5000} {
			for _, deleted := range []reader.Deleted{nil, tenth{}} {
				for _, filtered := range [][]int{nil, {0}, {0, 11, 13}} {
					for _, size := range []int{0, 1, 33} {
						if filtered == nil && n > 1 {
							continue
						}
						stats := new(catalog.ScanStats)
						spec := reader.Spec{Columns: columns, Deleted: deleted, Base: 1e6, Scan: catalog.Scan{
							Columns: everything(columns), Address: true, Mem: checked(t), Stats: stats, Rows: size, TaskRows: 7 * size,
						}}
						if filtered != nil {
							spec.Scan.Filter = every{filtered, n}
						}
						got := scan(t, f, spec)
						var left []arrow.RecordBatch
						for row := range int64(rows) {
							if (filtered == nil || row%n == 0) && (deleted == nil || row%10 != 0) {
								left = append(left, want.NewSlice(row, row+1))
								if got != nil && len(left) <= int(got.NumRows()) {
									if address := got.Column(len(columns)).(*array.Int64).Value(len(left) - 1); address != 1e6+row {
										t.Fatalf("row %d has the address %d", row, address)
									}
								}
							}
						}
						name := fmt.Sprintf("index=%v n=%d deleted=%v filter=%v size=%d", index, n, deleted, filtered, size)
						if len(left) == 0 {
							if got != nil {
								t.Fatalf("%s: %d rows, want none", name, got.NumRows())
							}
							continue
						}
						if got == nil || got.NumRows() != int64(len(left)) {
							t.Fatalf("%s: got %v, want %d rows", name, got, len(left))
						}
						equal(t, concat(t, memory.DefaultAllocator, left), got)
						got.Release()
						if kept := stats.RowsKept.Load(); kept != int64(len(left)) {
							t.Fatalf("%s: statistics say %d rows of %d", name, kept, len(left))
						}
					}
				}
			}
		}
	}
}

// A scan that keeps one row decodes one page of each other column.
func TestFilterSkipsPages(t *testing.T) {
	data := sample(4000, 8, 0)
	columns := columnsOf(data.Schema())
	f := open(t, write(t, parquet.NewWriterProperties(parquet.WithDataPageSize(1024), parquet.WithBatchSize(32), parquet.WithPageIndexEnabled(true),
		parquet.WithDictionaryDefault(false)), data))
	pages := func(n int64) int64 {
		stats := new(catalog.ScanStats)
		got := scan(t, f, reader.Spec{Columns: columns, Scan: catalog.Scan{
			Columns: []int{0, 3, 6}, Mem: memory.DefaultAllocator, Stats: stats, Filter: every{[]int{0}, n},
		}})
		if got.NumRows() != 4000/n {
			t.Fatalf("%d rows", got.NumRows())
		}
		return stats.Pages.Load()
	}
	if all, one := pages(1), pages(4000); one*2 > all || one < 4 {
		t.Fatalf("%d pages for one row, %d for all", one, all)
	}
}

func TestNoColumns(t *testing.T) {
	data := sample(1000, 4, 0)
	f := open(t, write(t, parquet.NewWriterProperties(parquet.WithMaxRowGroupLength(300)), data))
	got := scan(t, f, reader.Spec{Columns: columnsOf(data.Schema()), Deleted: tenth{}, Scan: catalog.Scan{Mem: memory.DefaultAllocator, Filter: every{[]int{0}, 1}}})
	if got.NumRows() != 900 || got.NumCols() != 0 {
		t.Fatalf("%d rows, %d columns", got.NumRows(), got.NumCols())
	}
}

func TestStopsWhenAsked(t *testing.T) {
	data := sample(1000, 4, 0)
	f := open(t, write(t, parquet.NewWriterProperties(), data))
	mem := checked(t)
	tasks, err := f.Tasks(reader.Spec{Columns: columnsOf(data.Schema()), Scan: catalog.Scan{Columns: []int{0, 6, 13}, Rows: 10, Mem: mem, Stats: new(catalog.ScanStats)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range tasks[0].Read(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	batches := 0
	for _, err = range tasks[0].Read(ctx) {
		batches++
		cancel()
	}
	if batches != 2 || !errors.Is(err, context.Canceled) {
		t.Fatalf("%d batches and %v after the scan was canceled", batches, err)
	}
}

// Batches outlive the task, the file and the cache that they come from.
func TestBatchesKeepTheMapping(t *testing.T) {
	data := sample(1000, 4, 0)
	path := write(t, parquet.NewWriterProperties(parquet.WithDictionaryDefault(false)), data)
	cache := reader.NewCache(1)
	f, err := cache.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	stats := new(catalog.ScanStats)
	tasks, err := f.Tasks(reader.Spec{Columns: columnsOf(data.Schema()), Scan: catalog.Scan{Columns: []int{0}, Mem: memory.DefaultAllocator, Stats: stats}})
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	other, err := cache.Open(write(t, parquet.NewWriterProperties(), data)) // pushes the first file out
	if err != nil {
		t.Fatal(err)
	}
	var kept arrow.RecordBatch
	for batch, err := range tasks[0].Read(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		batch.Retain()
		kept = batch
	}
	if stats.BytesInPlace.Load() == 0 {
		t.Fatal("nothing was read in place")
	}
	other.Close()
	cache.Close()
	for i, id := range kept.Column(0).(*array.Int64).Int64Values() {
		if id != int64(i)*3 {
			t.Fatalf("row %d is %d", i, id)
		}
	}
	kept.Release()
}

// A file that shrinks while it is mapped fails the scan, not the process.
func TestTruncatedUnderTheMapping(t *testing.T) {
	data := sample(50_000, 8, 0)
	path := write(t, parquet.NewWriterProperties(parquet.WithDictionaryDefault(false)), data)
	f := open(t, path)
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	tasks, err := f.Tasks(reader.Spec{Columns: columnsOf(data.Schema()), Scan: catalog.Scan{Columns: []int{6}, Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, err = range tasks[0].Read(context.Background()) {
	}
	var fault *catalog.Error
	if !errors.As(err, &fault) || fault.State != "58030" {
		t.Fatalf("got %v", err)
	}
}

// Scans of a few files at once through a cache that holds fewer.
func TestCacheIsShared(t *testing.T) {
	data := sample(2000, 8, 0.1)
	var paths []string
	for range 4 {
		paths = append(paths, write(t, parquet.NewWriterProperties(parquet.WithMaxRowGroupLength(500), parquet.WithDataPageVersion(parquet.DataPageV2)), data))
	}
	columns := columnsOf(data.Schema())
	cache := reader.NewCache(2)
	var group errgroup.Group
	for worker := range 8 {
		group.Go(func() error {
			for i := range 12 {
				f, err := cache.Open(paths[(worker+i)%len(paths)])
				if err != nil {
					return err
				}
				tasks, err := f.Tasks(reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: everything(columns), Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats)}})
				f.Close()
				if err != nil {
					return err
				}
				rows := int64(0)
				for _, task := range tasks {
					for batch, err := range task.Read(context.Background()) {
						if err != nil {
							return err
						}
						if !array.RecordEqual(batch, data.NewSlice(rows, rows+batch.NumRows())) {
							return errors.New("batch differs")
						}
						rows += batch.NumRows()
					}
				}
				if rows != data.NumRows() {
					return fmt.Errorf("%d rows", rows)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	cache.Close()
	if _, err := cache.Open("missing.parquet"); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}

// waived is a filter that would drop rows if it were asked.
type waived struct{ every }

func (waived) Waived() bool { return true }

// A filter that is waived sees no rows and drops none; deleted rows are gone all the same.
func TestWaivedFilter(t *testing.T) {
	want := sample(700, 8, 0)
	f := open(t, write(t, parquet.NewWriterProperties(parquet.WithMaxRowGroupLength(300)), want))
	columns := columnsOf(want.Schema())
	for _, deleted := range []reader.Deleted{nil, tenth{}} {
		spec := reader.Spec{Columns: columns, Deleted: deleted, Scan: catalog.Scan{Columns: everything(columns), Mem: checked(t)}}
		all := scan(t, f, spec)
		defer all.Release()
		spec.Scan.Filter = waived{every{[]int{0}, 2}}
		got := scan(t, f, spec)
		defer got.Release()
		if !array.RecordEqual(got, all) {
			t.Errorf("%d rows, want %d", got.NumRows(), all.NumRows())
		}
	}
}
