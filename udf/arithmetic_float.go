package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

type float interface{ float32 | float64 }

// floatEval evaluates a kernel that reports whether any result may be an overflow or underflow; then suspect says of one
// row whether it is.
func floatEval[T float](call *Call, args []Arg, kernel func(a, b, out []T) bool, verdict func(a, b, result T) error) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	buffer, out := newValues[T](call.Mem, n)
	a, b := columnOf[T](args[0]), columnOf[T](args[1])
	if n > 0 && len(a.values) > 0 && len(b.values) > 0 && floatChunks(a, b, out, kernel) {
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

func floatChunks[T float](a, b column[T], out []T, kernel func(a, b, out []T) bool) bool {
	var constA, constB [256]T
	x, y := constA[:], constB[:]
	if a.step == 0 {
		spread(x, a.values[0])
	}
	if b.step == 0 {
		spread(y, b.values[0])
	}
	suspect := false
	for from := 0; from < len(out); from += len(constA) {
		to := min(from+len(constA), len(out))
		if a.step == 1 {
			x = a.values[from:to]
		}
		if b.step == 1 {
			y = b.values[from:to]
		}
		if kernel(x[:to-from], y[:to-from], out[from:to]) {
			suspect = true
		}
	}
	return suspect
}

func addFloats[T float](call *Call, args []Arg) (arrow.Array, error) {
	return floatEval(call, args, func(a, b, out []T) bool {
		var special T // becomes NaN once a sum is infinite or NaN
		for i, x := range a {
			out[i] = x + b[i]
			special += out[i] - out[i]
		}
		return special != 0
	}, overflowed[T])
}

func subFloats[T float](call *Call, args []Arg) (arrow.Array, error) {
	return floatEval(call, args, func(a, b, out []T) bool {
		var special T
		for i, x := range a {
			out[i] = x - b[i]
			special += out[i] - out[i]
		}
		return special != 0
	}, overflowed[T])
}

func mulFloats[T float](call *Call, args []Arg) (arrow.Array, error) {
	return floatEval(call, args, func(a, b, out []T) bool {
		var special T
		var zero uint64
		for i, x := range a {
			out[i] = x * b[i]
			special += out[i] - out[i]
			zero |= bit(out[i] == 0)
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
		for i, x := range a {
			out[i] = x / b[i]
			special += out[i] - out[i]
			zero |= bit(out[i] == 0)
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
