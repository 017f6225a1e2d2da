package ivf

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// An exam is queries and the rows that are nearest to each.
type exam struct {
	ix    *Index
	view  *View
	among *catalog.RowSet
	asked [][]float32
	truth [][]catalog.Found
}

func newExam(ix *Index, data *files, asked []float32, k int, among *catalog.RowSet) *exam {
	e := &exam{ix: ix, view: NewView(ix, data.bases(), nil, data), among: among, asked: slices.Collect(slices.Chunk(asked, data.dim))}
	for _, v := range e.asked {
		q := &catalog.VectorQuery{Vector: v, K: k, Within: math.Inf(1), Among: among}
		e.truth = append(e.truth, data.bruteForce(ix.Quantizer.Metric(), e.view, q))
	}
	return e
}

// sit asks for the k nearest rows and returns the recall and how many codes a query scanned.
func (e *exam) sit(t *testing.T, recall float64, k int) (found, codes float64) {
	t.Helper()
	n := float64(len(e.asked))
	for i, v := range e.asked {
		q := &catalog.VectorQuery{Vector: v, K: k, Within: math.Inf(1), Recall: recall, Among: e.among}
		if err := e.ix.Search(t.Context(), e.view, []*catalog.VectorQuery{q}); err != nil {
			t.Fatal(err)
		}
		truth := e.truth[i][:min(k, len(e.truth[i]))]
		if err := check(q, truth); err != nil {
			t.Fatal(err)
		}
		found += recallOf(q.Found, truth) / n
		codes += float64(q.Stats.Codes) / n
	}
	return found, codes
}

// TestRecallIsKept asks for rows that the index has not seen, of the distribution that it has.
func TestRecallIsKept(t *testing.T) {
	const dim, rows, queries = 32, 10_000, 100
	for _, metric := range metricNames {
		t.Run(metric, func(t *testing.T) {
			r := rand.New(rand.NewPCG(41, 42))
			all := clustered(r, rows+queries, dim)
			data := &files{dim: dim}
			data.add(all[:rows*dim])
			ix := build(t, metric, data, 0, 2)
			ix.probing = true
			e := newExam(ix, data, all[rows*dim:], 100, nil)
			last := 0.0
			for _, recall := range []float64{0.8, 0.9, 0.95, 0.99} {
				for _, k := range []int{1, 10, 30, 100} {
					found, codes := e.sit(t, recall, k)
					// Two and a half standard deviations, if each row were found or not by itself.
					if found < recall-2.5*math.Sqrt(recall*(1-recall)/float64(queries*k))-0.02 {
						t.Errorf("recall of %d rows is %.4f where %.2f was asked for", k, found, recall)
					}
					if k == 10 && codes < last {
						t.Errorf("%.0f codes for a recall of %.2f, and %.0f for less", codes, recall, last)
					}
					if k == 10 {
						last = codes
					}
				}
			}
		})
	}
}

// TestFiltersKeepRecall chooses rows without regard to the queries, those near them and those far from them.
func TestFiltersKeepRecall(t *testing.T) {
	const dim, rows, queries = 32, 10_000, 100
	r := rand.New(rand.NewPCG(43, 44))
	all := clustered(r, rows+queries, dim)
	data := &files{dim: dim}
	data.add(all[:rows*dim])
	ix := build(t, "l2_distance", data, 0, 2)
	ix.probing = true
	asked := all[rows*dim:]
	// Queries of one side of a plane ask for rows of that side and of the other.
	side := func(v []float32) bool { return v[0]+v[1]+v[2] > 0 }
	var same []float32
	for i := range queries {
		if v := asked[i*dim : (i+1)*dim]; side(v) {
			same = append(same, v...)
		}
	}
	sets := map[string]*catalog.RowSet{"half": someRows(r, data, 0.5), "tenth": someRows(r, data, 0.1), "hundredth": someRows(r, data, 0.01), "one": {}, "this side": {}, "that side": {}}
	base := data.bases()[0]
	sets["one"].Add([]int64{base + 77})
	for row := range rows {
		name := "that side"
		if side(all[row*dim : (row+1)*dim]) {
			name = "this side"
		}
		sets[name].Add([]int64{base + int64(row)})
	}
	for name, set := range sets {
		e := newExam(ix, data, same, 10, set)
		for _, recall := range []float64{0.9, 0.99} {
			if found, _ := e.sit(t, recall, 10); found < recall-0.02 {
				t.Errorf("%s: recall is %.4f where %.2f was asked for", name, found, recall)
			}
		}
	}
}

