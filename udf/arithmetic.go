package udf

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

var arithmeticFuncs = []Scalar{
	{
		Name: "add", Kind: "arithmetic", Internal: true, Args: []string{"a", "b"},
		Doc:     "The sum. A result that its type cannot hold is an error. Of dates: a number of days or an interval later. NULL if either is NULL.",
		Example: "add(2, 3) = 5",
		Impls: slices.Concat(
			integerImpls(addInt16, addInt32, addInt64),
			floatImpls(addFloats[float32], addFloats[float64]),
			decimalImpls(sumType, addDecimals),
			dateAddition, intervalAddition, vectorAddition,
		),
	},
	{
		Name: "subtract", Kind: "arithmetic", Internal: true, Args: []string{"a", "b"},
		Doc:     "The difference. Of two dates: the days between them; of two timestamps: an interval of days and time. NULL if either is NULL.",
		Example: "subtract(2, 3) = -1",
		Impls: slices.Concat(
			integerImpls(subInt16, subInt32, subInt64),
			floatImpls(subFloats[float32], subFloats[float64]),
			decimalImpls(sumType, subDecimals),
			dateSubtraction, intervalSubtraction, vectorSubtraction,
		),
	},
	{
		Name: "multiply", Kind: "arithmetic", Internal: true, Args: []string{"a", "b"},
		Doc:     "The product. Of numerics, its scale is the sum of the arguments' scales, as long as 18 digits are left before the point; then it is rounded half away from zero. NULL if either is NULL.",
		Example: "multiply(2, 3) = 6",
		Impls: slices.Concat(
			integerImpls(mulInt16, mulInt32, mulInt64),
			floatImpls(mulFloats[float32], mulFloats[float64]),
			decimalImpls(productType, mulDecimals),
			intervalScaling, vectorMultiplication,
		),
	},
	{
		Name: "divide", Kind: "arithmetic", Internal: true, Args: []string{"a", "b"},
		Doc:     "The quotient. Of integers it is truncated towards zero; of numerics it has at least 16 digits after the point. Division by zero is an error. NULL if either is NULL.",
		Example: "divide(7, 2) = 3",
		Impls: slices.Concat(
			integerImpls(divideEval[int16], divideEval[int32], divideEval[int64]),
			floatImpls(divFloats[float32], divFloats[float64]),
			decimalImpls(quotientType, divDecimals),
			[]Impl{{In: []Type{interval, float8}, Out: returns(intervalType), Eval: intervalDivide}},
		),
	},
	{
		Name: "modulus", Aliases: []string{"mod"}, Kind: "arithmetic", Args: []string{"a", "b"},
		Doc:     "The remainder of a division, with the sign of the dividend. Division by zero is an error. NULL if either is NULL.",
		Example: "mod(-7, 3) = -1",
		Impls: slices.Concat(
			integerImpls(modulusEval[int16], modulusEval[int32], modulusEval[int64]),
			decimalImpls(remainderType, modDecimals),
		),
	},
	{
		Name: "negate", Kind: "arithmetic", Internal: true, Args: []string{"a"},
		Doc:     "The number with its sign changed. The smallest integer of a type has no opposite: an error. NULL if it is NULL.",
		Example: "negate(5) = -5",
		Impls: []Impl{
			{In: []Type{int2}, Out: returns(int2Type), Eval: negateInts[int16]},
			{In: []Type{int4}, Out: returns(int4Type), Eval: negateInts[int32]},
			{In: []Type{int8}, Out: returns(int8Type), Eval: negateInts[int64]},
			{In: []Type{float4}, Out: returns(float4Type), Eval: negateFloats[float32]},
			{In: []Type{float8}, Out: returns(float8Type), Eval: negateFloats[float64]},
			{In: []Type{numeric}, Out: returnsArg(0), Eval: negateDecimals},
			{In: []Type{interval}, Out: returns(intervalType), Eval: negateIntervals},
		},
	},
}

// integerImpls are the overloads of an operator on two integers of one type. Mixed ones meet at the wider type.
func integerImpls(e2, e4, e8 Eval) []Impl {
	return []Impl{
		{In: []Type{int2, int2}, Out: returns(int2Type), Eval: e2},
		{In: []Type{int4, int4}, Out: returns(int4Type), Eval: e4},
		{In: []Type{int8, int8}, Out: returns(int8Type), Eval: e8},
	}
}

func floatImpls(e4, e8 Eval) []Impl {
	return []Impl{
		{In: []Type{float4, float4}, Out: returns(float4Type), Eval: e4},
		{In: []Type{float8, float8}, Out: returns(float8Type), Eval: e8},
	}
}

func decimalImpls(out func(a, b *arrow.Decimal128Type) *arrow.Decimal128Type, eval Eval) []Impl {
	return []Impl{{In: []Type{numeric, numeric}, Eval: eval, Out: func(in []arrow.DataType) (arrow.DataType, error) {
		return out(in[0].(*arrow.Decimal128Type), in[1].(*arrow.Decimal128Type)), nil
	}}}
}
