package udf

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
)

// FormatValue is a value as text, as ::text has it and the shell and CSV show it; NULL is empty.
func FormatValue(a arrow.Array, row int, env *Env) string {
	if a.IsNull(row) {
		return ""
	}
	return string(formatter(a, env)(nil, row))
}

// itemFormatter is formatter for values inside others and in concat, where PostgreSQL writes t and f for booleans.
func itemFormatter(a arrow.Array, env *Env) func(dst []byte, row int) []byte {
	if a, ok := a.(*array.Boolean); ok {
		return func(dst []byte, row int) []byte { return append(dst, "ft"[bit(a.Value(row))]) }
	}
	return formatter(a, env)
}

// formatter appends the text of a row that is not NULL. The formats are PostgreSQL's; vectors look as in pgvector.
func formatter(a arrow.Array, env *Env) func(dst []byte, row int) []byte {
	arg := Arg{Array: a}
	switch a := a.(type) {
	case *array.Boolean:
		return func(dst []byte, row int) []byte { return strconv.AppendBool(dst, a.Value(row)) }
	case *array.Int16:
		return func(dst []byte, row int) []byte { return strconv.AppendInt(dst, int64(a.Value(row)), 10) }
	case *array.Int32:
		return func(dst []byte, row int) []byte { return strconv.AppendInt(dst, int64(a.Value(row)), 10) }
	case *array.Int64:
		return func(dst []byte, row int) []byte { return strconv.AppendInt(dst, a.Value(row), 10) }
	case *array.Float32:
		return func(dst []byte, row int) []byte { return appendFloat(dst, float64(a.Value(row)), 32) }
	case *array.Float64:
		return func(dst []byte, row int) []byte { return appendFloat(dst, a.Value(row), 64) }
	case *array.Decimal128:
		values, scale := columnOf[decimal128.Num](arg).values, a.DataType().(*arrow.Decimal128Type).Scale
		return func(dst []byte, row int) []byte { return appendDecimal(dst, values[row], scale) }
	case *array.String:
		texts := textOf(arg)
		return func(dst []byte, row int) []byte { return append(dst, texts.at(row)...) }
	case *array.Binary:
		return func(dst []byte, row int) []byte { return hex.AppendEncode(append(dst, `\x`...), a.Value(row)) }
	case *array.Date32:
		return func(dst []byte, row int) []byte { return appendDate(dst, int64(a.Value(row))) }
	case *array.Time64:
		return func(dst []byte, row int) []byte { return appendClock(dst, int64(a.Value(row))) }
	case *array.Timestamp:
		if a.DataType().(*arrow.TimestampType).Unit != arrow.Microsecond {
			break
		}
		if a.DataType().(*arrow.TimestampType).TimeZone == "" {
			return func(dst []byte, row int) []byte { return appendTimestamp(dst, int64(a.Value(row))) }
		}
		zone := zoneOf(env)
		return func(dst []byte, row int) []byte { return appendInstant(dst, int64(a.Value(row)), zone) }
	case *array.MonthDayNanoInterval:
		return func(dst []byte, row int) []byte { return appendInterval(dst, a.Value(row)) }
	case *extensions.JSONArray:
		texts := textOf(arg)
		return func(dst []byte, row int) []byte { return append(dst, texts.at(row)...) }
	case *extensions.UUIDArray:
		return func(dst []byte, row int) []byte { return append(dst, a.Value(row).String()...) }
	case *array.List:
		return listFormatter(listsOf(arg), '{', '}', env)
	case *array.FixedSizeList:
		if isVector(a.DataType()) {
			return listFormatter(listsOf(arg), '[', ']', env)
		}
		return listFormatter(listsOf(arg), '{', '}', env)
	case *array.Struct:
		return structFormatter(a, env)
	case *array.Map:
		return mapFormatter(a, env)
	}
	return func(dst []byte, row int) []byte { return append(dst, a.ValueStr(row)...) }
}

// appendFloat spells the shortest digits that read back as the same number, with an exponent where PostgreSQL has one.
func appendFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	most := 1e15
	if bits == 32 {
		most = 1e6
	}
	if abs := math.Abs(v); abs != 0 && (abs < 1e-4 || abs >= most) {
		return strconv.AppendFloat(dst, v, 'e', -1, bits)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, bits)
}

