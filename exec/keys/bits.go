package keys

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
)

// appendBits appends a word for each row of a fixed-width column: unsigned numbers whose order is the order of the
// values, and which are equal where the values are. NaN is one value above all others, -0 is 0. What stands for NULL is
// undefined.
func appendBits(to []uint64, a arrow.Array) []uint64 {
	switch a := a.(type) {
	case *array.Boolean:
		for i := range a.Len() {
			var v uint64
			if a.Value(i) {
				v = 1
			}
			to = append(to, v)
		}
		return to
	case *array.Int8:
		return appendSigned(to, a.Int8Values())
	case *array.Int16:
		return appendSigned(to, a.Int16Values())
	case *array.Int32:
		return appendSigned(to, a.Int32Values())
	case *array.Int64:
		return appendSigned(to, a.Int64Values())
	case *array.Uint8:
		return appendUnsigned(to, a.Uint8Values())
	case *array.Uint16:
		return appendUnsigned(to, a.Uint16Values())
	case *array.Uint32:
		return appendUnsigned(to, a.Uint32Values())
	case *array.Uint64:
		return appendUnsigned(to, a.Uint64Values())
	case *array.Date32:
		return appendSigned(to, a.Date32Values())
	case *array.Date64:
		return appendSigned(to, a.Date64Values())
	case *array.Time32:
		return appendSigned(to, a.Time32Values())
	case *array.Time64:
		return appendSigned(to, a.Time64Values())
	case *array.Timestamp:
		return appendSigned(to, a.TimestampValues())
	case *array.Duration:
		return appendSigned(to, a.DurationValues())
	case *array.Float32:
		for _, v := range a.Float32Values() {
			to = append(to, uint64(float32Bits(v)))
		}
		return to
	case *array.Float64:
		for _, v := range a.Float64Values() {
			to = append(to, float64Bits(v))
		}
		return to
	}
	panic("keys: not a column of words: " + a.DataType().String())
}

// appendSigned flips the sign bit, at the type's own width.
func appendSigned[T ~int8 | ~int16 | ~int32 | ~int64](to []uint64, from []T) []uint64 {
	var zero T
	sign := uint64(1) << (8*unsafe.Sizeof(zero) - 1)
	mask := sign<<1 - 1
	for _, v := range from {
		to = append(to, (uint64(v)^sign)&mask)
	}
	return to
}

func appendUnsigned[T ~uint8 | ~uint16 | ~uint32 | ~uint64](to []uint64, from []T) []uint64 {
	for _, v := range from {
		to = append(to, uint64(v))
	}
	return to
}

func float64Bits(v float64) uint64 {
	switch {
	case v != v:
		return math.MaxUint64
	case v == 0:
		v = 0 // of two zeros
	}
	b := math.Float64bits(v)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

func float32Bits(v float32) uint32 {
	switch {
	case v != v:
		return math.MaxUint32
	case v == 0:
		v = 0
	}
	b := math.Float32bits(v)
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

// appendWide appends two words, high and low, for each row of a column of 16 bytes.
func appendWide(to []uint64, a arrow.Array) []uint64 {
	switch a := a.(type) {
	case *array.Decimal128:
		for _, v := range a.Values() {
			to = append(to, uint64(v.HighBits())^1<<63, v.LowBits())
		}
		return to
	case *extensions.UUIDArray:
		storage := a.Storage().(*array.FixedSizeBinary)
		for i := range a.Len() {
			b := storage.Value(i)
			to = append(to, binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]))
		}
		return to
	case *array.MonthDayNanoInterval:
		for _, v := range a.MonthDayNanoIntervalValues() {
			n := interval(v)
			to = append(to, uint64(n.HighBits())^1<<63, n.LowBits())
		}
		return to
	}
	panic("keys: not a column of two words: " + a.DataType().String())
}

// interval is an interval's length in nanoseconds, where a month has 30 days and a day 24 hours, as PostgreSQL
// compares them.
func interval(v arrow.MonthDayNanoInterval) decimal128.Num {
	const day = 24 * 60 * 60 * 1_000_000_000
	days := int64(v.Months)*30 + int64(v.Days)
	return decimal128.FromI64(days).Mul(decimal128.FromI64(day)).Add(decimal128.FromI64(v.Nanoseconds))
}
