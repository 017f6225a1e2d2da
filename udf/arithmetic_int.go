package udf

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
)

type integer interface{ int16 | int32 | int64 }

// Sums, differences and products are computed over whole slices without looking at NULLs, and the overflow of all rows is
// gathered in one sign bit. Only where that is set is it asked which row it was and whether that row counts.
var (
	addInt16, addInt32, addInt64 = checked(addInts[int16]), checked(addInts[int32]), checked(addInts[int64])
	subInt16, subInt32, subInt64 = checked(subInts[int16]), checked(subInts[int32]), checked(subInts[int64])
	mulInt16, mulInt32, mulInt64 = checked(mulSmall[int16]), checked(mulSmall[int32]), checked(mulBig)
)

// checked evaluates a kernel that answers with a negative number if any row overflowed.
func checked[T integer](kernel func(a, b, out []T) T) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		n := rowsOf(call, args)
		valid := validOf(call, args, n)
		buffer, out := newValues[T](call.Mem, n)
		a, b := columnOf[T](args[0]), columnOf[T](args[1])
		if chunks(a, b, out, func(a, b, out []T) bool { return kernel(a, b, out) < 0 }) {
			for i := range n {
				if valid.at(i) && kernel([]T{a.at(i)}, []T{b.at(i)}, make([]T, 1)) < 0 {
					buffer.Release()
					valid.release()
					return nil, outOfRange(call.Out)
				}
			}
		}
		return valid.array(call.Out, buffer), nil
	}
}

func addInts[T integer](a, b, out []T) T {
	var over T
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		y := b[i]
		sum := x + y
		over |= (x ^ sum) & (y ^ sum)
		out[i] = sum
	}
	return over
}

func subInts[T integer](a, b, out []T) T {
	var over T
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		y := b[i]
		difference := x - y
		over |= (x ^ y) & (x ^ difference)
		out[i] = difference
	}
	return over
}

func mulSmall[T int16 | int32](a, b, out []T) T {
	var over int64
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		product := int64(x) * int64(b[i])
		out[i] = T(product)
		over |= product ^ int64(T(product))
	}
	return T(-int64(bit(over != 0)))
}

func mulBig(a, b, out []int64) int64 {
	var over uint64
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		y := b[i]
		high, low := bits.Mul64(uint64(x), uint64(y))
		high -= uint64(x>>63)&uint64(y) + uint64(y>>63)&uint64(x) // from unsigned to signed
		over |= high ^ uint64(int64(low)>>63)
		out[i] = int64(low)
	}
	return -int64(bit(over != 0))
}

func divideEval[T integer](call *Call, args []Arg) (arrow.Array, error) {
	a, b := columnOf[T](args[0]), columnOf[T](args[1])
	return mapFixed(call, args, func(i int) (T, error) {
		x, y := a.at(i), b.at(i)
		switch y {
		case 0:
			return 0, errDivisionByZero()
		case -1:
			if x == -x && x != 0 {
				return 0, outOfRange(call.Out)
			}
			return -x, nil
		}
		return x / y, nil
	})
}

func modulusEval[T integer](call *Call, args []Arg) (arrow.Array, error) {
	a, b := columnOf[T](args[0]), columnOf[T](args[1])
	return mapFixed(call, args, func(i int) (T, error) {
		switch y := b.at(i); y {
		case 0:
			return 0, errDivisionByZero()
		case -1:
			return 0, nil
		default:
			return a.at(i) % y, nil
		}
	})
}

func negateInts[T integer](call *Call, args []Arg) (arrow.Array, error) {
	a := columnOf[T](args[0])
	return mapFixed(call, args, func(i int) (T, error) {
		x := a.at(i)
		if x == -x && x != 0 {
			return 0, outOfRange(call.Out)
		}
		return -x, nil
	})
}

func outOfRange(dt arrow.DataType) error {
	return faultf(stateOutOfRange, "%s out of range", TypeName(dt))
}

func errDivisionByZero() error { return faultf(stateDivisionByZero, "division by zero") }
