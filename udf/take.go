package udf

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// take picks rows of an array in any order; -1 picks NULL.
func take(mem memory.Allocator, a arrow.Array, rows []int) (arrow.Array, error) {
	if a.Len() == 0 || a.DataType().ID() == arrow.NULL {
		return array.MakeArrayOfNull(mem, a.DataType(), len(rows)), nil
	}
	valid := allValid(mem, len(rows))
	buffer, picks := newValues[int64](mem, len(rows))
	for i, row := range rows {
		picks[i] = int64(max(row, 0))
		if row < 0 {
			valid.clear(i)
		}
	}
	indices := valid.array(int8Type, buffer)
	defer indices.Release()
	ctx := compute.WithAllocator(context.Background(), mem)
	return compute.TakeArrayOpts(ctx, a, indices, compute.TakeOptions{BoundsCheck: false})
}

// concatenate puts the arguments' arrays one after the other and says where each starts.
func concatenate(mem memory.Allocator, args []Arg) (all arrow.Array, starts []int, err error) {
	starts, arrays, length := make([]int, len(args)), make([]arrow.Array, len(args)), 0
	for k, a := range args {
		starts[k], arrays[k] = length, a.Array
		length += a.Len()
	}
	all, err = array.Concatenate(arrays, mem)
	return all, starts, err
}
