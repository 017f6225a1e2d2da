package indexbench

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// rounds is how often each point is measured; the fastest counts, because other work on the machine only slows.
const rounds = 3

// sweep asks all queries at each recall, one after the other.
func (b *Bench) sweep(ctx context.Context, s *snapshot, vectors [][]float32, among *catalog.RowSet, truths []truth, report *Report) error {
	indexed, ok := s.Snapshot.(catalog.IndexedSnapshot)
	if !ok {
		return errors.New("the table has no indexes")
	}
	index, warning, err := indexed.VectorIndex(ctx, s.vectors, b.Metric)
	if err != nil {
		return err
	}
	if index == nil {
		return errors.New("the index cannot be used: " + warning)
	}
	defer index.Close()
	wanted := 0
	for _, t := range truths {
		wanted += len(t.rows)
	}
	for _, target := range b.Targets {
		best := Point{}
		for range rounds {
			p := Point{Target: target}
			times := make([]float64, len(vectors))
			found := 0
			for i, v := range vectors {
				q := catalog.VectorQuery{Vector: v, K: b.K, Recall: target, Within: math.Inf(1), Among: among, Mem: memory.DefaultAllocator}
				start := time.Now()
				if err := index.Search(ctx, []*catalog.VectorQuery{&q}); err != nil {
					return err
				}
				times[i] = float64(time.Since(start).Nanoseconds()) / 1e3
				found += truths[i].found(q.Found)
				p.Probes += float64(q.Stats.Probes)
				p.Codes += float64(q.Stats.Codes)
				p.Refined += float64(q.Stats.Refined)
				p.Reranked += float64(q.Stats.Reranked)
				p.Rows += float64(len(q.Found))
				p.Plan = q.Stats.Plan
			}
			for _, sum := range []*float64{&p.Probes, &p.Codes, &p.Refined, &p.Reranked, &p.Rows} {
				*sum /= float64(len(vectors))
			}
			total := 0.0
			for _, t := range times {
				total += t
			}
			slices.Sort(times)
			p.Recall = float64(found) / float64(max(wanted, 1))
			p.PerSecond = float64(len(vectors)) / total * 1e6
			p.P50, p.P99 = quantile(times, 0.50), quantile(times, 0.99)
			if p.PerSecond > best.PerSecond {
				best = p
			}
		}
		report.Points = append(report.Points, best)
	}
	return nil
}

// quantile of sorted values.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
