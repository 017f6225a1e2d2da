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
	distances [chunk]float64
}

// chunk is how many rows are measured before they are ranked: their distances stay in the fastest cache.
const chunk = 256

// NewExact prepares a search for the k first rows in the order of their distance to the query, which is the vector in row
// 0 of an array. An element that is NULL is a *udf.Error.
func NewExact(metric *udf.Metric, query arrow.Array, k int, order Order) (*Exact, error) {
	e := &Exact{Nearest: NewNearest(k, order)}
	if query.IsNull(0) {
		return e, nil
	}
	vector, err := udf.VectorAt(query, 0)
	if err != nil {
		return nil, err
	}
	e.measure = metric.From(vector)
	return e, nil
}

// Add measures the rows of a column of type vector(n) or real[], each with its address. It keeps nothing of the column and
// allocates nothing but room for the rows that it keeps. Vectors that are not as long as the query are a *udf.Error.
func (e *Exact) Add(vectors arrow.Array, addresses []int64) error {
	if e.measure == nil {
		for _, address := range addresses {
			e.AddNull(address)
		}
		return nil
	}
	nulls := vectors.NullN() > 0
	for from := 0; from < len(addresses); from += chunk {
		some := addresses[from:min(from+chunk, len(addresses))]
		distances := e.distances[:len(some)]
		if err := e.measure.Within(e.limit(), vectors, from, distances); err != nil {
			return err
		}
		if !nulls {
			e.AddAll(distances, some)
			continue
		}
		for i, address := range some {
			if vectors.IsNull(from + i) {
				e.AddNull(address)
			} else {
				e.Nearest.Add(distances[i], address)
			}
		}
	}
	return nil
}
