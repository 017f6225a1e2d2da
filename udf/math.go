package udf

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

var mathFuncs = []Scalar{
	{
		Name: "abs", Kind: "math", Args: []string{"number"},
		Doc:     "The number without its sign. The smallest integer of a type has no opposite: an error. NULL if it is NULL.",
		Example: "abs(-5) = 5",
		Impls: []Impl{
			{In: []Type{int2}, Out: returns(int2Type), Eval: absInts[int16]},
			{In: []Type{int4}, Out: returns(int4Type), Eval: absInts[int32]},
			{In: []Type{int8}, Out: returns(int8Type), Eval: absInts[int64]},
			{In: []Type{float4}, Out: returns(float4Type), Eval: floatPart[float32](math.Abs)},
			{In: []Type{float8}, Out: returns(float8Type), Eval: floatPart[float64](math.Abs)},
			{In: []Type{numeric}, Out: returnsArg(0), Eval: decimalPart(func(n decimal128.Num, _ int32) (decimal128.Num, bool) { return n.Abs(), true })},
		},
	},
	{
		Name: "sign", Kind: "math", Args: []string{"number"},
		Doc:     "-1, 0 or 1 as the number is negative, zero or positive; 0 for NaN. NULL if it is NULL.",
		Example: "sign(-8.4) = -1",
		Impls: []Impl{
			{In: []Type{float8}, Out: returns(float8Type), Eval: floatPart[float64](signOf)},
			{In: []Type{numeric}, Out: wholeNumeric, Eval: decimalPart(func(n decimal128.Num, _ int32) (decimal128.Num, bool) {
				return decimal128.FromI64(int64(n.Sign())), true
			})},
		},
	},
	{
		Name: "ceil", Aliases: []string{"ceiling"}, Kind: "math", Args: []string{"number"},
		Doc:     "The least whole number not less than the number. NULL if it is NULL.",
		Example: "ceil(-1.5) = -1",
		Impls: []Impl{
			{In: []Type{float8}, Out: returns(float8Type), Eval: floatPart[float64](math.Ceil)},
			{In: []Type{numeric}, Out: wholeNumeric, Eval: decimalPart(func(n decimal128.Num, scale int32) (decimal128.Num, bool) {
				whole, rest := truncateDecimal(n, scale)
				if rest && !isNegative(n) {
					whole = whole.Add(decimal128.FromI64(1))
				}
				return whole, true
			})},
		},
	},
	{
		Name: "floor", Kind: "math", Args: []string{"number"},
		Doc:     "The greatest whole number not greater than the number. NULL if it is NULL.",
		Example: "floor(-1.5) = -2",
		Impls: []Impl{
			{In: []Type{float8}, Out: returns(float8Type), Eval: floatPart[float64](math.Floor)},
			{In: []Type{numeric}, Out: wholeNumeric, Eval: decimalPart(func(n decimal128.Num, scale int32) (decimal128.Num, bool) {
				whole, rest := truncateDecimal(n, scale)
				if rest && isNegative(n) {
					whole = whole.Sub(decimal128.FromI64(1))
				}
				return whole, true
			})},
		},
	},
	{
		Name: "round", Kind: "math", Args: []string{"number", "digits"},
		Doc: "The number rounded to a whole one, or to so many digits after the point; negative digits count before it. Numerics are rounded half away from zero and keep the scale of their type " +
			"where digits are given, double precision is rounded half to even. NULL if an argument is NULL.",
		Example: "round(2.345, 2) = 2.35",
		Impls: []Impl{
			{In: []Type{float8}, Out: returns(float8Type), Eval: floatPart[float64](math.RoundToEven)},
			{In: []Type{numeric}, Out: wholeNumeric, Eval: decimalPart(func(n decimal128.Num, scale int32) (decimal128.Num, bool) { return rescale(n, scale, 0) })},
			{In: []Type{numeric, int4}, Out: roomierNumeric, Eval: decimalDigits(rescale)},
			{In: []Type{float8, int4}, Out: returns(float8Type), Eval: floatDigits(math.RoundToEven)},
		},
	},
	{
		Name: "trunc", Kind: "math", Args: []string{"number", "digits"},
		Doc:     "The number cut off after the point, or after so many digits behind it; negative digits count before it. NULL if an argument is NULL.",
		Example: "trunc(-2.789, 1) = -2.7",
		Impls: []Impl{
			{In: []Type{float8}, Out: returns(float8Type), Eval: floatPart[float64](math.Trunc)},
			{In: []Type{numeric}, Out: wholeNumeric, Eval: decimalPart(func(n decimal128.Num, scale int32) (decimal128.Num, bool) {
				whole, _ := truncateDecimal(n, scale)
				return whole, true
			})},
			{In: []Type{numeric, int4}, Out: returnsArg(0), Eval: decimalDigits(cutDecimal)},
			{In: []Type{float8, int4}, Out: returns(float8Type), Eval: floatDigits(math.Trunc)},
		},
	},
	{
		Name: "div", Kind: "math", Args: []string{"a", "b"},
		Doc:     "The quotient of two numerics without its digits after the point. Division by zero is an error. NULL if either is NULL.",
		Example: "div(9, 4) = 2",
		Impls: []Impl{{In: []Type{numeric, numeric}, Out: func(in []arrow.DataType) (arrow.DataType, error) {
			a, b := in[0].(*arrow.Decimal128Type), in[1].(*arrow.Decimal128Type)
			return numericType(min(max(1, a.Precision-a.Scale+b.Scale), maxPrecision), 0), nil
		}, Eval: wholeDivision}},
	},
	{
		Name: "gcd", Kind: "math", Args: []string{"a", "b"},
		Doc:     "The greatest common divisor, never negative; 0 if both are 0. NULL if either is NULL.",
		Example: "gcd(12, 18) = 6",
		Impls:   integerImpls(intPairsChecked(gcd[int16]), intPairsChecked(gcd[int32]), intPairsChecked(gcd[int64])),
	},
	{
		Name: "lcm", Kind: "math", Args: []string{"a", "b"},
		Doc:     "The least common multiple, never negative; 0 if either is 0. NULL if either is NULL.",
		Example: "lcm(4, 6) = 12",
		Impls:   integerImpls(intPairsChecked(lcm[int16]), intPairsChecked(lcm[int32]), intPairsChecked(lcm[int64])),
	},
	{
		Name: "factorial", Kind: "math", Args: []string{"n"},
		Doc:     "The product of all integers from 1 to n, up to 33. NULL if it is NULL.",
		Example: "factorial(5) = 120",
		Impls:   []Impl{{In: []Type{int8}, Out: returns(numericType(maxPrecision, 0)), Eval: factorialEval}},
	},
	{
		Name: "width_bucket", Kind: "math", Args: []string{"operand", "low", "high", "count"},
		Doc:     "Which of count buckets of one width between low and high the operand falls into, counted from 1; 0 and count + 1 are for what lies outside. NULL if an argument is NULL.",
		Example: "width_bucket(5.35, 0.024, 10.06, 5) = 3",
		Impls:   []Impl{{In: []Type{float8, float8, float8, int4}, Out: returns(int4Type), Eval: widthBucketEval}},
	},
	{
		Name: "isnan", Kind: "math", Args: []string{"number"},
		Doc:     "Whether the number is NaN. NULL if it is NULL.",
		Example: "isnan('NaN') = true",
		Impls:   floatTests(math.IsNaN),
	},
	{
		Name: "isfinite", Kind: "math", Args: []string{"value"},
		Doc:     "Whether a number is neither infinite nor NaN. Dates, timestamps and intervals always are. NULL if it is NULL.",
		Example: "isfinite('Infinity'::float8) = false",
		Impls: slices.Concat(
			floatTests(func(v float64) bool { return v-v == 0 }),
			alwaysTrue(date), alwaysTrue(timestamp), alwaysTrue(timestamptz), alwaysTrue(interval),
		),
	},
	{
		Name: "isinf", Kind: "math", Args: []string{"number"},
		Doc:     "Whether the number is infinite. NULL if it is NULL.",
		Example: "isinf('-Infinity') = true",
		Impls:   floatTests(func(v float64) bool { return math.IsInf(v, 0) }),
	},
}

