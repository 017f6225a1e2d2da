package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

type float interface{ float32 | float64 }

// floatEval evaluates a kernel that reports whether any result may be an overflow or underflow; then verdict says of one
// row whether it is.
func floatEval[T float](call *Call, args []Arg, kernel func(a, b, out []T) bool, verdict func(a, b, result T) error) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	buffer, out := newValues[T](call.Mem, n)
	a, b := columnOf[T](args[0]), columnOf[T](args[1])
	if chunks(a, b, out, kernel) {
		for i := range n {
			if !valid.at(i) {
				continue
			}
			if err := verdict(a.at(i), b.at(i), out[i]); err != nil {
				buffer.Release()
				valid.release()
				return nil, err
			}
		}
	}
	return valid.array(call.Out, buffer), nil
}

func addFloats[T float](call *Call, args []Arg) (arrow.Array, error) {
	return floatEval(call, args, func(a, b, out []T) bool {
		var special T // becomes NaN once a sum is infinite or NaN
		b, out = b[:len(a)], out[:len(a)]
		for i, x := range a {
			v := x + b[i]
			out[i] = v
			special += v - v
		}
		return special != 0
	}, overflowed[T])
}

func subFloats[T float](call *Call, args []Arg) (arrow.Array, error) {
	return floatEval(call, args, func(a, b, out []T) bool {
		var special T
		b, out = b[:len(a)], out[:len(a)]
		for i, x := range a {
			v := x - b[i]
			out[i] = v
			special += v - v
		}
		return special != 0
	}, overflowed[T])
}

func mulFloats[T float](call *Call, args []Arg) (arrow.Array, error) {
	return floatEval(call, args, func(a, b, out []T) bool {
		var special T
		var zero uint64
		b, out = b[:len(a)], out[:len(a)]
		for i, x := range a {
			v := x * b[i]
			out[i] = v
			special += v - v
			zero |= bit(v == 0)
		}
		return special != 0 || zero != 0
	}, func(a, b, result T) error {
		if result == 0 && a != 0 && b != 0 {
			return errUnderflow()
		}
		return overflowed(a, b, result)
	})
}

func divFloats[T float](call *Call, args []Arg) (arrow.Array, error) {
	return floatEval(call, args, func(a, b, out []T) bool {
		var special T
		var zero uint64
		b, out = b[:len(a)], out[:len(a)]
		for i, x := range a {
			v := x / b[i]
			out[i] = v
			special += v - v
			zero |= bit(v == 0)
		}
		return special != 0 || zero != 0
	}, func(a, b, result T) error {
		switch {
		case b == 0 && a == a:
			return errDivisionByZero()
		case result == 0 && a != 0 && !math.IsInf(float64(b), 0):
			return errUnderflow()
		}
		return overflowed(a, b, result)
	})
}

// overflowed is the error of an infinite result from finite arguments.
func overflowed[T float](a, b, result T) error {
	if math.IsInf(float64(result), 0) && !math.IsInf(float64(a), 0) && !math.IsInf(float64(b), 0) {
		return errOverflow()
	}
	return nil
}

func errOverflow() error  { return faultf(stateOutOfRange, "value out of range: overflow") }
func errUnderflow() error { return faultf(stateOutOfRange, "value out of range: underflow") }

func negateFloats[T float](call *Call, args []Arg) (arrow.Array, error) {
	a := columnOf[T](args[0])
	return mapFixed(call, args, func(i int) (T, error) { return -a.at(i), nil })
}
