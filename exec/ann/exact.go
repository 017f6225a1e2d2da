package ann

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf"
)

// Exact searches for a query's nearest neighbors by measuring every row. It is used by one goroutine; workers have one
// each and merge what they found.
type Exact struct {
	*Nearest
	measure   *udf.Measure // nil if the query is NULL
	distances *[chunk]float64
}

// chunk is how many rows are measured before they are ranked: their distances stay in the fastest cache.
const chunk = 256

// NewExact prepares a search for the k first rows in the order of their distance to the query, which is the vector in row
// 0 of an array. An element that is NULL is a *udf.Error.
func NewExact(metric *udf.Metric, query arrow.Array, k int, order Order) (*Exact, error) {
	if query.IsNull(0) {
		return newExact(metric, nil, k, order, nil), nil
	}
	vector, err := udf.VectorAt(query, 0)
	if err != nil {
		return nil, err
	}
	return newExact(metric, vector, k, order, new([chunk]float64)), nil
}

// newExact takes nil for a query that is NULL.
func newExact(metric *udf.Metric, query []float32, k int, order Order, distances *[chunk]float64) *Exact {
	e := &Exact{Nearest: NewNearest(k, order), distances: distances}
	if query != nil {
		e.measure = metric.From(query)
	}
	return e
}

// Add measures the rows of a column of type vector(n) or real[], each with its address. It keeps nothing of the column and
// allocates nothing but room for the rows that it keeps. Vectors that are not as long as the query are a *udf.Error.
func (e *Exact) Add(vectors arrow.Array, addresses []int64) error {
	return e.add(vectors, 0, addresses, true)
}

// add measures the rows of a column from one on. Those without a vector are only kept if nulls is set.
func (e *Exact) add(vectors arrow.Array, from int, addresses []int64, nulls bool) error {
	if e.measure == nil {
		for i, address := range addresses {
			if nulls || vectors.IsValid(from+i) {
				e.AddNull(address)
			}
		}
		return nil
	}
	someNull := vectors.NullN() > 0
	for len(addresses) > 0 {
		n := min(chunk, len(addresses))
		distances := e.distances[:n]
		if err := e.measure.Within(e.limit(), vectors, from, distances); err != nil {
			return err
		}
		if !someNull {
			e.AddAll(distances, addresses[:n])
		} else {
			for i, address := range addresses[:n] {
				switch {
				case vectors.IsValid(from + i):
					e.Nearest.Add(distances[i], address)
				case nulls:
					e.AddNull(address)
				}
			}
		}
		from, addresses = from+n, addresses[n:]
	}
	return nil
}
