package ivf

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A Source gives out the vectors of data files. Its methods may be called at once.
type Source interface {
	Files() int
	Rows(file int) int64
	// Batches gives out the rows [from, to) of a file, in order and without a gap.
	Batches(ctx context.Context, file int, from, to int64) iter.Seq2[Batch, error]
}

// A Batch is some rows of a file that lie one after another. It is good until the next one is asked for.
type Batch struct {
	Row     int64  // of its first row
	N       int    // rows
	Vectors []byte // N times as many float32 as a vector has elements, at any address; those of NULL mean nothing
	// Null tells which rows' vectors are NULL, by their places in the batch. It is nil if none is.
	Null func(i int) bool
}

func (b *Batch) null(i int) bool { return b.Null != nil && b.Null(i) }

// Sample takes about n vectors, spread evenly, from a source; vectors that are NULL and those that cannot be in a list are
// left out. It reads runs of some rows.
func Sample(ctx context.Context, metric string, dim int, source Source, n int, seed uint64) ([]float32, error) {
	kind, ok := metricKinds[metric]
	if !ok || dim < 1 || dim > maxDim {
		return nil, errMetric(metric, dim)
	}
	s := space{kind: kind, dim: dim}
	total := int64(0)
	for file := range source.Files() {
		total += source.Rows(file)
	}
	const run = 16
	random := rand.New(rand.NewPCG(seed, 0x73616d706c65))
	// Every stride'th run, from a random place in it: a stretch of rows that are alike does not weigh more than it should.
	stride := max(total/max(int64(n), 1), 1) * run
	vectors := make([]float32, 0, min(int64(n), total)*int64(dim))
	vector := make([]float32, dim)
	take := func(file int, from, to int64) error {
		for batch, err := range source.Batches(ctx, file, from, to) {
			if err != nil {
				return err
			}
			for i := range batch.N {
				if batch.null(i) {
					continue
				}
				copy(simd.Bytes(vector), batch.Vectors[4*dim*i:4*dim*(i+1)])
				if s.nature(vector) == regular {
					vectors = append(vectors, vector...)
				}
			}
		}
		return ctx.Err()
	}
	first := int64(0) // of the file, among all rows
	for file := range source.Files() {
		rows := source.Rows(file)
		if stride == run {
			if err := take(file, 0, rows); err != nil {
				return nil, err
			}
			continue
		}
		for at := first / stride * stride; at < first+rows; at += stride {
			// The same random number for the parts of a stride that files share.
			random := rand.New(rand.NewPCG(seed, uint64(at)))
			from := at + random.Int64N(stride-run+1) - first
			from, to := max(from, 0), min(from+run, rows)
			if from >= to {
				continue
			}
			if err := take(file, from, to); err != nil {
				return nil, err
			}
		}
		first += rows
	}
	shuffle(random, vectors, dim)
	return slices.Clip(vectors), nil
}

// shuffle puts the vectors into random order, so that any part of them is a sample.
func shuffle(random *rand.Rand, vectors []float32, dim int) {
	swap := make([]float32, dim)
	random.Shuffle(len(vectors)/dim, func(i, j int) {
		a, b := vectors[i*dim:(i+1)*dim], vectors[j*dim:(j+1)*dim]
		copy(swap, a)
		copy(a, b)
		copy(b, swap)
	})
}

var errShort = errors.New("vector index: a file has fewer rows than it says")
