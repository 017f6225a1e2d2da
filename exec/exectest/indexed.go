package exectest

import (
	"context"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// Indexed is a catalog whose tables have a vector index on every column, over the first Covered tasks of every snapshot.
// Searches are answered by computing every distance and sorting.
type Indexed struct {
	catalog.Catalog
	Covered int
	Missing bool   // there is no index when a query runs, though there was one when it was compiled
	Warning string // of every search
}

func (c *Indexed) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	t, err := c.Catalog.Table(ctx, name)
	if err != nil {
		return nil, err
	}
	return &indexedTable{t, c}, nil
}

type indexedTable struct {
	catalog.Table
	c *Indexed
}

func (t *indexedTable) Current() catalog.Snapshot {
	return &indexedSnapshot{Snapshot: t.Table.Current(), c: t.c}
}

func (t *indexedTable) Snapshot(ctx context.Context, id int64) (catalog.Snapshot, error) {
	s, err := t.Table.Snapshot(ctx, id)
	return &indexedSnapshot{Snapshot: s, c: t.c}, err
}

type indexedSnapshot struct {
	catalog.Snapshot
	c      *Indexed
	opened int
}

func (s *indexedSnapshot) VectorIndex(_ context.Context, column int, metric string) (catalog.VectorIndex, string, error) {
	if s.opened++; s.opened > 1 && s.c.Missing {
		return nil, "the index is gone", nil
	}
	return &bruteForce{s, column, metric}, "", nil
}

type bruteForce struct {
	s      *indexedSnapshot
	column int
	metric string
}

func (b *bruteForce) Definition() catalog.IndexDefinition {
	return catalog.IndexDefinition{Name: "by_" + b.s.Schema().Field(b.column).Name, Column: b.s.Schema().Field(b.column).Name, Metric: b.metric}
}

func (b *bruteForce) Rows() int64 {
	tasks, _ := b.Covered(context.Background(), catalog.Scan{Stats: &catalog.ScanStats{}})
	n := int64(0)
	for _, t := range tasks {
		n += t.Rows()
	}
	return n
}

func (b *bruteForce) Covered(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	tasks, err := b.s.Tasks(ctx, scan)
	return tasks[:min(b.s.c.Covered, len(tasks))], err
}

func (b *bruteForce) Uncovered(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	tasks, err := b.s.Tasks(ctx, scan)
	return tasks[min(b.s.c.Covered, len(tasks)):], err
}

func (b *bruteForce) Close() {}

func (b *bruteForce) Search(ctx context.Context, queries []*catalog.VectorQuery) error {
	for _, q := range queries {
		if err := b.search(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (b *bruteForce) search(ctx context.Context, q *catalog.VectorQuery) error {
	mem := memory.DefaultAllocator
	tasks, err := b.Covered(ctx, catalog.Scan{Columns: []int{b.column}, Address: true, Mem: mem, Stats: &catalog.ScanStats{}})
	if err != nil {
		return err
	}
	vector := vectorLiteral(b.s.Schema().Field(b.column).Type, q.Vector)
	f, err := udf.Builtin().Scalar(b.metric, []arrow.DataType{vector.DataType(), vector.DataType()})
	if err != nil {
		return err
	}
	q.Stats = catalog.SearchStats{Plan: "brute force", Why: "it is a test", Lists: 1, Probes: 1}
	q.Warning = b.s.c.Warning
	for _, t := range tasks {
		for batch, err := range t.Read(ctx) {
			if err != nil {
				return err
			}
			out, err := f.Eval(&udf.Call{Mem: mem, Rows: int(batch.NumRows()), Out: f.Out}, []udf.Arg{{Array: batch.Column(0)}, {Array: vector, Const: true}})
			if err != nil {
				return err
			}
			for i := range out.Len() {
				address, distance := batch.Column(1).(*array.Int64).Value(i), out.(*array.Float64).Value(i)
				if out.IsValid(i) && !(distance > q.Within) && (q.Among == nil || q.Among.Contains(address)) {
					q.Found = append(q.Found, catalog.Found{Address: address, Distance: distance})
				}
				q.Stats.Codes++
			}
		}
	}
	slices.SortStableFunc(q.Found, func(x, y catalog.Found) int {
		switch xNaN, yNaN := math.IsNaN(x.Distance), math.IsNaN(y.Distance); {
		case xNaN && yNaN:
			return 0
		case xNaN:
			return nanOrder(q)
		case yNaN:
			return -nanOrder(q)
		case x.Distance < y.Distance:
			return -1
		case x.Distance > y.Distance:
			return 1
		}
		return 0
	})
	if q.K > 0 {
		q.Found = q.Found[:min(q.K, len(q.Found))]
	}
	return nil
}

func nanOrder(q *catalog.VectorQuery) int {
	if q.NaNFirst {
		return -1
	}
	return 1
}

func vectorLiteral(dt arrow.DataType, vector []float32) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, dt).(*array.FixedSizeListBuilder)
	b.Append(true)
	b.ValueBuilder().(*array.Float32Builder).AppendValues(vector, nil)
	return b.NewArray()
}