// TestReachByShare looks the further, the fewer rows to choose from the lists near the query hold.
func TestReachByShare(t *testing.T) {
	c := newCurve([]level{
		{k: 10, recall: 0.9, reach: 1, edge: 3, away: 1},
		{k: 100, recall: 0.9, reach: 2, edge: 6, away: 2},
		{k: 1000, recall: 0.9, reach: 3, edge: 6, away: 3},
	}, 0)
	e := c.filtered(9, 0.9, 10, 0.1)
	last := float32(0)
	for _, share := range []float64{4, 1, 0.7, 0.4, 0.1, 0} {
		reach := e.within(2, 1, share)
		if reach < last || share >= 1 && reach != 2 || share < few && reach != 6 || share > few && share < fewer && (reach <= 2 || reach >= 6) {
			t.Errorf("the reach is %v where the lists hold %v of the usual number", reach, share)
		}
		last = reach
	}
	// Lists full of rows to choose from do not count for more than the lists that they are.
	s := &searcher{usual: 10, matched: 1000}
	if far := s.far(3); far != root(3) {
		t.Errorf("three full lists weigh %v, not %v", far, root(3))
	}
	s.matched = 10
	if far := s.far(3); far >= root(3) {
		t.Errorf("three lists with a row or two weigh %v", far)
	}
}

func TestCurveReadsBack(t *testing.T) {
	c := newCurve([]level{{k: 1, recall: 0.9, reach: 1, probes: 2.4, codes: 30, away: 1}, {k: 1, recall: 1, reach: inf, probes: 9}, {k: 100, recall: 0.9, reach: 3}}, 7)
	back, err := OpenCurve(c.Bytes())
	if err != nil || !slices.Equal(back.levels, c.levels) || back.farthest != 7 {
		t.Fatalf("%v: %v", err, back)
	}
	if got, want := back.Points()[0], (CurvePoint{K: 1, Probes: 2, Recall: 0.9}); math.Abs(got.Recall-want.Recall) > 1e-6 || got.K != 1 || got.Probes != 2 {
		t.Errorf("got %v, want %v", got, want)
	}
	if reach := back.effort(9, 0.9, 10).reach; math.Abs(float64(reach-2)) > 1e-5 {
		t.Errorf("reach half way between 1 and 100 rows is %v, not 2", reach)
	}
	if reach := back.effort(9, 0.5, 1).reach; reach != 1 {
		t.Errorf("reach for less than was measured is %v", reach)
	}
}

// TestDamagedCurves opens curves with bytes changed: an error, or a curve that a search can use.
func TestDamagedCurves(t *testing.T) {
	const dim = 16
	r := rand.New(rand.NewPCG(45, 46))
	data := &files{dim: dim}
	data.add(clustered(r, 3000, dim))
	ix := build(t, "l2_distance", data, 0, 1)
	ix.probing = true
	view := NewView(ix, data.bases(), nil, data)
	whole := ix.Curve.Bytes()
	set := someRows(r, data, 0.3)
	for range 3000 {
		blob := aligned(int64(len(whole)))
		copy(blob, whole)
		for range 1 + r.IntN(4) {
			blob[r.IntN(len(blob))] = byte(r.Uint32())
		}
		blob = blob[:len(blob)-r.IntN(2)*64*r.IntN(len(blob)/64+1)]
		curve, err := OpenCurve(blob)
		if err != nil {
			continue
		}
		ix.Curve = curve
		for _, among := range []*catalog.RowSet{nil, set} {
			q := &catalog.VectorQuery{Vector: make([]float32, dim), K: 10, Within: math.Inf(1), Recall: 0.9, Among: among}
			if err := ix.Search(t.Context(), view, []*catalog.VectorQuery{q}); err != nil || len(q.Found) != 10 {
				t.Fatalf("%v, %d rows", err, len(q.Found))
			}
		}
	}
}

func TestSearchStopsWhenCanceled(t *testing.T) {
	const dim = 16
	data := &files{dim: dim}
	data.add(clustered(rand.New(rand.NewPCG(47, 48)), 3000, dim))
	ix := build(t, "l2_distance", data, 0, 1)
	ix.probing = true
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, recall := range []float64{0.9, 1} {
		q := &catalog.VectorQuery{Vector: make([]float32, dim), K: 10, Within: math.Inf(1), Recall: recall}
		if err := ix.Search(ctx, NewView(ix, data.bases(), nil, data), []*catalog.VectorQuery{q}); !errors.Is(err, context.Canceled) {
			t.Errorf("recall %v: %v", recall, err)
		}
	}
}

// TestSearchAllocatesNothing once it has its scratch. The rows found are the caller's memory, which is used again.
func TestSearchAllocatesNothing(t *testing.T) {
	const dim = 64
	r := rand.New(rand.NewPCG(49, 50))
	data := &files{dim: dim}
	data.add(clustered(r, 20_000, dim))
	ix := build(t, "cosine_distance", data, 0, 1)
	ix.probing = true
	view := NewView(ix, data.bases(), nil, none{})
	set := someRows(r, data, 0.3)
	s := newSearcher(newScratch(ix), new(choice)) // not from the pool, which forgets things under the race detector
	for _, among := range []*catalog.RowSet{nil, set} {
		q := &catalog.VectorQuery{Vector: clustered(r, 1, dim), K: 10, Within: math.Inf(1), Recall: 0.95, Among: among}
		allocations := testing.AllocsPerRun(50, func() {
			s.begin(t.Context(), view, q)
			if err := s.search(); err != nil {
				t.Fatal(err)
			}
			s.leave()
		})
		if allocations != 0 {
			t.Errorf("%v allocations a query", allocations)
		}
	}
}