func absInts[T integer](call *Call, args []Arg) (arrow.Array, error) {
	a := columnOf[T](args[0])
	return mapFixed(call, args, func(i int) (T, error) {
		v := a.at(i)
		if v >= 0 {
			return v, nil
		}
		if v == -v {
			return 0, outOfRange(call.Out)
		}
		return -v, nil
	})
}

// floatPart evaluates a function that cannot fail.
func floatPart[T float](f func(float64) float64) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		a := columnOf[T](args[0])
		return mapFixed(call, args, func(i int) (T, error) { return T(f(float64(a.at(i)))), nil })
	}
}

func signOf(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// wholeNumeric is the type of whole numbers next to those of a numeric type.
func wholeNumeric(in []arrow.DataType) (arrow.DataType, error) {
	t := in[0].(*arrow.Decimal128Type)
	return numericType(min(t.Precision-t.Scale+1, maxPrecision), 0), nil
}

// roomierNumeric has one digit more before the point, for 9.9 rounded to 10.0.
func roomierNumeric(in []arrow.DataType) (arrow.DataType, error) {
	t := in[0].(*arrow.Decimal128Type)
	return numericType(min(t.Precision+1, maxPrecision), t.Scale), nil
}

// decimalPart evaluates a function of a numeric and its scale.
func decimalPart(f func(n decimal128.Num, scale int32) (decimal128.Num, bool)) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		a, scale := columnOf[decimal128.Num](args[0]), args[0].DataType().(*arrow.Decimal128Type).Scale
		precision := call.Out.(*arrow.Decimal128Type).Precision
		return mapFixed(call, args, func(i int) (decimal128.Num, error) {
			n, ok := f(a.at(i), scale)
			if !ok || !fits(n, precision) {
				return n, errNumericOverflow()
			}
			return n, nil
		})
	}
}

