package udf

import (
	"math"
	"strconv"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

func castInt[T integer](call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	args := []Arg{{Array: a}}
	from := columnOf[T](args[0])
	switch to := to.(type) {
	case *arrow.BooleanType:
		return mapBool(call, args, func(i int) (bool, error) { return from.values[i] != 0, nil })
	case *arrow.Int16Type:
		return resizeInts[T, int16](call, args)
	case *arrow.Int32Type:
		return resizeInts[T, int32](call, args)
	case *arrow.Int64Type:
		return resizeInts[T, int64](call, args)
	case *arrow.Float32Type:
		return convert[T, float32](call, args), nil
	case *arrow.Float64Type:
		return convert[T, float64](call, args), nil
	case *arrow.Decimal128Type:
		return mapFixed(call, args, func(i int) (decimal128.Num, error) {
			return toScale(decimal128.FromI64(int64(from.values[i])), 0, to)
		})
	}
	return nil, faultf(stateCannotCoerce, "cannot cast type %s to %s", plainName(a.DataType()), plainName(to))
}

// resizeInts makes integers wider, or narrower if they fit.
func resizeInts[T, U integer](call *Call, args []Arg) (arrow.Array, error) {
	if unsafe.Sizeof(T(0)) < unsafe.Sizeof(U(0)) {
		return convert[T, U](call, args), nil
	}
	from := columnOf[T](args[0])
	return mapFixed(call, args, func(i int) (U, error) {
		v := from.values[i]
		if T(U(v)) != v {
			return 0, outOfRange(call.Out)
		}
		return U(v), nil
	})
}

// convert makes numbers of another kind, where all fit, whatever is NULL.
func convert[T, U integer | float](call *Call, args []Arg) arrow.Array {
	from := columnOf[T](args[0]).values
	buffer, out := newValues[U](call.Mem, call.Rows)
	for i, v := range from {
		out[i] = U(v)
	}
	return validOf(call, args, call.Rows).array(call.Out, buffer)
}

func castFloat[T float](call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	args := []Arg{{Array: a}}
	from := columnOf[T](args[0])
	switch to := to.(type) {
	case *arrow.Int16Type:
		return mapFixed(call, args, func(i int) (int16, error) { return roundToInt[int16](float64(from.values[i]), to) })
	case *arrow.Int32Type:
		return mapFixed(call, args, func(i int) (int32, error) { return roundToInt[int32](float64(from.values[i]), to) })
	case *arrow.Int64Type:
		return mapFixed(call, args, func(i int) (int64, error) { return roundToInt[int64](float64(from.values[i]), to) })
	case *arrow.Float64Type:
		return convert[T, float64](call, args), nil
	case *arrow.Float32Type:
		return mapFixed(call, args, func(i int) (float32, error) { return narrowFloat(float64(from.values[i])) })
	case *arrow.Decimal128Type:
		digits := 15
		if a.DataType().ID() == arrow.FLOAT32 {
			digits = 6
		}
		return mapFixed(call, args, func(i int) (decimal128.Num, error) { return decimalFromFloat(float64(from.values[i]), digits, to) })
	}
	return nil, faultf(stateCannotCoerce, "cannot cast type %s to %s", plainName(a.DataType()), plainName(to))
}

// roundToInt rounds half to even, as the machine does and PostgreSQL with it.
func roundToInt[T integer](v float64, dt arrow.DataType) (T, error) {
	v = math.RoundToEven(v)
	limit := math.Ldexp(1, int(unsafe.Sizeof(T(0)))*8-1)
	if !(v >= -limit && v < limit) {
		return 0, outOfRange(dt)
	}
	return T(v), nil
}

func narrowFloat(v float64) (float32, error) {
	f := float32(v)
	switch {
	case math.IsInf(float64(f), 0) && !math.IsInf(v, 0):
		return 0, errOverflow()
	case f == 0 && v != 0:
		return 0, errUnderflow()
	}
	return f, nil
}

func castDecimal(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	args := []Arg{{Array: a}}
	from, scale := columnOf[decimal128.Num](args[0]).values, a.DataType().(*arrow.Decimal128Type).Scale
	switch to := to.(type) {
	case *arrow.Int16Type:
		return mapFixed(call, args, func(i int) (int16, error) { return decimalToInt[int16](from[i], scale, to) })
	case *arrow.Int32Type:
		return mapFixed(call, args, func(i int) (int32, error) { return decimalToInt[int32](from[i], scale, to) })
	case *arrow.Int64Type:
		return mapFixed(call, args, func(i int) (int64, error) { return decimalToInt[int64](from[i], scale, to) })
	case *arrow.Float64Type:
		return mapFixed(call, args, func(i int) (float64, error) { return decimalToFloat(from[i], scale), nil })
	case *arrow.Float32Type:
		return mapFixed(call, args, func(i int) (float32, error) {
			v, _ := strconv.ParseFloat(string(appendDecimal(nil, from[i], scale)), 32)
			return narrowFloat(v)
		})
	case *arrow.Decimal128Type:
		return mapFixed(call, args, func(i int) (decimal128.Num, error) { return toScale(from[i], scale, to) })
	}
	return nil, faultf(stateCannotCoerce, "cannot cast type %s to %s", plainName(a.DataType()), plainName(to))
}

// decimalToInt rounds half away from zero.
func decimalToInt[T integer](n decimal128.Num, scale int32, dt arrow.DataType) (T, error) {
	n, ok := rescale(n, scale, 0)
	v := int64(n.LowBits())
	if !ok || n.HighBits() != v>>63 || int64(T(v)) != v {
		return 0, outOfRange(dt)
	}
	return T(v), nil
}

// toScale gives a number the scale of a type and checks that it has the digits for it.
func toScale(n decimal128.Num, scale int32, to *arrow.Decimal128Type) (decimal128.Num, error) {
	n, ok := rescale(n, scale, to.Scale)
	if !ok || !fits(n, to.Precision) {
		return n, errFieldOverflow(to)
	}
	return n, nil
}
