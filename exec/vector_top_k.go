package exec

import (
	"context"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf"
)

// VectorTopK yields rows [Skip, Skip+Count) of a table in the order of the distance between their vectors and a query. It
// searches by addresses, reading nothing but vectors and what the filter needs, and then fetches the other columns of the
// rows that it found.
type VectorTopK struct {
	vectorSearch
	Query       eval.Expr      // a constant
	Limit       *distanceLimit // that the filter sets; nil for none
	Skip, Count int64
	Ties        bool // go on with the rows that are as far as the last one

	Columns  []int // of the rows found
	Address  bool  // append their addresses
	Distance bool  // append their distances

	schema *arrow.Schema
}

// maxNearest is the most rows that are searched for in this way. Beyond it fetching row by row costs more than reading all.
const maxNearest = 1 << 20

func (v *VectorTopK) Schema() *arrow.Schema { return v.schema }

func (v *VectorTopK) String() string {
	text := limitText("vector top-k", v.Skip, v.Count)
	if v.Ties {
		text += " with ties"
	}
	return fmt.Sprintf("%s by %s", text, v.describe(v.Query, v.Limit))
}

func (v *VectorTopK) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer v.free()
		nearest, err := v.search(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		nearest = nearest[min(v.Skip, int64(len(nearest))):]
		for from := 0; from < len(nearest); from += v.Rows {
			batch, err := v.fetch(ctx, nearest[from:min(from+v.Rows, len(nearest))])
			if err != nil {
				yield(nil, err)
				return
			}
			if !emit(yield, batch) {
				return
			}
		}
	}
}

func (v *VectorTopK) search(ctx context.Context) ([]ann.Neighbor, error) {
	if v.Count == 0 {
		return nil, nil
	}
	query, err := vectorOf(ctx, v.Query)
	if err != nil {
		return nil, err
	}
	queries := []nearQuery{{vector: query}}
	if v.Limit != nil {
		bounds, err := v.Limit.bounds(ctx, eval.Input{Rows: 1})
		if err != nil {
			return nil, err
		}
		queries[0].bound = bounds[0]
	}
	k := int(v.Skip + v.Count)
	ask := k
	if v.Ties {
		ask += fewTies
	}
	for {
		found, err := v.neighbors(ctx, queries, ask)
		switch {
		case err != nil:
			return nil, err
		case !v.Ties || len(found[0]) <= k:
			return found[0], nil
		}
		last := found[0][k-1]
		n := k
		for n < len(found[0]) && equallyFar(found[0][n], last) {
			n++
		}
		if n < len(found[0]) || n < ask {
			return found[0][:n], nil
		}
		ask *= 4
	}
}

// fewTies is how many rows beyond the last one are looked at for ties, at first.
const fewTies = 16

func equallyFar(a, b ann.Neighbor) bool {
	return a.Null == b.Null && (a.Distance == b.Distance || math.IsNaN(a.Distance) && math.IsNaN(b.Distance))
}

// vectorOf is the value of a constant; nil if it is NULL.
func vectorOf(ctx context.Context, e eval.Expr) ([]float32, error) {
	value, err := eval.Value(ctx, e)
	if err != nil {
		return nil, err
	}
	defer value.Release()
	if value.IsNull(0) {
		return nil, nil
	}
	vector, err := udf.VectorAt(value, 0)
	if vector == nil && err == nil {
		vector = []float32{}
	}
	return vector, err
}

// fetch reads the columns of rows found.
func (v *VectorTopK) fetch(ctx context.Context, found []ann.Neighbor) (arrow.RecordBatch, error) {
	b := array.NewInt64Builder(v.Mem)
	defer b.Release()
	b.Reserve(len(found))
	for _, n := range found {
		b.UnsafeAppend(n.Address)
	}
	addresses := b.NewInt64Array()
	defer addresses.Release()
	var columns []arrow.Array
	if len(v.Columns) > 0 {
		rows, err := v.Snapshot.Take(ctx, catalog.Take{Addresses: addresses.Int64Values(), Columns: v.Columns, Mem: v.Mem, Stats: &v.stats})
		if err != nil {
			return nil, err
		}
		defer rows.Release()
		columns = append(columns, rows.Columns()...)
	}
	if v.Address {
		columns = append(columns, addresses)
	}
	if v.Distance {
		distances := distancesOf(v.Mem, len(found), func(i int) ann.Neighbor { return found[i] })
		defer distances.Release()
		columns = append(columns, distances)
	}
	return array.NewRecordBatch(v.schema, columns, int64(len(found))), nil
}
