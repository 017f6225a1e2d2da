//go:build unix

package exec_test

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"golang.org/x/sys/unix"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf"
)

// TestTruncatedFile: a mapped file that somebody truncates fails the query that reads it, not the process.
func TestTruncatedFile(t *testing.T) {
	mapped := truncatedMapping(t)
	faulty := &faultyLake{Catalog: lake, touch: func() { touched = mapped[0] }}
	var p Plan
	for name, rel := range map[string]*pb.Rel{
		"scan":      p.Scan(clips, nil, 0),
		"aggregate": Aggregate(p.Scan(clips, nil, 0), nil, p.Measure("count")),
		"top-k":     Fetch(Sort(p.Scan(clips, nil, 0), Key(Col(0), AscLast)), nil, p.Int(2)),
	} {
		for _, workers := range []int{1, 2} {
			q, err := exec.Compile(t.Context(), p.Bytes(rel, "x"), exec.Env{Catalog: faulty, Functions: udf.Builtin(), Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			var last error
			for _, err := range q.Run(t.Context()) {
				last = err
			}
			if State(last) != "58030" {
				t.Errorf("%s with %d workers: error %v, want state 58030", name, workers, last)
			}
		}
	}
}

// touched keeps the compiler from leaving the access out.
var touched byte

func truncatedMapping(t *testing.T) []byte {
	f, err := os.Create(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := os.Getpagesize()
	if err := f.Truncate(int64(size)); err != nil {
		t.Fatal(err)
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(mapped) })
	if err := f.Truncate(0); err != nil {
		t.Fatal(err)
	}
	return mapped
}

// faultyLake is a lake whose tasks touch something before they read.
type faultyLake struct {
	catalog.Catalog
	touch func()
}

func (l *faultyLake) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	t, err := l.Catalog.Table(ctx, name)
	return &faultyTable{t, l.touch}, err
}

type faultyTable struct {
	catalog.Table
	touch func()
}

func (t *faultyTable) Current() catalog.Snapshot { return &faultySnapshot{t.Table.Current(), t.touch} }

type faultySnapshot struct {
	catalog.Snapshot
	touch func()
}

func (s *faultySnapshot) Tasks(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	tasks, err := s.Snapshot.Tasks(ctx, scan)
	for i, t := range tasks {
		tasks[i] = &faultyTask{t, s.touch}
	}
	return tasks, err
}

type faultyTask struct {
	catalog.Task
	touch func()
}

func (t *faultyTask) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	t.touch()
	return t.Task.Read(ctx)
}
