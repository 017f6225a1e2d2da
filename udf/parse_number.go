package udf

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

func errInvalidText(dt arrow.DataType, s string) error {
	return faultf(stateInvalidText, "invalid input syntax for type %s: %q", plainName(dt), s)
}

func errTextOutOfRange(dt arrow.DataType, s string) error {
	return faultf(stateOutOfRange, "value %q is out of range for type %s", s, plainName(dt))
}

// spaces are what may surround a value.
const spaces = " \t\n\r\v\f"

func parseBool(s string) (bool, error) {
	word := strings.ToLower(strings.Trim(s, spaces))
	switch {
	case word == "":
	case strings.HasPrefix("true", word), strings.HasPrefix("yes", word), word == "on", word == "1":
		return true, nil
	case strings.HasPrefix("false", word), strings.HasPrefix("no", word), strings.HasPrefix("off", word) && len(word) > 1, word == "0":
		return false, nil
	}
	return false, errInvalidText(boolType, s)
}

// parseInt reads a decimal, hexadecimal, octal or binary integer; digits may be parted by underscores.
func parseInt(s string, dt arrow.DataType, size int) (int64, error) {
	digits := strings.Trim(s, spaces)
	// The common case: few decimal digits.
	if v, ok := shortInt(digits); ok && (size == 64 || v>>(size-1) == 0 || v>>(size-1) == -1) {
		return v, nil
	}
	base := 10
	if unsigned := strings.TrimLeft(digits, "+-"); len(unsigned) > 1 && unsigned[0] == '0' && strings.ContainsAny(unsigned[1:2], "xXoObB_") || strings.Contains(digits, "_") {
		base = 0
	}
	v, err := strconv.ParseInt(digits, base, size)
	switch {
	case err == nil:
		return v, nil
	case err.(*strconv.NumError).Err == strconv.ErrRange:
		return 0, errTextOutOfRange(dt, s)
	}
	return 0, errInvalidText(dt, s)
}

func shortInt(s string) (int64, bool) {
	negative := len(s) > 0 && s[0] == '-'
	if negative {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	var v int64
	for i := 0; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		v = v*10 + int64(d)
	}
	if negative {
		v = -v
	}
	return v, true
}

func parseFloat(s string, dt arrow.DataType, size int) (float64, error) {
	digits := strings.Trim(s, spaces)
	if strings.ContainsAny(digits, "xXpP_") {
		return 0, errInvalidText(dt, s)
	}
	v, err := strconv.ParseFloat(digits, size)
	switch {
	case err == nil:
	case err.(*strconv.NumError).Err == strconv.ErrRange:
		return 0, faultf(stateOutOfRange, "%q is out of range for type %s", s, TypeName(dt))
	default:
		return 0, errInvalidText(dt, s)
	}
	if v == 0 && strings.ContainsAny(mantissa(digits), "123456789") {
		return 0, faultf(stateOutOfRange, "%q is out of range for type %s", s, TypeName(dt))
	}
	return v, nil
}

func mantissa(digits string) string {
	if e := strings.IndexAny(digits, "eE"); e >= 0 {
		return digits[:e]
	}
	return digits
}

// parseDecimal reads a number and rounds it half away from zero to the type's scale.
func parseDecimal(s string, dt *arrow.Decimal128Type) (decimal128.Num, error) {
	digits := strings.Trim(s, spaces)
	unscaled, scale, ok := scanDecimal(digits)
	if !ok {
		switch strings.ToLower(strings.TrimLeft(digits, "+-")) {
		case "nan", "inf", "infinity":
			return decimal128.Num{}, &Error{State: stateUnsupported, Msg: "numeric cannot hold " + digits, Hint: "double precision can"}
		}
		return decimal128.Num{}, errInvalidText(dt, s)
	}
	n, ok := scaleBig(unscaled, scale, dt.Scale)
	if !ok || !fits(n, dt.Precision) {
		return n, errFieldOverflow(dt)
	}
	return n, nil
}

// scanDecimal splits a number into its digits and the power of ten to divide them by.
func scanDecimal(s string) (unscaled *big.Int, scale int64, ok bool) {
	number := s
	if e := strings.IndexAny(s, "eE"); e >= 0 {
		exponent, err := strconv.ParseInt(s[e+1:], 10, 32)
		if err != nil {
			return nil, 0, false
		}
		number, scale = s[:e], -exponent
	}
	whole, fraction, _ := strings.Cut(number, ".")
	if strings.Contains(fraction, ".") {
		return nil, 0, false
	}
	digits := whole + fraction
	bare := strings.TrimLeft(digits, "+-")
	if len(digits)-len(bare) > 1 || bare == "" || strings.Trim(bare, "0123456789") != "" || strings.ContainsAny(fraction, "+-") {
		return nil, 0, false
	}
	scale += int64(len(fraction))
	if v, short := shortInt(strings.TrimPrefix(digits, "+")); short {
		return big.NewInt(v), scale, true
	}
	unscaled, ok = new(big.Int).SetString(digits, 10)
	return unscaled, scale, ok
}

// scaleBig moves digits from one scale to another, rounding half away from zero; false if the result is too large.
func scaleBig(unscaled *big.Int, from int64, to int32) (decimal128.Num, bool) {
	shift := int64(to) - from
	switch {
	case unscaled.Sign() == 0 || shift == 0:
		return fromBig(unscaled)
	case shift > maxPrecision:
		return decimal128.Num{}, false
	case shift > 0:
		power := decimalLimits[shift].BigInt()
		return fromBig(power.Mul(power, unscaled))
	case -shift > int64(len(unscaled.Text(10)))+1:
		return decimal128.Num{}, true
	}
	return roundBig(unscaled, int32(-shift))
}

func errFieldOverflow(dt *arrow.Decimal128Type) error {
	return &Error{State: stateOutOfRange, Msg: "numeric field overflow",
		Hint: "a value of " + TypeName(dt) + " has at most " + strconv.Itoa(int(dt.Precision-dt.Scale)) + " digits before the point"}
}

// decimalFromFloat rounds to the digits that a number of this size can be trusted with, then to the type's scale, so
// that 0.1 becomes 0.1.
func decimalFromFloat(v float64, digits int, dt *arrow.Decimal128Type) (decimal128.Num, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return decimal128.Num{}, faultf(stateOutOfRange, "cannot convert %s to numeric", appendFloat(nil, v, 64))
	}
	return parseDecimal(strconv.FormatFloat(v, 'e', digits-1, 64), dt)
}

// decimalToFloat is the nearest floating-point number.
func decimalToFloat(n decimal128.Num, scale int32) float64 {
	high, low := magnitude(n)
	if high == 0 && low < 1<<53 && scale <= 22 {
		v := float64(low) / float64Powers[scale] // both exact, so the quotient is the nearest number
		if isNegative(n) {
			return -v
		}
		return v
	}
	v, _ := strconv.ParseFloat(string(appendDecimal(nil, n, scale)), 64)
	return v
}

// float64Powers are the powers of ten that floating point holds exactly.
var float64Powers = func() (p [23]float64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()
