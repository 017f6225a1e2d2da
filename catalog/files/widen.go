package files

import (
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// widen turns values of a scalar type into tableType's.
func widen(mem memory.Allocator, values arrow.Array) (arrow.Array, error) {
	to, err := tableType(values.DataType())
	if err != nil {
		return nil, &rowError{row: -1, state: stateUnsupported, msg: err.Error()}
	}
	if arrow.TypeEqual(values.DataType(), to) {
		values.Retain()
		return values, nil
	}
	switch values := values.(type) {
	case *array.Int8:
		return each(mem, values, to, values.Int8Values(), func(v int8) (int32, bool) { return int32(v), true })
	case *array.Uint8:
		return each(mem, values, to, values.Uint8Values(), func(v uint8) (int32, bool) { return int32(v), true })
	case *array.Int16:
		return each(mem, values, to, values.Int16Values(), func(v int16) (int32, bool) { return int32(v), true })
	case *array.Uint16:
		return each(mem, values, to, values.Uint16Values(), func(v uint16) (int32, bool) { return int32(v), true })
	case *array.Uint32:
		return each(mem, values, to, values.Uint32Values(), func(v uint32) (int64, bool) { return int64(v), true })
	case *array.Uint64:
		return each(mem, values, to, values.Uint64Values(), func(v uint64) (decimal128.Num, bool) { return decimal128.FromU64(v), true })
	case *array.Float16:
		return widenHalf(mem, values)
	case *array.Date64:
		return each(mem, values, to, values.Date64Values(), func(v arrow.Date64) (int32, bool) {
			days := floorDiv(int64(v), 86_400_000)
			return int32(days), days == int64(int32(days))
		})
	case *array.Time32:
		micros := toMicros(values.DataType().(*arrow.Time32Type).Unit)
		return each(mem, values, to, values.Time32Values(), func(v arrow.Time32) (int64, bool) { return micros(int64(v)) })
	case *array.Time64:
		micros := toMicros(values.DataType().(*arrow.Time64Type).Unit)
		return each(mem, values, to, values.Time64Values(), func(v arrow.Time64) (int64, bool) { return micros(int64(v)) })
	case *array.Timestamp:
		micros := toMicros(values.DataType().(*arrow.TimestampType).Unit)
		return each(mem, values, to, values.TimestampValues(), func(v arrow.Timestamp) (int64, bool) { return micros(int64(v)) })
	case *array.Duration:
		micros := toMicros(values.DataType().(*arrow.DurationType).Unit)
		return each(mem, values, to, values.DurationValues(), func(v arrow.Duration) (int64, bool) { return micros(int64(v)) })
	case *array.Decimal32:
		return each(mem, values, to, values.Values(), func(v decimal.Decimal32) (decimal128.Num, bool) { return decimal128.FromI64(int64(v)), true })
	case *array.Decimal64:
		return each(mem, values, to, values.Values(), func(v decimal.Decimal64) (decimal128.Num, bool) { return decimal128.FromI64(int64(v)), true })
	case *array.Decimal256:
		return each(mem, values, to, values.Values(), func(v decimal.Decimal256) (decimal128.Num, bool) { return narrowDecimal(v.BigInt()) })
	case array.StringLike:
		return widenText(mem, values)
	case binaryValues:
		return widenBinary(mem, values)
	}
	return nil, &rowError{row: -1, state: stateUnsupported, msg: "tables cannot hold the type " + values.DataType().String()}
}

// each makes an array of to's values out of others. f says whether a value fits.
func each[S any, D arrow.FixedWidthType](mem memory.Allocator, values arrow.Array, to arrow.DataType, from []S, f func(S) (D, bool)) (arrow.Array, error) {
	buffer := memory.NewResizableBuffer(mem)
	defer buffer.Release()
	buffer.Resize(to.(arrow.FixedWidthDataType).Bytes() * len(from))
	into := arrow.GetData[D](buffer.Bytes())
	for i, v := range from {
		var ok bool
		if into[i], ok = f(v); !ok && values.IsValid(i) {
			return nil, fault(i, stateOutOfRange, "%s is out of range for %s", values.ValueStr(i), udf.TypeName(to))
		}
	}
	return newLike(mem, values, to, buffer, nil), nil
}

func widenHalf(mem memory.Allocator, values *array.Float16) (arrow.Array, error) {
	buffer := memory.NewResizableBuffer(mem)
	defer buffer.Release()
	buffer.Resize(4 * values.Len())
	if err := copyFloats(arrow.Float32Traits.CastFromBytes(buffer.Bytes()), values); err != nil {
		return nil, err
	}
	return newLike(mem, values, arrow.PrimitiveTypes.Float32, buffer, nil), nil
}

// toMicros scales a unit to microseconds. Nanoseconds are cut, towards the past; what overflows does not fit.
func toMicros(unit arrow.TimeUnit) func(int64) (int64, bool) {
	switch unit {
	case arrow.Second:
		return times(1_000_000)
	case arrow.Millisecond:
		return times(1_000)
	case arrow.Nanosecond:
		return func(v int64) (int64, bool) { return floorDiv(v, 1_000), true }
	}
	return func(v int64) (int64, bool) { return v, true }
}

func times(by int64) func(int64) (int64, bool) {
	return func(v int64) (int64, bool) { return v * by, v <= math.MaxInt64/by && v >= math.MinInt64/by }
}

func floorDiv(v, by int64) int64 {
	q := v / by
	if v%by < 0 {
		q--
	}
	return q
}

// narrowDecimal is a wide decimal of few digits.
func narrowDecimal(v *big.Int) (decimal128.Num, bool) {
	if v.BitLen() > 126 {
		return decimal128.Num{}, false
	}
	return decimal128.FromBigInt(v), true
}

func widenText(mem memory.Allocator, values array.StringLike) (arrow.Array, error) {
	b := array.NewStringBuilder(mem)
	defer b.Release()
	b.Reserve(values.Len())
	for i := range values.Len() {
		if values.IsNull(i) {
			b.AppendNull()
			continue
		}
		text := values.Value(i)
		if b.DataLen()+len(text) > math.MaxInt32 {
			return nil, fault(i, stateData, "too much text for one batch")
		}
		b.Append(text)
	}
	return b.NewArray(), nil
}

// binaryValues are the arrays of bytes that tables do not have.
type binaryValues interface {
	arrow.Array
	Value(i int) []byte
}

func widenBinary(mem memory.Allocator, values binaryValues) (arrow.Array, error) {
	b := array.NewBinaryBuilder(mem, arrow.BinaryTypes.Binary)
	defer b.Release()
	b.Reserve(values.Len())
	for i := range values.Len() {
		if values.IsNull(i) {
			b.AppendNull()
			continue
		}
		bytes := values.Value(i)
		if b.DataLen()+len(bytes) > math.MaxInt32 {
			return nil, fault(i, stateData, "too many bytes for one batch")
		}
		b.Append(bytes)
	}
	return b.NewArray(), nil
}
