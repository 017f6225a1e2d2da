package udf

import (
	"math/big"
	"math/bits"

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

// decimalKernel evaluates a kernel over all rows, NULL or not; false if it met a row that it is not made for.
func decimalKernel(call *Call, args []Arg, a, b column[decimal128.Num], kernel func(a, b, out []decimal128.Num) (unfit bool)) (arrow.Array, bool) {
	n := rowsOf(call, args)
	buffer, out := newValues[decimal128.Num](call.Mem, n)
	if chunks(a, b, out, kernel) {
		buffer.Release()
		return nil, false
	}
	return validOf(call, args, n).array(call.Out, buffer), true
}

// atScale is an argument's column where it has a scale, or a constant that can be given it once for all rows.
func atScale(a Arg, scale int32) (column[decimal128.Num], bool) {
	c, from := columnOf[decimal128.Num](a), a.DataType().(*arrow.Decimal128Type).Scale
	switch {
	case from == scale:
		return c, true
	case !a.Const || a.IsNull(0):
		return c, false
	}
	n, ok := rescale(c.values[0], from, scale)
	return column[decimal128.Num]{[]decimal128.Num{n}, 0}, ok
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
	if a, ok := sumKernel(call, args, func(a, b, out []decimal128.Num) bool {
		b, out = b[:len(a)], out[:len(a)]
		for i, x := range a {
			out[i] = x.Add(b[i])
		}
		return false
	}); ok {
		return a, nil
	}
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
	if a, ok := sumKernel(call, args, func(a, b, out []decimal128.Num) bool {
		b, out = b[:len(a)], out[:len(a)]
		for i, x := range a {
			out[i] = x.Sub(b[i])
		}
		return false
	}); ok {
		return a, nil
	}
	return decimalEval(call, args, func(a, b decimal128.Num) (decimal128.Num, bool) {
		a, ok1 := rescale(a, scaleA, scale)
		b, ok2 := rescale(b, scaleB, scale)
		difference := a.Sub(b)
		wrapped := (a.HighBits()^b.HighBits())&(a.HighBits()^difference.HighBits()) < 0
		return difference, ok1 && ok2 && !wrapped
	})
}

// sumKernel evaluates a sum or difference that cannot overflow, because its type has the digit more that it may need, and
// whose arguments have one scale.
func sumKernel(call *Call, args []Arg, kernel func(a, b, out []decimal128.Num) bool) (arrow.Array, bool) {
	out := call.Out.(*arrow.Decimal128Type)
	a, ok1 := atScale(args[0], out.Scale)
	b, ok2 := atScale(args[1], out.Scale)
	if !ok1 || !ok2 || out.Precision == maxPrecision {
		return nil, false
	}
	return decimalKernel(call, args, a, b, kernel)
}

func mulDecimals(call *Call, args []Arg) (arrow.Array, error) {
	scaleA, scaleB, scale := scalesOf(call, args)
	drop := scaleA + scaleB - scale
	if drop == 0 {
		a, b := columnOf[decimal128.Num](args[0]), columnOf[decimal128.Num](args[1])
		if product, ok := decimalKernel(call, args, a, b, mulNarrow); ok {
			return product, nil
		}
	}
	return decimalEval(call, args, func(a, b decimal128.Num) (decimal128.Num, bool) { return mulDecimal(a, b, drop) })
}

// mulNarrow multiplies numbers of 64 bits, whose products have 38 digits at most; true if one has more.
func mulNarrow(a, b, out []decimal128.Num) bool {
	var wide uint64
	b, out = b[:len(a)], out[:len(a)]
	for i, v := range a {
		x, y := int64(v.LowBits()), int64(b[i].LowBits())
		wide |= uint64(v.HighBits()^x>>63) | uint64(b[i].HighBits()^y>>63)
		high, low := bits.Mul64(uint64(x), uint64(y))
		high -= uint64(x>>63)&uint64(y) + uint64(y>>63)&uint64(x)
		out[i] = decimal128.New(int64(high), low)
	}
	return wide != 0
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