// truncateDecimal cuts the digits after the point and reports whether any of them was not 0.
func truncateDecimal(n decimal128.Num, scale int32) (whole decimal128.Num, rest bool) {
	if scale == 0 {
		return n, false
	}
	whole, remainder := n.Div(pow10(scale))
	return whole, remainder.Sign() != 0
}

// cutDecimal changes the scale of a number without rounding.
func cutDecimal(n decimal128.Num, from, to int32) (decimal128.Num, bool) {
	if to >= from {
		return rescale(n, from, to)
	}
	whole, _ := n.Div(pow10(from - to))
	return whole, true
}

// decimalDigits evaluates a function that drops digits; the result keeps the type's scale.
func decimalDigits(drop func(n decimal128.Num, from, to int32) (decimal128.Num, bool)) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		a, digits := columnOf[decimal128.Num](args[0]), columnOf[int32](args[1])
		out := call.Out.(*arrow.Decimal128Type)
		return mapFixed(call, args, func(i int) (decimal128.Num, error) {
			keep := digits.at(i)
			switch {
			case keep >= out.Scale:
				return a.at(i), nil
			case int64(out.Scale)-int64(keep) > maxPrecision:
				return decimal128.Num{}, nil
			}
			n, ok := drop(a.at(i), out.Scale, keep)
			if ok {
				n, ok = mulDecimal(n, pow10(out.Scale-keep), 0)
			}
			if !ok || !fits(n, out.Precision) {
				return n, errNumericOverflow()
			}
			return n, nil
		})
	}
}

// floatDigits evaluates a function that rounds at a digit.
func floatDigits(round func(float64) float64) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		a, digits := columnOf[float64](args[0]), columnOf[int32](args[1])
		return mapFixed(call, args, func(i int) (float64, error) {
			v, power := a.at(i), math.Pow10(int(digits.at(i)))
			rounded := round(v*power) / power
			if rounded-rounded != 0 { // beyond the range of numbers, where there are no digits to drop
				return v, nil
			}
			return rounded, nil
		})
	}
}

