package sidetable

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// files is a snapshot of files of one column, the text that says which file and row it is of, in batches of several sizes.
type files struct {
	catalog.FileReads
	rows  []int64
	width int
	fault error
	place memory.Allocator // of columns that lie in place; nil for none
	gate  chan struct{}    // waited for before a file is read; nil for none
	mu    sync.Mutex
	reads int
}

func (f *files) FileVectors(_ context.Context, file, _ int) ([]arrow.Array, error) {
	if f.place == nil {
		return nil, nil
	}
	b := array.NewInt64Builder(f.place)
	defer b.Release()
	for row := range f.rows[file] {
		b.Append(row)
	}
	return []arrow.Array{b.NewArray()}, nil
}

func (f *files) FileTasks(_ context.Context, file int, scan catalog.Scan) ([]catalog.Task, error) {
	if f.gate != nil {
		<-f.gate
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	if f.fault != nil {
		return nil, f.fault
	}
	return []catalog.Task{&fileTask{f, file, 0, f.rows[file] / 3, scan.Mem}, &fileTask{f, file, f.rows[file] / 3, f.rows[file], scan.Mem}}, nil
}

type fileTask struct {
	*files
	file     int
	from, to int64
	mem      memory.Allocator
}

func (t *fileTask) Rows() int64 { return t.to - t.from }

func (t *fileTask) Read(context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		schema := arrow.NewSchema([]arrow.Field{{Name: "text", Type: arrow.BinaryTypes.String}}, nil)
		for from := t.from; from < t.to; {
			to := min(from+1+rand.Int64N(1000), t.to)
			b := array.NewRecordBuilder(t.mem, schema)
			for row := from; row < to; row++ {
				b.Field(0).(*array.StringBuilder).Append(t.text(t.file, row))
			}
			batch := b.NewRecordBatch()
			more := yield(batch, nil)
			batch.Release()
			if !more {
				return
			}
			from = to
		}
	}
}

func (f *files) text(file int, row int64) string {
	return fmt.Sprintf("%d %d ", file, row) + strings.Repeat("x", int(row)%(f.width+1))
}

func (f *files) use(t *Tables, file int) *Entry {
	return t.Use(Key{fmt.Sprint(file), "text"}, Source{Snapshot: f, File: file, Rows: f.rows[file]})
}

func newTables(t *testing.T, limit int64) (*Tables, *spill.Folder) {
	folder, err := spill.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return New(folder, limit, slog.New(slog.DiscardHandler)), folder
}

// TestColumns holds columns that lie in memory and in files to what was read, by many at once.
func TestColumns(t *testing.T) {
	f := &files{rows: []int64{1, 10_000, 300_000}, width: 20}
	tables, folder := newTables(t, 1<<30)
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			for file, rows := range f.rows {
				e := f.use(tables, file)
				<-e.Ready()
				c := e.Column()
				if c == nil || c.Rows() != rows {
					t.Errorf("file %d: %+v", file, c)
					return
				}
				for range 1000 {
					row := rand.Int64N(rows)
					chunk, at := c.Find(row)
					if got := c.Chunks[chunk].(*array.String).Value(at); got != f.text(file, row) {
						t.Errorf("file %d, row %d: %q", file, row, got)
					}
				}
				tables.GiveBack(e)
			}
		})
	}
	users.Wait()
	if f.reads != len(f.rows) {
		t.Errorf("%d files were read %d times", len(f.rows), f.reads)
	}
	if folder.Used() < 3<<20 || folder.Used() > tables.Bytes() {
		t.Errorf("%d bytes lie in files, %d in all", folder.Used(), tables.Bytes())
	}
	tables.Close()
	if folder.Used() != 0 || tables.Bytes() != 0 {
		t.Errorf("%d bytes are left in files, %d in all", folder.Used(), tables.Bytes())
	}
}

// Those that were used last stay, and those in use do.
func TestLimit(t *testing.T) {
	f := &files{rows: []int64{100_000, 100_000, 100_000, 1_000_000}, width: 20}
	const one = 3 << 20
	tables, _ := newTables(t, 2*one)
	use := func(file int) *Entry {
		e := f.use(tables, file)
		<-e.Ready()
		return e
	}
	first, second := use(0), use(1)
	if first.Column() == nil || second.Column() == nil {
		t.Fatal("there is room for two")
	}
	third := use(2)
	if third.Column() != nil {
		t.Error("there is no room for a third in use")
	}
	tables.GiveBack(third)
	tables.GiveBack(first)
	if third = use(2); third.Column() == nil {
		t.Error("there is room when one is idle")
	}
	tables.GiveBack(second)
	if second = use(1); f.reads != 4 {
		t.Errorf("%d files were read: one that is there is not read again", f.reads)
	}
	tables.GiveBack(second)
	tables.GiveBack(third)
	if large := use(3); large.Column() != nil {
		t.Error("one that is larger than all may be")
	}
	if tables.Bytes() > 2*one {
		t.Errorf("%d bytes", tables.Bytes())
	}
}

// A file that cannot be read is tried again by the next who wants it.
func TestFault(t *testing.T) {
	f := &files{rows: []int64{10}, fault: errors.New("gone")}
	tables, _ := newTables(t, 1<<20)
	defer tables.Close()
	e := f.use(tables, 0)
	<-e.Ready()
	if e.Column() != nil {
		t.Error("of a file that cannot be read")
	}
	tables.GiveBack(e)
	tables.builds.Wait()
	f.fault = nil
	e = f.use(tables, 0)
	<-e.Ready()
	if e.Column() == nil {
		t.Error("of one that can be read again")
	}
	tables.GiveBack(e)
}

// What waits to be built is not, once those who wanted it have gone.
func TestUnwanted(t *testing.T) {
	f := &files{rows: make([]int64, 100), gate: make(chan struct{})}
	for i := range f.rows {
		f.rows[i] = 10_000
	}
	tables, _ := newTables(t, 1<<30)
	defer tables.Close()
	var entries []*Entry
	for file := range f.rows {
		entries = append(entries, f.use(tables, file))
	}
	for _, e := range entries {
		tables.GiveBack(e)
	}
	close(f.gate)
	tables.builds.Wait()
	if f.reads > builders() {
		t.Errorf("%d of %d files were read", f.reads, len(f.rows))
	}
	e := f.use(tables, 99)
	if <-e.Ready(); e.Column() == nil {
		t.Error("one that is wanted again is not there")
	}
	tables.GiveBack(e)
}

// A column that lies in its file holds nothing of it once nobody reads it: the file may have been removed.
func TestInPlace(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	f := &files{rows: []int64{1000}, place: mem}
	tables, _ := newTables(t, 1<<20)
	defer tables.Close()
	for range 2 {
		e := f.use(tables, 0)
		<-e.Ready()
		chunk, at := e.Column().Find(777)
		if got := e.Column().Chunks[chunk].(*array.Int64).Value(at); got != 777 {
			t.Errorf("row 777 is %d", got)
		}
		tables.GiveBack(e)
		tables.builds.Wait()
		mem.AssertSize(t, 0)
	}
}
