package udf

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/google/uuid"
)

// castText reads values from text.
func castText(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	args := []Arg{{Array: a}}
	s, env := textOf(args[0]), call.Env
	switch to := to.(type) {
	case *arrow.BooleanType:
		return mapBool(call, args, func(i int) (bool, error) { return parseBool(s.str(i)) })
	case *arrow.Int16Type:
		return mapFixed(call, args, func(i int) (int16, error) {
			v, err := parseInt(s.str(i), to, 16)
			return int16(v), err
		})
	case *arrow.Int32Type:
		return mapFixed(call, args, func(i int) (int32, error) {
			v, err := parseInt(s.str(i), to, 32)
			return int32(v), err
		})
	case *arrow.Int64Type:
		return mapFixed(call, args, func(i int) (int64, error) { return parseInt(s.str(i), to, 64) })
	case *arrow.Float32Type:
		return mapFixed(call, args, func(i int) (float32, error) {
			v, err := parseFloat(s.str(i), to, 32)
			return float32(v), err
		})
	case *arrow.Float64Type:
		return mapFixed(call, args, func(i int) (float64, error) { return parseFloat(s.str(i), to, 64) })
	case *arrow.Decimal128Type:
		return mapFixed(call, args, func(i int) (decimal128.Num, error) { return parseDecimal(s.str(i), to) })
	case *arrow.BinaryType:
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return appendBytea(dst, s.str(i)) })
	case *arrow.Date32Type:
		return mapFixed(call, args, func(i int) (int32, error) { return parseDate(s.str(i), env) })
	case *arrow.Time64Type:
		return mapFixed(call, args, func(i int) (int64, error) { return parseClock(s.str(i), env) })
	case *arrow.TimestampType:
		if to.TimeZone == "" {
			return mapFixed(call, args, func(i int) (int64, error) { return parseTimestamp(s.str(i), env) })
		}
		return mapFixed(call, args, func(i int) (int64, error) { return parseInstant(s.str(i), env) })
	case *arrow.MonthDayNanoIntervalType:
		return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) { return parseInterval(s.str(i)) })
	case *arrow.FixedSizeListType:
		return textToVector(call, a.(*array.String), to)
	case *arrow.ListType:
		return textToList(call, a.(*array.String), to)
	case *extensions.JSONType:
		return mapJSON(call, args, func(i int) (any, error) { return parseJSON(s.at(i)) })
	}
	return mapUUID(call, args, func(i int) ([16]byte, error) {
		id, err := uuid.Parse(strings.Trim(s.str(i), spaces))
		if err != nil {
			return id, errInvalidText(uuidType, s.str(i))
		}
		return id, nil
	})
}

// appendBytea reads \x followed by hexadecimal digits, or bytes as they are with \\ and \ooo.
func appendBytea(dst []byte, s string) ([]byte, error) {
	if digits, ok := strings.CutPrefix(s, `\x`); ok {
		return appendHex(dst, digits)
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			dst = append(dst, s[i])
		case strings.HasPrefix(s[i:], `\\`):
			dst = append(dst, '\\')
			i++
		case i+3 < len(s) && s[i+1] >= '0' && s[i+1] <= '3' && isOctal(s[i+2]) && isOctal(s[i+3]):
			dst = append(dst, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			return dst, errInvalidText(byteaType, s)
		}
	}
	return dst, nil
}

// appendHex reads hexadecimal digits, between which spaces may stand.
func appendHex(dst []byte, s string) ([]byte, error) {
	dst, err := hex.AppendDecode(dst, []byte(withoutSpaces(s)))
	var bad hex.InvalidByteError
	switch {
	case err == nil:
		return dst, nil
	case errors.As(err, &bad):
		return dst, faultf(stateInvalidParameter, "invalid hexadecimal digit: \"%c\"", byte(bad))
	}
	return dst, faultf(stateInvalidParameter, "invalid hexadecimal data: odd number of digits")
}

func withoutSpaces(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(spaces, r) {
			return -1
		}
		return r
	}, s)
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// mapUUID evaluates f for the rows without NULLs among the arguments.
func mapUUID(call *Call, args []Arg, f func(i int) ([16]byte, error)) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	buffer, out := newValues[uint8](call.Mem, n*16)
	clear(out)
	for i := range n {
		if !valid.at(i) {
			continue
		}
		id, err := f(i)
		if err != nil {
			buffer.Release()
			valid.release()
			return nil, err
		}
		copy(out[i*16:], id[:])
	}
	return valid.array(uuidType, buffer), nil
}