func wholeDivision(call *Call, args []Arg) (arrow.Array, error) {
	scaleA, scaleB, _ := scalesOf(call, args)
	a, b := columnOf[decimal128.Num](args[0]), columnOf[decimal128.Num](args[1])
	return mapFixed(call, args, func(i int) (decimal128.Num, error) {
		if b.at(i).Sign() == 0 {
			return decimal128.Num{}, errDivisionByZero()
		}
		scale := max(scaleA, scaleB)
		x, y := scaledBig(a.at(i), scale-scaleA), scaledBig(b.at(i), scale-scaleB)
		n, ok := fromBig(x.Quo(x, y))
		if !ok {
			return n, errNumericOverflow()
		}
		return n, nil
	})
}

// intPairsChecked evaluates a function that answers false where its result does not fit.
func intPairsChecked[T integer](f func(a, b T) (T, bool)) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		a, b := columnOf[T](args[0]), columnOf[T](args[1])
		return mapFixed(call, args, func(i int) (T, error) {
			v, ok := f(a.at(i), b.at(i))
			if !ok {
				return 0, outOfRange(call.Out)
			}
			return v, nil
		})
	}
}

func gcd[T integer](a, b T) (T, bool) {
	for b != 0 {
		if b == -1 {
			return 1, true // a % -1 of the smallest integer would overflow
		}
		a, b = b, a%b
	}
	if a < 0 {
		a = -a
	}
	return a, a >= 0
}

func lcm[T integer](a, b T) (T, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	divisor, ok := gcd(a, b)
	if !ok {
		return 0, false
	}
	reduced := a / divisor
	product := reduced * b
	if product/b != reduced || b == -1 && product == reduced {
		return 0, false
	}
	if product < 0 {
		product = -product
	}
	return product, product >= 0
}

func factorialEval(call *Call, args []Arg) (arrow.Array, error) {
	n := columnOf[int64](args[0])
	return mapFixed(call, args, func(i int) (decimal128.Num, error) {
		const most = 33 // the last whose product has 38 digits
		v := n.at(i)
		switch {
		case v < 0:
			return decimal128.Num{}, faultf(stateOutOfRange, "factorial of a negative number is undefined")
		case v > most:
			return decimal128.Num{}, errNumericOverflow()
		}
		product := decimal128.FromI64(1)
		for k := int64(2); k <= v; k++ {
			product = product.Mul(decimal128.FromI64(k))
		}
		return product, nil
	})
}

func widthBucketEval(call *Call, args []Arg) (arrow.Array, error) {
	operand, low, high, count := columnOf[float64](args[0]), columnOf[float64](args[1]), columnOf[float64](args[2]), columnOf[int32](args[3])
	return mapFixed(call, args, func(i int) (int32, error) {
		v, from, to, n := operand.at(i), low.at(i), high.at(i), count.at(i)
		switch {
		case n <= 0:
			return 0, faultf(stateInvalidWidthBucket, "count must be greater than zero")
		case v != v || from-from != 0 || to-to != 0:
			return 0, faultf(stateInvalidWidthBucket, "operand, lower bound, and upper bound cannot be NaN, and bounds must be finite")
		case from == to:
			return 0, faultf(stateInvalidWidthBucket, "lower bound cannot equal upper bound")
		case from > to:
			v, from, to = -v, -from, -to
		}
		switch {
		case v < from:
			return 0, nil
		case v >= to:
			if n == math.MaxInt32 {
				return 0, outOfRange(call.Out)
			}
			return n + 1, nil
		}
		return min(int32((v-from)/(to-from)*float64(n))+1, n), nil
	})
}

func floatTests(f func(float64) bool) []Impl {
	return []Impl{{In: []Type{float8}, Out: returns(boolType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		a := columnOf[float64](args[0])
		return mapBool(call, args, func(i int) (bool, error) { return f(a.at(i)), nil })
	}}}
}

func alwaysTrue(t Type) []Impl {
	return []Impl{{In: []Type{t}, Out: returns(boolType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return mapBool(call, args, func(int) (bool, error) { return true, nil })
	}}}
}
