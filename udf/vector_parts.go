package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/udf/simd"
)

func dimsEval(call *Call, args []Arg) (arrow.Array, error) {
	column := vectorsOf(args[0].Array)
	return mapFixed(call, args, func(i int) (int32, error) { return int32(column.dims(args[0].Row(i))), nil })
}

func normalizeEval(call *Call, args []Arg) (arrow.Array, error) {
	if isFixedVector(call.Out) {
		return makeVectors(call, args, args, func(_ int, dst []float32, x [][]float32) error {
			normalize(dst, x[0])
			return nil
		})
	}
	return makeArrays(call, args, args[0], func(_ int, dst, x []float32) ([]float32, error) {
		dst = append(dst, x...)
		normalize(dst, x)
		return dst, nil
	})
}

// normalize divides x by its length. The sum of squares of the largest and the smallest numbers is out of float32's range;
// then it is taken in float64.
func normalize(dst, x []float32) {
	sum := float64(simd.Norm2(x))
	if sum < 0x1p-100 || sum > math.MaxFloat32 {
		sum = 0
		for _, v := range x {
			sum += float64(v) * float64(v)
		}
	}
	if sum == 0 {
		copy(dst, x)
		return
	}
	length := math.Sqrt(sum)
	for i, v := range x {
		dst[i] = float32(float64(v) / length)
	}
}

func subvectorEval(call *Call, args []Arg) (arrow.Array, error) {
	starts, counts := columnOf[int32](args[1]), columnOf[int32](args[2])
	return makeArrays(call, args, args[0], func(i int, dst, x []float32) ([]float32, error) {
		from := int64(starts.at(i)) - 1
		to := from + int64(counts.at(i))
		from, to = max(from, 0), min(to, int64(len(x)))
		if from >= to {
			return nil, faultf(stateData, "vector must have at least 1 dimension")
		}
		return append(dst, x[from:to]...), nil
	})
}

// makeArrays makes a column of type real[] of what compute appends for the valid rows.
func makeArrays(call *Call, args []Arg, vector Arg, compute func(i int, dst, x []float32) ([]float32, error)) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	defer valid.release()
	lists := array.NewBuilder(call.Mem, call.Out).(*array.ListBuilder)
	defer lists.Release()
	lists.Reserve(n)
	elements := lists.ValueBuilder().(*array.Float32Builder)
	var scratch []float32
	done := 0
	err := eachVector([]Arg{vector}, valid, func(i int, x [][]float32) (err error) {
		lists.AppendNulls(i - done)
		done = i + 1
		if scratch, err = compute(i, scratch[:0], x[0]); err != nil {
			return err
		}
		lists.Append(true)
		elements.AppendValues(scratch, nil)
		return nil
	})
	if err != nil {
		return nil, err
	}
	lists.AppendNulls(n - done)
	return lists.NewArray(), nil
}
