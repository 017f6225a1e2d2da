package exec

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/ann"
)

// VectorRange yields the rows of a table whose vectors are within a distance of a query, in the order in which they are stored:
// WHERE embedding <=> q < r. As VectorTopK, it finds addresses by an index and then fetches the columns of the rows found. Of
// the rows within the distance it may miss some, as its recall says.
type VectorRange struct {
	VectorTopK
}

func (v *VectorRange) String() string {
	return fmt.Sprintf("vector range by %s", v.describe(v.Query, v.Limit))
}

func (v *VectorRange) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer v.free()
		found, err := v.search(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		for from := 0; from < len(found); from += v.Rows {
			batch, err := v.fetch(ctx, found[from:min(from+v.Rows, len(found))])
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

func (v *VectorRange) search(ctx context.Context) ([]ann.Neighbor, error) {
	found, err := v.VectorTopK.search(ctx)
	if err != nil {
		return nil, err
	}
	const neighborBytes = 24
	if err := v.grow(v, neighborBytes*int64(len(found))); err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b ann.Neighbor) int {
		switch {
		case a.Address < b.Address:
			return -1
		case a.Address > b.Address:
			return 1
		}
		return 0
	})
	return found, nil
}
