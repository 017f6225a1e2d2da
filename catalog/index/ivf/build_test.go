package ivf

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

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
	cfg := Config{Metric: metric, Dim: data.dim, Lists: lists, Bits: data.bits, Seed: 1, Workers: workers, Rows: rows}
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
