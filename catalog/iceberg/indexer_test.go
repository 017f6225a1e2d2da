package iceberg

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

const testDim = 24

var clips = catalog.Name{Schema: "main", Table: "clips"}

// clipSchema has two vectors. The second is NULL in every seventh row.
var clipSchema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "emb", Type: arrow.FixedSizeListOfNonNullable(testDim, arrow.PrimitiveTypes.Float32), Nullable: true},
	{Name: "alt", Type: arrow.FixedSizeListOfNonNullable(testDim, arrow.PrimitiveTypes.Float32), Nullable: true},
}, nil)

// clipRows makes rows with vectors around a few centers. The ids count from first.
func (f *fixture) clipRows(first, n int) arrow.RecordBatch {
	b := array.NewRecordBuilder(f.mem, clipSchema)
	defer b.Release()
	for i := range n {
		id := first + i
		b.Field(0).(*array.Int64Builder).Append(int64(id))
		for column := 1; column <= 2; column++ {
			list := b.Field(column).(*array.FixedSizeListBuilder)
			if column == 2 && id%7 == 0 {
				list.AppendNull()
				continue
			}
			list.Append(true)
			list.ValueBuilder().(*array.Float32Builder).AppendValues(clipVector(id, column), nil)
		}
	}
	return b.NewRecordBatch()
}

func clipVector(id, column int) []float32 {
	random := rand.New(rand.NewPCG(uint64(id), uint64(column)))
	center := rand.New(rand.NewPCG(uint64(id%23), 99))
	v := make([]float32, testDim)
	for i := range v {
		v[i] = float32(center.NormFloat64() + 0.4*random.NormFloat64())
	}
	return v
}

func (f *fixture) appendClips(first, n int) {
	f.Helper()
	rows := f.clipRows(first, n)
	defer rows.Release()
	a, err := f.table(clips).Append(f.Context())
	f.check(err)
	f.check(a.Write(rows))
	_, err = a.Commit(f.Context())
	f.check(err)
}

func (f *fixture) createIndex(name, column, metric string) {
	f.Helper()
	f.check(f.c.CreateIndex(f.Context(), catalog.IndexDefinition{Name: name, Table: clips, Column: column, Metric: metric}, nil))
}

func (f *fixture) indexInfo(name string) catalog.IndexInfo {
	f.Helper()
	infos, err := f.c.Indexes(f.Context(), "main")
	f.check(err)
	i := slices.IndexFunc(infos, func(info catalog.IndexInfo) bool { return info.Name == name })
	if i < 0 {
		f.Fatalf("no index %s in %v", name, infos)
	}
	return infos[i]
}

// exact is the right answer: the k rows nearest to a query, by reading tasks.
func exact(ctx context.Context, tasks []catalog.Task, metric string, query []float32, k int) ([]catalog.Found, error) {
	m, _ := udf.MetricNamed(metric)
	measure := m.From(query)
	var found []catalog.Found
	for _, task := range tasks {
		for batch, err := range task.Read(ctx) {
			if err != nil {
				return nil, err
			}
			distances := make([]float64, batch.NumRows())
			if err := measure.Column(batch.Column(0), 0, distances); err != nil {
				return nil, err
			}
			for i, d := range distances {
				if batch.Column(0).IsValid(i) {
					found = append(found, catalog.Found{Address: batch.Column(1).(*array.Int64).Value(i), Distance: d})
				}
			}
		}
	}
	return nearest(found, k), nil
}

func nearest(found []catalog.Found, k int) []catalog.Found {
	slices.SortFunc(found, func(a, b catalog.Found) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Address, b.Address))
	})
	return found[:min(k, len(found))]
}

// compareSearch compares a search with an index, and of what it does not cover, with the right answer. It returns the rows
// that the index covers; -1 if there is no index.
func (f *fixture) compareSearch(s catalog.Snapshot, column int, metric string) (covered int64) {
	f.Helper()
	covered, err := compareSearch(f, s, column, metric)
	if err != nil {
		f.Fatal(err)
	}
	return covered
}

