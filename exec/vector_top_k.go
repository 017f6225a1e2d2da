package exec

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf"
)

// VectorTopK yields rows [Skip, Skip+Count) of a table in the order of the distance between their vectors and a query. It
// measures every row that passes the scan's filter, reads nothing but vectors and what the filter needs, and then fetches
// the other columns of the rows that it found.
type VectorTopK struct {
	Scan        Operator // the vectors, then the addresses
	Metric      *udf.Metric
	Query       eval.Expr // a constant
	Order       ann.Order
	Skip, Count int64

	Table    catalog.Name
	Snapshot catalog.Snapshot
	Columns  []int // of the rows found
	Address  bool  // append their addresses
	Workers  int
	Rows     int
	Mem      memory.Allocator
	holding

	schema *arrow.Schema
	stats  catalog.ScanStats // of fetching the rows found
}

// maxNearest is the most rows that are searched for in this way. Beyond it fetching row by row costs more than reading all.
const maxNearest = 1 << 20

func (v *VectorTopK) Schema() *arrow.Schema { return v.schema }
func (v *VectorTopK) Inputs() []Operator    { return []Operator{v.Scan} }

func (v *VectorTopK) String() string {
	text := fmt.Sprintf("%s by %s(%s, %s)", limitText("vector top-k", v.Skip, v.Count), v.Metric.Name, v.Scan.Schema().Field(0).Name, v.Query)
	if v.Order.Descending {
		text += " desc"
	}
	return text + " exact"
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
	query, err := eval.Value(ctx, v.Query)
	if err != nil {
		return nil, err
	}
	defer query.Release()
	k := int(v.Skip + v.Count)
	found, err := inShares(ctx, v.Scan, v.Workers, func(ctx context.Context, batches Batches) (*ann.Exact, error) {
		e, err := ann.NewExact(v.Metric, query, k, v.Order)
		if err != nil {
			return nil, err
		}
		for batch, err := range batches {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				before := e.Bytes()
				err = e.Add(batch.Column(0), batch.Column(1).(*array.Int64).Int64Values())
				if err == nil {
					err = v.grow(v, e.Bytes()-before)
				}
			}
			if err != nil {
				return nil, err
			}
		}
		return e, nil
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	for _, other := range found[1:] {
		found[0].Merge(other.Nearest)
	}
	return found[0].Sorted(), nil
}

// fetch reads the columns of rows found.
func (v *VectorTopK) fetch(ctx context.Context, found []ann.Neighbor) (arrow.RecordBatch, error) {
	b := array.NewInt64Builder(v.Mem)
	defer b.Release()
	for _, n := range found {
		b.Append(n.Address)
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
	return array.NewRecordBatch(v.schema, columns, int64(len(found))), nil
}
