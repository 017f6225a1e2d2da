package indexbench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/load"
	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/udf"
)

// queries are vectors to search for and, if the file has them, the ids of the rows nearest to each.
type queries struct {
	vectors   [][]float32
	neighbors [][]int64
}

func readQueries(ctx context.Context, paths []string) (*queries, error) {
	files, err := load.Open(paths...)
	if err != nil {
		return nil, err
	}
	vectors := files.Schema().FieldIndices(column)
	if len(vectors) == 0 {
		return nil, fmt.Errorf("the queries have no column %s", column)
	}
	neighbors := files.Schema().FieldIndices("neighbors")
	q := &queries{}
	for batch, err := range files.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		for row := range int(batch.NumRows()) {
			vector, err := udf.VectorAt(batch.Column(vectors[0]), row)
			if err != nil {
				return nil, err
			}
			q.vectors = append(q.vectors, slices.Clone(vector))
		}
		if len(neighbors) == 0 {
			continue
		}
		list, ok := batch.Column(neighbors[0]).(array.ListLike)
		if !ok {
			return nil, errors.New("the queries' column neighbors has no lists of ids")
		}
		ids, err := integers(list.ListValues())
		if err != nil {
			return nil, fmt.Errorf("column neighbors: %w", err)
		}
		for row := range list.Len() {
			from, to := list.ValueOffsets(row)
			q.neighbors = append(q.neighbors, slices.Clone(ids[from:to]))
		}
	}
	if len(q.vectors) == 0 {
		return nil, errors.New("there are no queries")
	}
	return q, nil
}

// A truth is the rows that are nearest to a query; another row that is no farther than the last of them is as good.
type truth struct {
	rows map[int64]bool
	last float64 // distance; negative where only the rows are known
}

// found is how many of the rows belong to the truth.
func (t truth) found(rows []catalog.Found) int {
	n := 0
	for _, f := range rows {
		if t.rows[f.Address] || f.Distance <= t.last {
			n++
		}
	}
	return min(n, len(t.rows))
}

// truth searches exactly for every query, unless the file of queries says what is nearest.
func (b *Bench) truth(ctx context.Context, s *snapshot, q *queries, among *catalog.RowSet, report *Report) ([]truth, error) {
	report.Queries = len(q.vectors)
	start := time.Now()
	exact, err := b.exact(ctx, s, q.vectors, among)
	if err != nil {
		return nil, err
	}
	report.ExactPerSec = float64(len(q.vectors)) / time.Since(start).Seconds()
	if among != nil || len(q.neighbors) == 0 {
		return exact, nil
	}
	addresses, err := s.byID(ctx)
	if err != nil {
		return nil, err
	}
	for i, ids := range q.neighbors {
		if len(ids) < b.K {
			return nil, fmt.Errorf("query %d names %d neighbors, fewer than %d", i, len(ids), b.K)
		}
		given := truth{rows: map[int64]bool{}, last: -1}
		for _, id := range ids[:b.K] {
			address, ok := addresses[id]
			if !ok {
				return nil, fmt.Errorf("query %d names the neighbor %d, which is no row of the base", i, id)
			}
			given.rows[address] = true
		}
		exact[i] = given
	}
	return exact, nil
}

func (b *Bench) exact(ctx context.Context, s *snapshot, vectors [][]float32, among *catalog.RowSet) ([]truth, error) {
	metric, ok := udf.MetricNamed(b.Metric)
	if !ok {
		return nil, fmt.Errorf("unknown metric %s", b.Metric)
	}
	searches := make([]*ann.Exact, len(vectors))
	for i, v := range vectors {
		query := vectorArray(v)
		defer query.Release()
		var err error
		if searches[i], err = ann.NewExact(metric, query, b.K, ann.Order{}); err != nil {
			return nil, err
		}
	}
	err := s.scan(ctx, []int{s.vectors}, func(batch arrow.RecordBatch) error {
		addresses := batch.Column(1).(*array.Int64).Int64Values()
		for from := 0; from < len(addresses); {
			to := from + 1
			if among != nil && !among.Contains(addresses[from]) {
				from++
				continue
			}
			for to < len(addresses) && (among == nil || among.Contains(addresses[to])) {
				to++
			}
			run := array.NewSlice(batch.Column(0), int64(from), int64(to))
			for _, e := range searches {
				if err := e.Add(run, addresses[from:to]); err != nil {
					run.Release()
					return err
				}
			}
			run.Release()
			from = to
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]truth, len(vectors))
	for i, e := range searches {
		out[i] = truth{rows: map[int64]bool{}, last: -1}
		for _, n := range e.Sorted() {
			if !n.Null {
				out[i].rows[n.Address], out[i].last = true, n.Distance
			}
		}
	}
	return out, nil
}

// vectorArray is a column with one vector.
func vectorArray(v []float32) arrow.Array {
	b := array.NewFixedSizeListBuilder(memory.DefaultAllocator, int32(len(v)), arrow.PrimitiveTypes.Float32)
	defer b.Release()
	b.Append(true)
	b.ValueBuilder().(*array.Float32Builder).AppendValues(v, nil)
	return b.NewArray()
}
