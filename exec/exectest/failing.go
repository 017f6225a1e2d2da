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

func (t *failingTable) Current() catalog.Snapshot { return &failingSnapshot{t.Table.Current(), t.f} }

func (t *failingTable) Snapshot(ctx context.Context, id int64) (catalog.Snapshot, error) {
	s, err := t.Table.Snapshot(ctx, id)
	if err != nil {
		return nil, err
	}
	return &failingSnapshot{s, t.f}, nil
}

type failingSnapshot struct {
	catalog.Snapshot
	f *failing
}

func (s *failingSnapshot) Tasks(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	tasks, err := s.Snapshot.Tasks(ctx, scan)
	for i, t := range tasks {
		tasks[i] = &failingTask{t, s.f}
	}
	return tasks, err
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
