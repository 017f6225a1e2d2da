package udf

import (
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// The scale of a numeric is part of its type here, so that results take theirs from the arguments' types. Sums are exact.

func sumType(a, b *arrow.Decimal128Type) *arrow.Decimal128Type {
	t := widestNumeric(a, b)
	return numericType(min(t.Precision+1, maxPrecision), t.Scale)
}

// productType keeps all digits as long as that leaves 18 before the point, and never drops digits that a factor has.
func productType(a, b *arrow.Decimal128Type) *arrow.Decimal128Type {
	const whole = 18
	scale := min(a.Scale+b.Scale, max(a.Scale, b.Scale, maxPrecision-whole))
	return numericType(min(a.Precision+b.Precision, maxPrecision), scale)
}

func quotientType(a, b *arrow.Decimal128Type) *arrow.Decimal128Type {
	scale := max(freeScale, a.Scale, b.Scale)
	return numericType(min(a.Precision-a.Scale+b.Scale+scale, maxPrecision), scale)
}

func remainderType(a, b *arrow.Decimal128Type) *arrow.Decimal128Type { return widestNumeric(a, b) }

// decimalEval evaluates f for all rows; false from f, or a result with more digits than the type, is out of range.
func decimalEval(call *Call, args []Arg, f func(a, b decimal128.Num) (decimal128.Num, bool)) (arrow.Array, error) {
	a, b := columnOf[decimal128.Num](args[0]), columnOf[decimal128.Num](args[1])
	precision := call.Out.(*arrow.Decimal128Type).Precision
	return mapFixed(call, args, func(i int) (decimal128.Num, error) {
		n, ok := f(a.at(i), b.at(i))
		if !ok || !fits(n, precision) {
			return n, errNumericOverflow()
		}
		return n, nil
	})
}

func errNumericOverflow() error {
	return &Error{State: stateOutOfRange, Msg: "value overflows numeric format", Hint: "numeric holds 38 digits, those after the point included"}
}

// scalesOf are the scales of the two arguments and of the result.
func scalesOf(call *Call, args []Arg) (a, b, out int32) {
	return args[0].DataType().(*arrow.Decimal128Type).Scale, args[1].DataType().(*arrow.Decimal128Type).Scale, call.Out.(*arrow.Decimal128Type).Scale
}

func addDecimals(call *Call, args []Arg) (arrow.Array, error) {
	scaleA, scaleB, scale := scalesOf(call, args)
	return decimalEval(call, args, func(a, b decimal128.Num) (decimal128.Num, bool) {
		a, ok1 := rescale(a, scaleA, scale)
		b, ok2 := rescale(b, scaleB, scale)
		sum := a.Add(b)
		wrapped := (a.HighBits()^sum.HighBits())&(b.HighBits()^sum.HighBits()) < 0
		return sum, ok1 && ok2 && !wrapped
	})
}

func subDecimals(call *Call, args []Arg) (arrow.Array, error) {
	scaleA, scaleB, scale := scalesOf(call, args)
	return decimalEval(call, args, func(a, b decimal128.Num) (decimal128.Num, bool) {
		a, ok1 := rescale(a, scaleA, scale)
		b, ok2 := rescale(b, scaleB, scale)
		difference := a.Sub(b)
		wrapped := (a.HighBits()^b.HighBits())&(a.HighBits()^difference.HighBits()) < 0
		return difference, ok1 && ok2 && !wrapped
	})
}

func mulDecimals(call *Call, args []Arg) (arrow.Array, error) {
	scaleA, scaleB, scale := scalesOf(call, args)
	drop := scaleA + scaleB - scale
	return decimalEval(call, args, func(a, b decimal128.Num) (decimal128.Num, bool) { return mulDecimal(a, b, drop) })
}

func divDecimals(call *Call, args []Arg) (arrow.Array, error) {
	scaleA, scaleB, scale := scalesOf(call, args)
	a, b := columnOf[decimal128.Num](args[0]), columnOf[decimal128.Num](args[1])
	shift, precision := scale-scaleA+scaleB, call.Out.(*arrow.Decimal128Type).Precision
	return mapFixed(call, args, func(i int) (decimal128.Num, error) {
		divisor := b.at(i)
		if divisor.Sign() == 0 {
			return divisor, errDivisionByZero()
		}
		n, ok := divDecimal(a.at(i), divisor, shift)
		if !ok || !fits(n, precision) {
			return n, errNumericOverflow()
		}
		return n, nil
	})
}

func modDecimals(call *Call, args []Arg) (arrow.Array, error) {
	scaleA, scaleB, scale := scalesOf(call, args)
	a, b := columnOf[decimal128.Num](args[0]), columnOf[decimal128.Num](args[1])
	return mapFixed(call, args, func(i int) (decimal128.Num, error) {
		if b.at(i).Sign() == 0 {
			return decimal128.Num{}, errDivisionByZero()
		}
		x, y := scaledBig(a.at(i), scale-scaleA), scaledBig(b.at(i), scale-scaleB)
		n, ok := fromBig(x.Rem(x, y))
		if !ok {
			return n, errNumericOverflow()
		}
		return n, nil
	})
}

// scaledBig is a number with more zeros at its end.
func scaledBig(n decimal128.Num, zeros int32) *big.Int {
	b := n.BigInt()
	if zeros > 0 {
		b.Mul(b, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(zeros)), nil))
	}
	return b
}

func negateDecimals(call *Call, args []Arg) (arrow.Array, error) {
	a := columnOf[decimal128.Num](args[0])
	return mapFixed(call, args, func(i int) (decimal128.Num, error) { return a.at(i).Negate(), nil })
}