func compareSearch(f *fixture, s catalog.Snapshot, column int, metric string) (covered int64, err error) {
	ctx := f.Context()
	index, warning, err := s.(catalog.IndexedSnapshot).VectorIndex(ctx, column, metric)
	if err != nil {
		return 0, err
	}
	if index == nil {
		return -1, nil
	}
	if warning != "" {
		return 0, fmt.Errorf("warning with an index: %s", warning)
	}
	defer index.Close()
	const k = 10
	scan := catalog.Scan{Columns: []int{column}, Address: true, Mem: f.mem, Stats: new(catalog.ScanStats)}
	for i := range 4 {
		query := clipVector(100_000+i, column)
		all, err := s.Tasks(ctx, scan)
		if err != nil {
			return 0, err
		}
		want, err := exact(ctx, all, metric, query, k)
		if err != nil {
			return 0, err
		}
		q := &catalog.VectorQuery{Vector: query, K: k, Recall: 1, Within: math.Inf(1), Mem: f.mem}
		if err := index.Search(ctx, []*catalog.VectorQuery{q}); err != nil {
			return 0, err
		}
		others, err := index.Uncovered(ctx, scan)
		if err != nil {
			return 0, err
		}
		rest, err := exact(ctx, others, metric, query, k)
		if err != nil {
			return 0, err
		}
		if got := nearest(append(slices.Clone(q.Found), rest...), k); !slices.Equal(got, want) {
			return 0, fmt.Errorf("query %d: found %v, want %v (%+v)", i, got, want, q.Stats)
		}
		covers, err := index.Covered(ctx, scan)
		if err != nil {
			return 0, err
		}
		if len(covers)+len(others) != len(all) {
			return 0, fmt.Errorf("%d tasks are covered and %d not, of %d", len(covers), len(others), len(all))
		}
	}
	return index.Rows(), nil
}

func (f *fixture) wantCovered(want int64) {
	f.Helper()
	if got := f.compareSearch(f.table(clips).Current(), 1, "l2_distance"); got != want {
		f.Errorf("%d rows are covered, want %d", got, want)
	}
}

func TestIndex(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 3000)
	f.wantCovered(-1)
	f.createIndex("by_emb", "emb", "l2_distance")
	f.createIndex("by_alt", "alt", "cosine_distance")
	f.wantCovered(3000)
	old := f.table(clips).Current()
	if got := f.compareSearch(old, 2, "cosine_distance"); got != 3000 {
		t.Errorf("%d rows are covered with NULLs", got)
	}
	if got := f.compareSearch(old, 1, "cosine_distance"); got != -1 {
		t.Error("an index answers for another metric")
	}

	f.appendClips(3000, 500)
	f.wantCovered(3000)
	info := f.indexInfo("by_emb")
	if info.Rows != 3000 || info.Files != 1 || info.FilesUncovered != 1 || info.RowsUncovered != 500 || info.State != "ready" || info.Table != clips || info.Column != "emb" || info.Bytes < 3000*testDim/8 {
		t.Errorf("after an append: %+v", info)
	}
	f.check(f.c.FoldIndex(t.Context(), "main", "by_emb", nil))
	f.wantCovered(3500)
	if got := f.compareSearch(old, 1, "l2_distance"); got != 3000 {
		t.Errorf("the older snapshot has %d covered rows", got)
	}
	if info := f.indexInfo("by_emb"); info.FilesUncovered != 0 || info.Rows != 3500 {
		t.Errorf("after the fold: %+v", info)
	}
	faults, err := f.c.VerifyIndex(t.Context(), "main", "by_emb")
	if err != nil || len(faults) > 0 {
		t.Errorf("verify: %v %v", faults, err)
	}
	f.reopen()
	f.wantCovered(3500)
	f.check(f.c.DropIndex(t.Context(), "main", "by_emb"))
	f.wantCovered(-1)
	f.wantState("42704", f.c.DropIndex(t.Context(), "main", "by_emb"))
}
