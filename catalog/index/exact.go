package index

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// exact answers queries from all rows of the covered files: what is left when the index fails in the middle of a search.
func (s *Searcher) exact(ctx context.Context, queries []*catalog.VectorQuery) error {
	metric, _ := udf.MetricNamed(s.Metric)
	searches := make([]*exactSearch, len(queries))
	for i, q := range queries {
		searches[i] = &exactSearch{VectorQuery: q, measure: metric.From(q.Vector)}
		q.Found, q.Stats = nil, catalog.SearchStats{Plan: "exact over all rows", Why: "the index is damaged"}
	}
	err := guardFaults(func() error {
		for ordinal, covered := range s.view.covers {
			if covered {
				if err := s.exactFile(ctx, ordinal, searches); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, q := range searches {
		q.cut(0)
	}
	return err
}

func (s *Searcher) exactFile(ctx context.Context, ordinal int, searches []*exactSearch) error {
	deleted, err := s.source.Deleted(ctx, ordinal)
	if err != nil {
		return err
	}
	reading := newReading(s.source, []int{ordinal}, s.Dim)
	defer reading.close()
	vectors, err := reading.vectors(0)
	if err != nil {
		return err
	}
	var distances []float64
	for run, err := range vectors.Stream(ctx, 0, reading.Rows(0), memory.DefaultAllocator) {
		if err != nil {
			return err
		}
		distances = slices.Grow(distances[:0], run.Len())[:run.Len()]
		for _, q := range searches {
			if err := q.measure.Column(run.FixedSizeList, 0, distances); err != nil {
				return err
			}
			q.Stats.Reranked += int64(run.Len())
			for i, d := range distances {
				row := run.First + int64(i)
				if run.IsValid(i) && !isSet(deleted, row) {
					q.add(int64(ordinal)<<32|row, d)
				}
			}
		}
	}
	return nil
}

func isSet(words []uint64, row int64) bool {
	return int(row>>6) < len(words) && words[row>>6]&bits.RotateLeft64(1, int(row&63)) != 0
}

// An exactSearch collects rows, and throws away those that are not among the nearest, now and then.
type exactSearch struct {
	*catalog.VectorQuery
	measure *udf.Measure
}

// spare is how many rows more than wanted are held.
const spare = 1024

func (q *exactSearch) add(address int64, distance float64) {
	if distance > q.Within || distance != distance && !math.IsInf(q.Within, 1) || q.Among != nil && !q.Among.Contains(address) {
		return
	}
	q.Found = append(q.Found, catalog.Found{Address: address, Distance: distance})
	q.cut(spare)
}

// cut keeps the nearest once there are more than spare others.
func (q *exactSearch) cut(spare int) {
	if spare > 0 && (q.K == 0 || len(q.Found) < q.K+spare) {
		return
	}
	slices.SortFunc(q.Found, q.compare)
	if q.K > 0 && len(q.Found) > q.K {
		q.Found = q.Found[:q.K]
	}
}

func (q *exactSearch) compare(a, b catalog.Found) int {
	if aNaN, bNaN := a.Distance != a.Distance, b.Distance != b.Distance; aNaN || bNaN {
		switch {
		case aNaN && bNaN:
			return cmp.Compare(a.Address, b.Address)
		case aNaN == q.NaNFirst:
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Address, b.Address))
}

// distanceTo is the distance of a row's vector to another.
func (s *Searcher) distanceTo(ordinal int, row int64, to []float32) (float64, error) {
	metric, _ := udf.MetricNamed(s.Metric)
	distance := [1]float64{}
	number := s.view.numberOf(ordinal)
	err := guardFaults(func() error {
		return s.view.vectors.Measure(metric.From(to), []uint64{uint64(number)<<32 | uint64(row)}, distance[:])
	})
	return distance[0], err
}
