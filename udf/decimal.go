package udf

import (
	"math/big"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// Numbers of 128 bits, as numerics are stored: a decimal128.Num and the scale in the type. Everything that fits 64 bits,
// which is nearly everything, takes a path without math/big.

// powersOfTen are the powers that fit 64 bits.
var powersOfTen = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// pow10 is a power of ten up to 10^38.
func pow10(n int32) decimal128.Num {
	if n < int32(len(powersOfTen)) {
		return decimal128.FromU64(powersOfTen[n])
	}
	return decimalLimits[n]
}

// decimalLimits are 10^n: what numbers of n digits stay below.
var decimalLimits = func() (limits [maxPrecision + 1]decimal128.Num) {
	ten, n := big.NewInt(10), big.NewInt(1)
	for i := range limits {
		limits[i] = decimal128.FromBigInt(n)
		n.Mul(n, ten)
	}
	return limits
}()

// fits reports whether a number has at most so many digits.
func fits(n decimal128.Num, precision int32) bool {
	high, low := magnitude(n)
	limit := decimalLimits[precision]
	return high < uint64(limit.HighBits()) || high == uint64(limit.HighBits()) && low < limit.LowBits()
}

// magnitude is the absolute value as an unsigned number of 128 bits.
func magnitude(n decimal128.Num) (high, low uint64) {
	high, low = uint64(n.HighBits()), n.LowBits()
	if n.HighBits() < 0 {
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	return high, low
}

// signed is the number of a magnitude and a sign; false if it does not fit.
func signed(high, low uint64, negative bool) (decimal128.Num, bool) {
	if high>>63 != 0 {
		return decimal128.Num{}, false
	}
	n := decimal128.New(int64(high), low)
	if negative {
		n = n.Negate()
	}
	return n, true
}

func isNegative(n decimal128.Num) bool { return n.HighBits() < 0 }

// mulDecimal multiplies and rounds the last drop digits away; false if the result does not fit 128 bits.
func mulDecimal(a, b decimal128.Num, drop int32) (decimal128.Num, bool) {
	highA, lowA := magnitude(a)
	highB, lowB := magnitude(b)
	negative := isNegative(a) != isNegative(b)
	if highA|highB != 0 {
		return roundBig(new(big.Int).Mul(a.BigInt(), b.BigInt()), drop)
	}
	high, low := bits.Mul64(lowA, lowB)
	if drop == 0 {
		return signed(high, low, negative)
	}
	high, low = divideMagnitude(high, low, drop)
	return signed(high, low, negative)
}

// divDecimal divides a * 10^shift by b, rounded half away from zero; false if the result does not fit 128 bits.
func divDecimal(a, b decimal128.Num, shift int32) (decimal128.Num, bool) {
	highA, lowA := magnitude(a)
	highB, lowB := magnitude(b)
	negative := isNegative(a) != isNegative(b)
	if highA|highB != 0 || shift >= int32(len(powersOfTen)) {
		return divBig(a, b, shift)
	}
	high, low := bits.Mul64(lowA, powersOfTen[shift])
	quotientHigh, rest := bits.Div64(0, high, lowB)
	quotient, rest := bits.Div64(rest, low, lowB)
	if rest >= lowB-rest {
		var carry uint64
		quotient, carry = bits.Add64(quotient, 1, 0)
		quotientHigh += carry
	}
	return signed(quotientHigh, quotient, negative)
}

func divBig(a, b decimal128.Num, shift int32) (decimal128.Num, bool) {
	dividend, divisor := a.BigInt(), b.BigInt()
	dividend.Mul(dividend, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(shift)), nil))
	return fromBig(divideHalfAway(dividend, divisor))
}

// divideHalfAway divides and rounds half away from zero.
func divideHalfAway(dividend, divisor *big.Int) *big.Int {
	negative := dividend.Sign()*divisor.Sign() < 0
	quotient, rest := new(big.Int).QuoRem(dividend, divisor, new(big.Int))
	if rest.Abs(rest).Lsh(rest, 1).CmpAbs(divisor) >= 0 {
		if negative {
			return quotient.Sub(quotient, big.NewInt(1))
		}
		return quotient.Add(quotient, big.NewInt(1))
	}
	return quotient
}

// roundBig rounds the last drop digits away.
func roundBig(n *big.Int, drop int32) (decimal128.Num, bool) {
	if drop == 0 {
		return fromBig(n)
	}
	return fromBig(divideHalfAway(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(drop)), nil)))
}

func fromBig(n *big.Int) (decimal128.Num, bool) {
	if n.BitLen() > 127 {
		return decimal128.Num{}, false
	}
	return decimal128.FromBigInt(n), true
}

// divideMagnitude divides by 10^drop, rounded half up.
func divideMagnitude(high, low uint64, drop int32) (uint64, uint64) {
	if drop >= int32(len(powersOfTen)) {
		n, _ := roundBig(new(big.Int).SetBits([]big.Word{big.Word(low), big.Word(high)}), drop)
		return magnitude(n)
	}
	divisor := powersOfTen[drop]
	quotientHigh, rest := high/divisor, high%divisor
	quotient, rest := bits.Div64(rest, low, divisor)
	if rest >= divisor-rest {
		var carry uint64
		quotient, carry = bits.Add64(quotient, 1, 0)
		quotientHigh += carry
	}
	return quotientHigh, quotient
}

// rescale changes the scale of a number: more digits are zeros, fewer are rounded half away from zero. False if the result
// does not fit 128 bits.
func rescale(n decimal128.Num, from, to int32) (decimal128.Num, bool) {
	switch {
	case to == from:
		return n, true
	case to > from:
		return mulDecimal(n, pow10(to-from), 0)
	}
	high, low := magnitude(n)
	high, low = divideMagnitude(high, low, from-to)
	return signed(high, low, isNegative(n))
}