// appendDecimal spells all digits of the scale.
func appendDecimal(dst []byte, n decimal128.Num, scale int32) []byte {
	if isNegative(n) {
		dst = append(dst, '-')
	}
	var scratch [48]byte
	var digits []byte
	if high, low := magnitude(n); high == 0 {
		digits = strconv.AppendUint(scratch[:0], low, 10)
	} else {
		big := n.BigInt()
		digits = big.Abs(big).Append(scratch[:0], 10)
	}
	if scale <= 0 {
		return append(dst, digits...)
	}
	point := len(digits) - int(scale)
	if point <= 0 {
		dst = append(dst, '0', '.')
		for ; point < 0; point++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[:point]...)
	dst = append(dst, '.')
	return append(dst, digits[point:]...)
}

func appendDate(dst []byte, days int64) []byte {
	year, month, day := civil(days)
	dst, bc := appendYear(dst, year)
	dst = appendTwo(append(dst, '-'), month)
	dst = appendTwo(append(dst, '-'), day)
	return append(dst, bc...)
}

// appendYear spells a year with at least four digits and answers the suffix that years before 1 AD have.
func appendYear(dst []byte, year int64) ([]byte, string) {
	bc := ""
	if year <= 0 {
		year, bc = 1-year, " BC"
	}
	for least := int64(1000); least > year && least > 1; least /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, year, 10), bc
}

func appendTwo(dst []byte, v int) []byte { return append(dst, byte('0'+v/10), byte('0'+v%10)) }

// appendClock spells a time of day, with as many digits of the second as it has.
func appendClock(dst []byte, micros int64) []byte {
	dst = appendTwo(dst, int(micros/microsPerHour))
	dst = appendTwo(append(dst, ':'), int(micros/microsPerMinute%60))
	dst = appendTwo(append(dst, ':'), int(micros/microsPerSecond%60))
	return appendFraction(dst, micros%microsPerSecond)
}

// appendFraction spells microseconds as the digits after the point, without zeros at the end.
func appendFraction(dst []byte, micros int64) []byte {
	if micros == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(microsPerSecond / 10); micros > 0; unit /= 10 {
		dst = append(dst, byte('0'+micros/unit))
		micros %= unit
	}
	return dst
}

func appendTimestamp(dst []byte, micros int64) []byte {
	dst, bc := appendLocal(dst, micros)
	return append(dst, bc...)
}

func appendLocal(dst []byte, micros int64) ([]byte, string) {
	year, month, day := civil(floorDiv(micros, microsPerDay))
	dst, bc := appendYear(dst, year)
	dst = appendTwo(append(dst, '-'), month)
	dst = appendTwo(append(dst, '-'), day)
	return appendClock(append(dst, ' '), floorMod(micros, microsPerDay)), bc
}

func appendInstant(dst []byte, micros int64, zone *time.Location) []byte {
	local := localMicros(micros, zone)
	dst, bc := appendLocal(dst, local)
	return append(appendOffset(dst, (local-micros)/microsPerSecond), bc...)
}

// appendOffset spells seconds east of UTC: +02, +05:30.
func appendOffset(dst []byte, seconds int64) []byte {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	dst = appendTwo(append(dst, sign), int(seconds/3600))
	if seconds%3600 != 0 {
		dst = appendTwo(append(dst, ':'), int(seconds/60%60))
	}
	if seconds%60 != 0 {
		dst = appendTwo(append(dst, ':'), int(seconds%60))
	}
	return dst
}

// appendInterval spells an interval in the style "1 year 2 mons 3 days 04:05:06.7".
func appendInterval(dst []byte, v arrow.MonthDayNanoInterval) []byte {
	start := len(dst)
	isNegative := false
	unit := func(n int64, name string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if isNegative && n > 0 {
			dst = append(dst, '+')
		}
		isNegative = n < 0
		dst = strconv.AppendInt(dst, n, 10)
		dst = append(append(dst, ' '), name...)
		if n != 1 {
			dst = append(dst, 's')
		}
	}
	unit(int64(v.Months/12), "year")
	unit(int64(v.Months%12), "mon")
	unit(int64(v.Days), "day")
	micros := v.Nanoseconds / nanosPerMicro
	if micros == 0 && len(dst) > start {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	if micros < 0 {
		dst, micros = append(dst, '-'), -micros
	} else if isNegative {
		dst = append(dst, '+')
	}
	hours := micros / microsPerHour
	if hours < 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, hours, 10)
	dst = appendTwo(append(dst, ':'), int(micros/microsPerMinute%60))
	dst = appendTwo(append(dst, ':'), int(micros/microsPerSecond%60))
	return appendFraction(dst, micros%microsPerSecond)
}
