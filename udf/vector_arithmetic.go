package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// Overloads of the operators +, - and * on vectors, element by element, and of * on a vector and a number, which is
// rounded to real. One argument is of type vector(n), as the result is; the other may be an array. A vector of another
// length is an error 22000, an element beyond the range of real one of 22003.
var (
	vectorAddition       = elementwise(simd.Add)
	vectorSubtraction    = elementwise(simd.Sub)
	vectorMultiplication = append(elementwise(simd.Mul),
		Impl{In: []Type{fixedVector, float8}, Out: returnsArg(0), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			return scaleVectors(call, args, args[0], args[1])
		}},
		Impl{In: []Type{float8, fixedVector}, Out: returnsArg(1), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			return scaleVectors(call, args, args[1], args[0])
		}},
	)
)

func elementwise(op func(dst, a, b []float32)) []Impl {
	eval := func(call *Call, args []Arg) (arrow.Array, error) {
		return makeVectors(call, args, args, func(_ int, dst []float32, x [][]float32) error {
			op(dst, x[0], x[1])
			if isFinite(dst) || !isFinite(x[0]) || !isFinite(x[1]) {
				return nil
			}
			return outOfVectorRange()
		})
	}
	out := func(vector int) func(in []arrow.DataType) (arrow.DataType, error) {
		return func(in []arrow.DataType) (arrow.DataType, error) { return in[vector], sameDimensions(in) }
	}
	return []Impl{
		{In: []Type{fixedVector, vectorOrArray}, Out: out(0), Eval: eval},
		{In: []Type{realArray, fixedVector}, Out: out(1), Eval: eval},
	}
}

func scaleVectors(call *Call, args []Arg, vector, number Arg) (arrow.Array, error) {
	by := columnOf[float64](number)
	return makeVectors(call, args, []Arg{vector}, func(i int, dst []float32, x [][]float32) error {
		factor := float32(by.at(i))
		simd.Scale(dst, x[0], factor)
		if isFinite(dst) || !isFinite(x[0]) || math.IsInf(by.at(i), 0) || factor != factor {
			return nil
		}
		return outOfVectorRange()
	})
}

func outOfVectorRange() error { return faultf(stateOutOfRange, "vector element out of range") }

// isFinite is false if an element is infinite or NaN. Then the norm is too, which seldom is without.
func isFinite(x []float32) bool {
	if norm := simd.Norm2(x); norm-norm == 0 {
		return true
	}
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}

// makeVectors makes a column of type vector(n) of what compute stores for the valid rows.
func makeVectors(call *Call, args, vectors []Arg, compute func(i int, dst []float32, x [][]float32) error) (arrow.Array, error) {
	n := rowsOf(call, args)
	width := int(call.Out.(*arrow.FixedSizeListType).Len())
	valid := validOf(call, args, n)
	buffer, out := newValues[float32](call.Mem, n*width)
	clear(out)
	err := eachVector(vectors, valid, func(i int, x [][]float32) error {
		if len(x[0]) != width {
			return differentDimensions(width, len(x[0]))
		}
		return compute(i, out[i*width:(i+1)*width], x)
	})
	if err != nil {
		buffer.Release()
		valid.release()
		return nil, err
	}
	elements := array.NewData(call.Out.(*arrow.FixedSizeListType).Elem(), n*width, []*memory.Buffer{nil, buffer}, nil, 0, 0)
	buffer.Release()
	return valid.arrayOf(call.Out, []arrow.ArrayData{elements}), nil
}
