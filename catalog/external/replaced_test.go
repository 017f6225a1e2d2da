package external

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// A Parquet file that was replaced is read anew, also when the reader has forgotten what it knew of it.
func TestReplacedFile(t *testing.T) {
	roots, _ := newRoot(t)
	r := NewReader(roots)
	defer r.Close()
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil)
	for rows := 1; rows <= 3; rows++ {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for range rows {
			b.Field(0).(*array.Int64Builder).Append(1)
		}
		batch := b.NewRecordBatch()
		w, err := r.WriteFile(catalog.FileTarget{Path: "n.parquet", Format: "parquet"}, schema, memory.DefaultAllocator)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := countRows(t, r, catalog.FileSet{Format: "parquet", Paths: []string{"n.parquet"}}); got != int64(rows) {
			t.Errorf("%d rows, want %d", got, rows)
		}
		clear(r.known)
	}
}

func countRows(t *testing.T, r *Reader, set catalog.FileSet) (rows int64) {
	t.Helper()
	s, _, err := r.ReadFiles(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := s.Tasks(t.Context(), catalog.Scan{Columns: []int{0}, Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats)})
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		for batch, err := range task.Read(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			rows += batch.NumRows()
		}
	}
	return rows
}

// A pipe, which nobody may ever write to, is not waited for.
func TestPipe(t *testing.T) {
	roots, dir := newRoot(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "p.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := NewReader(roots)
	defer r.Close()
	done := make(chan error, 1)
	go func() {
		_, _, err := r.ReadFiles(t.Context(), catalog.FileSet{Format: "csv", Paths: []string{"p.csv"}})
		done <- err
	}()
	select {
	case err := <-done:
		if stateOf(err) != "42809" {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the pipe is waited for")
		os.WriteFile(filepath.Join(dir, "p.csv"), nil, 0)
	}
}
