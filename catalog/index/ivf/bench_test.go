package ivf

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

// readVectors reads an .fvecs file: for each vector its dimensions and then its elements, of 4 bytes each.
func readVectors(name string) (vectors []float32, dim int, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, 0, err
	}
	dim = int(binary.LittleEndian.Uint32(data))
	for len(data) >= 4+4*dim {
		for i := range dim {
			vectors = append(vectors, math.Float32frombits(binary.LittleEndian.Uint32(data[4+4*i:])))
		}
		data = data[4+4*dim:]
	}
	return vectors, dim, nil
}

// TestSweep builds an index over the vectors of $MEDIAFLIGHT_BASE and answers those of $MEDIAFLIGHT_QUERIES, both .fvecs, by
// $MEDIAFLIGHT_METRIC or cosine distance, for targets of recall.
func TestSweep(t *testing.T) {
	base, queries := os.Getenv("MEDIAFLIGHT_BASE"), os.Getenv("MEDIAFLIGHT_QUERIES")
	if base == "" || queries == "" {
		t.Skip("needs MEDIAFLIGHT_BASE and MEDIAFLIGHT_QUERIES")
	}
	metric := os.Getenv("MEDIAFLIGHT_METRIC")
	if metric == "" {
		metric = "cosine_distance"
	}
	vectors, dim, err := readVectors(base)
	if err != nil {
		t.Fatal(err)
	}
	asked, _, err := readVectors(queries)
	if err != nil {
		t.Fatal(err)
	}
	data := &files{dim: dim}
	data.add(vectors)
	ix := build(t, metric, data, 0, 2)
	view := NewView(ix, data.bases(), nil, data)

	var all []*catalog.VectorQuery
	var truth [][]catalog.Found
	for i := range min(len(asked)/dim, 500) {
		q := &catalog.VectorQuery{Vector: asked[i*dim : (i+1)*dim], K: 10, Recall: 1, Within: math.Inf(1)}
		if err := ix.Search(context.Background(), view, []*catalog.VectorQuery{q}); err != nil {
			t.Fatal(err)
		}
		truth = append(truth, append([]catalog.Found(nil), q.Found...))
		all = append(all, q)
	}
	fmt.Printf("%8s %8s %10s %10s %8s %10s %10s\n", "target", "recall", "us/query", "q/s", "probes", "codes", "reranked")
	for _, target := range []float64{0.80, 0.90, 0.95, 0.98, 0.99, 0.995, 0.999} {
		var best time.Duration = math.MaxInt64
		var stats catalog.SearchStats
		recall := 0.0
		for range 3 {
			runtime.GC()
			start := time.Now()
			for _, q := range all {
				q.Recall = target
				if err := ix.Search(context.Background(), view, []*catalog.VectorQuery{q}); err != nil {
					t.Fatal(err)
				}
			}
			best = min(best, time.Since(start))
		}
		for i, q := range all {
			recall += recallOf(q.Found, truth[i])
			stats.Probes += q.Stats.Probes
			stats.Codes += q.Stats.Codes
			stats.Reranked += q.Stats.Reranked
		}
		n := float64(len(all))
		us := best.Seconds() * 1e6 / n
		fmt.Printf("%8.3f %8.4f %10.1f %10.0f %8.1f %10.0f %10.1f\n", target, recall/n, us, 1e6/us,
			float64(stats.Probes)/n, float64(stats.Codes)/n, float64(stats.Reranked)/n)
	}
}

// recallOf is the share of the true rows that were found, by distance: of rows that are equally far any will do.
func recallOf(got, truth []catalog.Found) float64 {
	if len(truth) == 0 {
		return 1
	}
	n := 0
	for _, f := range got {
		if last := truth[len(truth)-1].Distance; f.Distance <= last || last != last {
			n++
		}
	}
	return float64(n) / float64(len(truth))
}

func build(t testing.TB, metric string, data *files, lists, workers int) *Index {
	start := time.Now()
	ctx := context.Background()
	rows := int64(0)
	for i := range data.Files() {
		rows += data.Rows(i)
	}
	cfg := Config{Metric: metric, Dim: data.dim, Lists: lists, Seed: 1, Workers: workers, Rows: rows}
	if lists == 0 {
		cfg.Lists = ListsFor(rows)
	}
	sample, err := Sample(ctx, metric, data.dim, data, SampleFor(cfg.Lists), 1)
	if err != nil {
		t.Fatal(err)
	}
	sampled := time.Now()
	q, err := Train(ctx, cfg, sample, nil)
	if err != nil {
		t.Fatal(err)
	}
	trained := time.Now()
	blob, err := Build(ctx, q, data, BuildOptions{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenSegment(q, blob)
	if err != nil {
		t.Fatal(err)
	}
	if testing.Verbose() {
		fmt.Printf("build: sample %v, train %v, encode %v; %d lists, %d bytes, %.1f %% of the vectors\n", sampled.Sub(start), trained.Sub(sampled),
			time.Since(trained), q.Lists(), len(blob), 100*float64(len(blob)+len(q.Bytes()))/float64(4*int64(data.dim)*rows))
	}
	ix := &Index{Quantizer: q, Segments: []*Segment{s}}
	encoded := time.Now()
	if ix.Curve, err = Calibrate(ctx, ix, NewView(ix, data.bases(), nil, data), data, CalibrateOptions{Workers: workers}); err != nil {
		t.Fatal(err)
	}
	if testing.Verbose() {
		fmt.Printf("calibrate: %v\n", time.Since(encoded))
	}
	return ix
}
