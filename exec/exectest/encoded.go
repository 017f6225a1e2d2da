package exectest

import (
	"context"
	"iter"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/encodedtest"
)

// Encoded is a catalog of the same tables whose scans give every column of text encoded that they may, as package
// encodedtest does.
func Encoded(c catalog.Catalog) catalog.Catalog { return encoded{c} }

type encoded struct{ catalog.Catalog }

func (e encoded) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	t, err := e.Catalog.Table(ctx, name)
	if err != nil {
		return nil, err
	}
	return encodedTable{t}, nil
}

type encodedTable struct{ catalog.Table }

func (t encodedTable) Current() catalog.Snapshot { return encodedOf(t.Table.Current()) }

func (t encodedTable) Snapshot(ctx context.Context, id int64) (catalog.Snapshot, error) {
	s, err := t.Table.Snapshot(ctx, id)
	if err != nil {
		return nil, err
	}
	return encodedOf(s), nil
}

func encodedOf(s catalog.Snapshot) catalog.Snapshot {
	if indexed, ok := s.(catalog.IndexedSnapshot); ok {
		return struct {
			encodedSnapshot
			vectorIndexes
		}{encodedSnapshot{s}, indexed}
	}
	return encodedSnapshot{s}
}

// vectorIndexes is what an IndexedSnapshot has more than a Snapshot.
type vectorIndexes interface {
	VectorIndex(ctx context.Context, column int, metric string) (catalog.VectorIndex, string, error)
}

type encodedSnapshot struct{ catalog.Snapshot }

func (s encodedSnapshot) Tasks(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	inner := scan
	if scan.Filter != nil {
		inner.Filter = encodedFilter{scan.Filter, scan.Mem}
	}
	tasks, err := s.Snapshot.Tasks(ctx, inner)
	for i, t := range tasks {
		tasks[i] = encodedTask{t, scan}
	}
	return tasks, err
}

type encodedFilter struct {
	catalog.Filter
	mem memory.Allocator
}

func (f encodedFilter) Select(ctx context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	e := encodedtest.Encoder{Mem: f.mem}
	defer e.Release()
	coded := e.Batch(batch, func(int) bool { return true })
	defer coded.Release()
	if few, ok := f.Filter.(catalog.EntryFilter); ok {
		for i, c := range coded.Columns() {
			if d, ok := c.(*array.Dictionary); ok && few.KeepsNone(ctx, f.Columns()[i], d.Dictionary()) {
				return into, nil
			}
		}
	}
	return f.Filter.Select(ctx, coded, into)
}

type encodedTask struct {
	catalog.Task
	scan catalog.Scan
}

func (t encodedTask) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		e := encodedtest.Encoder{Mem: t.scan.Mem}
		defer e.Release()
		for batch, err := range t.Task.Read(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			coded := e.Batch(batch, func(i int) bool { return i < len(t.scan.Columns) && slices.Contains(t.scan.Encoded, t.scan.Columns[i]) })
			more := yield(coded, nil)
			coded.Release()
			if !more {
				return
			}
		}
	}
}
