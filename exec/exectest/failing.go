package exectest

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// failing is a catalog whose scans fail after some batches each.
type failing struct {
	catalog.Catalog
	after  int
	failed atomic.Bool
}

func (f *failing) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	t, err := f.Catalog.Table(ctx, name)
	if err != nil {
		return nil, err
	}
	return &failingTable{t, f}, nil
}

type failingTable struct {
	catalog.Table
	f *failing
}

func (t *failingTable) Current() catalog.Snapshot { return t.f.snapshot(t.Table.Current()) }

func (t *failingTable) Snapshot(ctx context.Context, id int64) (catalog.Snapshot, error) {
	s, err := t.Table.Snapshot(ctx, id)
	if err != nil {
		return nil, err
	}
	return t.f.snapshot(s), nil
}

func (f *failing) snapshot(s catalog.Snapshot) catalog.Snapshot {
	if indexed, ok := s.(catalog.IndexedSnapshot); ok {
		return &failingIndexed{failingSnapshot{s, f}, indexed}
	}
	return &failingSnapshot{s, f}
}

type failingSnapshot struct {
	catalog.Snapshot
	f *failing
}

func (s *failingSnapshot) Tasks(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	return s.f.tasks(s.Snapshot.Tasks(ctx, scan))
}

func (f *failing) tasks(tasks []catalog.Task, err error) ([]catalog.Task, error) {
	out := make([]catalog.Task, len(tasks))
	for i, t := range tasks {
		out[i] = &failingTask{t, f}
	}
	return out, err
}

// failingIndexed has an index whose scans fail too.
type failingIndexed struct {
	failingSnapshot
	indexed catalog.IndexedSnapshot
}

func (s *failingIndexed) VectorIndex(ctx context.Context, column int, metric string) (catalog.VectorIndex, string, error) {
	index, warning, err := s.indexed.VectorIndex(ctx, column, metric)
	if index == nil {
		return nil, warning, err
	}
	return &failingIndex{index, s.f}, warning, err
}

type failingIndex struct {
	catalog.VectorIndex
	f *failing
}

func (i *failingIndex) Uncovered(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	return i.f.tasks(i.VectorIndex.Uncovered(ctx, scan))
}

type failingTask struct {
	catalog.Task
	f *failing
}

func (t *failingTask) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		left := t.f.after
		for batch, err := range t.Task.Read(ctx) {
			if err == nil && left == 0 {
				break
			}
			left--
			if !yield(batch, err) || err != nil {
				return
			}
		}
		t.f.failed.Store(true)
		yield(nil, errRead)
	}
}
