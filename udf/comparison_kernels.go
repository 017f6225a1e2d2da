package udf

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// fixedWords runs a kernel over 64 rows at a time, whose bits make a word. A constant is spread over 64 values first, so
// that one loop serves columns and constants on either side.
func fixedWords[T any](a, b column[T], n int, out []uint64, kernel func(a, b []T) uint64) {
	if n == 0 || len(a.values) == 0 || len(b.values) == 0 {
		fillWords(out, 0)
		return
	}
	var constA, constB [64]T
	x, y := constA[:], constB[:]
	if a.step == 0 {
		spread(x, a.values[0])
	}
	if b.step == 0 {
		spread(y, b.values[0])
	}
	for w := range out {
		from, to := w*64, min(w*64+64, n)
		if a.step != 0 {
			x = a.values[from:to]
		}
		if b.step != 0 {
			y = b.values[from:to]
		}
		m := min(to-from, len(x), len(y))
		out[w] = kernel(x[:m], y[:m])
	}
}

func equal64[T interface {
	~int16 | ~int32 | ~int64 | decimal128.Num | [16]byte
}](a, b []T) uint64 {
	var word uint64
	b = b[:len(a)]
	for i, v := range a {
		word |= bit(v == b[i]) << (i & 63)
	}
	return word
}

func less64[T ~int16 | ~int32 | ~int64](a, b []T) uint64 {
	var word uint64
	b = b[:len(a)]
	for i, v := range a {
		word |= bit(v < b[i]) << (i & 63)
	}
	return word
}

func equalFloat64[T ~float32 | ~float64](a, b []T) uint64 {
	var word uint64
	b = b[:len(a)]
	for i, v := range a {
		w := b[i]
		word |= (bit(v == w) | bit(v != v)&bit(w != w)) << (i & 63)
	}
	return word
}

func lessFloat64[T ~float32 | ~float64](a, b []T) uint64 {
	var word, nans uint64
	b = b[:len(a)]
	for i, v := range a {
		w := b[i]
		word |= bit(v < w) << (i & 63)
		nans |= bit(w != w)
	}
	if nans == 0 {
		return word
	}
	for i, v := range a {
		word |= bit(v == v) & bit(b[i] != b[i]) << (i & 63)
	}
	return word
}

func lessDecimal64(a, b []decimal128.Num) uint64 {
	var word uint64
	b = b[:len(a)]
	for i, v := range a {
		w := b[i]
		high, same := bit(v.HighBits() < w.HighBits()), bit(v.HighBits() == w.HighBits())
		word |= (high | same&bit(v.LowBits() < w.LowBits())) << (i & 63)
	}
	return word
}

func equalTexts(a, b textColumn, n int, out []uint64) {
	fillWords(out, 0)
	if b.step == 0 {
		a, b = b, a
	}
	if a.step == 0 && b.step != 0 {
		equalConstant(b, a.at(0), out)
		return
	}
	for i := range n {
		out[i>>6] |= bit(bytes.Equal(a.at(i), b.at(i))) << (i & 63)
	}
}

// equalConstant looks at lengths first: most rows differ in them.
func equalConstant(a textColumn, v []byte, out []uint64) {
	from := a.offsets[0]
	for i, to := range a.offsets[1:] {
		if int(to-from) == len(v) {
			out[i>>6] |= bit(string(a.bytes[from:to]) == string(v)) << (i & 63)
		}
		from = to
	}
}

func lessTexts(a, b textColumn, n int, out []uint64) {
	fillWords(out, 0)
	for i := range n {
		out[i>>6] |= bit(bytes.Compare(a.at(i), b.at(i)) < 0) << (i & 63)
	}
}
