package ann

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf"
)

// A Batch searches for the nearest neighbors of several queries at once, by measuring every row for each of them: rows come
// from memory once for all queries, and from the cache for each. It is used by one goroutine, as Exact is.
type Batch struct {
	searches []*Exact
	rows     int // measured for one query before the next one's turn
}

// cachedBytes is how much of the rows stays in the second-level cache while query after query is measured.
const cachedBytes = 192 << 10

// NewBatch prepares a search for the k first rows of each query. A query that is nil is NULL.
func NewBatch(metric *udf.Metric, queries [][]float32, k int, order Order) *Batch {
	b := &Batch{searches: make([]*Exact, len(queries)), rows: chunk}
	distances := new([chunk]float64)
	for i, q := range queries {
		b.searches[i] = newExact(metric, q, k, order, distances)
		b.rows = min(b.rows, max(cachedBytes/(4*len(q)+1), 16))
	}
	return b
}

// Add measures the rows of a column, each with its address.
func (b *Batch) Add(ctx context.Context, vectors arrow.Array, addresses []int64) error {
	return b.add(ctx, vectors, addresses, true)
}

// AddValid leaves out rows whose vectors are NULL.
func (b *Batch) AddValid(ctx context.Context, vectors arrow.Array, addresses []int64) error {
	return b.add(ctx, vectors, addresses, false)
}

func (b *Batch) add(ctx context.Context, vectors arrow.Array, addresses []int64, nulls bool) error {
	if len(b.searches) == 1 {
		return b.searches[0].add(vectors, 0, addresses, nulls)
	}
	for from := 0; from < len(addresses); from += b.rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		some := addresses[from:min(from+b.rows, len(addresses))]
		for _, e := range b.searches {
			if err := e.add(vectors, from, some, nulls); err != nil {
				return err
			}
		}
	}
	return nil
}

// Merge offers the rows that another batch of the same queries keeps.
func (b *Batch) Merge(other *Batch) {
	for i, e := range b.searches {
		e.Merge(other.searches[i].Nearest)
	}
}

// Nearest is what is kept for a query.
func (b *Batch) Nearest(query int) *Nearest { return b.searches[query].Nearest }

// All is what is kept for each query.
func (b *Batch) All() []*Nearest {
	all := make([]*Nearest, len(b.searches))
	for i, e := range b.searches {
		all[i] = e.Nearest
	}
	return all
}

// AddNull offers a row whose distance from every query is NULL.
func (b *Batch) AddNull(address int64) {
	for _, e := range b.searches {
		e.AddNull(address)
	}
}

// Bytes is the memory held.
func (b *Batch) Bytes() int64 {
	n := int64(0)
	for _, e := range b.searches {
		n += e.Bytes()
	}
	return n
}
