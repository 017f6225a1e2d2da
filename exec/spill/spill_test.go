package spill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var schema = arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}, {Name: "s", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)

func batchOf(mem memory.Allocator, from, to int) arrow.RecordBatch {
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	for i := from; i < to; i++ {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		if i%7 == 0 {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(fmt.Sprint("text ", i))
		}
	}
	return b.NewRecordBatch()
}

func numbers(t *testing.T, mem memory.Allocator, r *Run) []int64 {
	t.Helper()
	var out []int64
	for b, err := range r.Batches(context.Background(), mem) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range int(b.NumRows()) {
			n := b.Column(0).(*array.Int64).Value(i)
			if s := b.Column(1).(*array.String); n%7 == 0 != s.IsNull(i) || n%7 != 0 && s.Value(i) != fmt.Sprint("text ", n) {
				t.Fatalf("row %d has text %q", n, s.ValueStr(i))
			}
			out = append(out, n)
		}
	}
	return out
}

func TestRun(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	dir := filepath.Join(t.TempDir(), "temp")
	folder, err := Open(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	run := folder.Create(schema)
	for i := range 10 {
		whole := batchOf(mem, 1000*i-5, 1000*(i+1))
		b := whole.NewSlice(5, whole.NumRows())
		if err := run.Write(b); err != nil {
			t.Fatal(err)
		}
		b.Release()
		whole.Release()
	}
	if err := run.Finish(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a run can be read again
		got := numbers(t, mem, run)
		for i, n := range got {
			if n != int64(i) {
				t.Fatalf("row %d is %d", i, n)
			}
		}
		if len(got) != 10000 || run.Rows() != 10000 {
			t.Fatalf("%d rows read of %d", len(got), run.Rows())
		}
	}
	if folder.Used() != run.Bytes() || run.Bytes() == 0 {
		t.Errorf("%d bytes used, %d in the run", folder.Used(), run.Bytes())
	}
	run.Free()
	if folder.Used() != 0 {
		t.Errorf("%d bytes used by nothing", folder.Used())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("files left: %v", left)
	}
}

func TestPartitions(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	folder, err := Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	parts := folder.NewPartitions(schema, mem, 1)
	defer parts.Free()
	hashes := make([]uint64, 1000)
	for i := range hashes {
		hashes[i] = uint64(i) << (64 - 2*FanoutBits)
	}
	batch := batchOf(mem, 0, 1000)
	defer batch.Release()
	for _, chosen := range [][]uint32{nil, {1, 33, 999}} {
		if err := parts.Add(batch, hashes, chosen); err != nil {
			t.Fatal(err)
		}
	}
	if err := parts.Finish(); err != nil {
		t.Fatal(err)
	}
	total := 0
	for i, run := range parts.Runs {
		for _, n := range numbers(t, mem, run) {
			total++
			if int(n)%Fanout != i {
				t.Errorf("row %d is in partition %d", n, i)
			}
		}
	}
	if total != 1003 {
		t.Errorf("%d rows of 1003", total)
	}
}

func TestCleanedAtStart(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"spill-1", "other"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(dir, 0); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

func stateOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Hint != "" {
		return e.State
	}
	return fmt.Sprint(err)
}

// fill writes until it fails.
func fill(t *testing.T, folder *Folder) error {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	run := folder.Create(schema)
	defer func() {
		run.Free()
		if folder.Used() != 0 {
			t.Errorf("%d bytes used by nothing", folder.Used())
		}
	}()
	batch := batchOf(mem, 0, 10000)
	defer batch.Release()
	for range 10 {
		if err := run.Write(batch); err != nil {
			if again := run.Finish(); again == nil {
				t.Error("a run that failed finishes")
			}
			for _, again := range run.Batches(context.Background(), mem) {
				if again == nil {
					t.Error("a run that failed is read")
				}
			}
			return err
		}
	}
	return run.Finish()
}

func TestLimit(t *testing.T) {
	folder, err := Open(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if state := stateOf(fill(t, folder)); state != "53400" {
		t.Error(state)
	}
}

func TestNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	folder, err := Open(file, 0)
	if err != nil {
		t.Fatal(err)
	}
	if state := stateOf(fill(t, folder)); state != "58030" {
		t.Error(state)
	}
}

// A disk is full when the file that is written says so: /dev/full does.
func TestDiskFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full: ", err)
	}
	defer full.Close()
	_, err = full.Write([]byte("x"))
	if !errors.Is(err, syscall.ENOSPC) {
		t.Skip(err)
	}
	if state := stateOf(fault(fmt.Errorf("write: %w", err))); state != "53100" {
		t.Error(state)
	}
}
