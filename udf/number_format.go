package udf

import (
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

func numberToChar(call *Call, args []Arg) (arrow.Array, error) {
	formats, read := textOf(args[1]), decimalText(args[0])
	var compiled numberFormat
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		if err := compiled.use(formats.str(i)); err != nil {
			return dst, err
		}
		return compiled.append(dst, read(i, compiled.decimals)), nil
	})
}

// decimalText reads numbers as decimal text with so many digits after the point.
func decimalText(a Arg) func(i, decimals int) string {
	switch a.DataType().ID() {
	case arrow.INT64:
		values := columnOf[int64](a)
		return func(i, decimals int) string { return withDecimals(strconv.FormatInt(values.at(i), 10), decimals) }
	case arrow.FLOAT64:
		values := columnOf[float64](a)
		return func(i, decimals int) string { return strconv.FormatFloat(values.at(i), 'f', decimals, 64) }
	}
	values, scale := columnOf[decimal128.Num](a), a.DataType().(*arrow.Decimal128Type).Scale
	return func(i, decimals int) string {
		n, from := values.at(i), scale
		if int32(decimals) < scale {
			n, _ = rescale(n, scale, int32(decimals))
			from = int32(decimals)
		}
		s := string(appendDecimal(nil, n, from))
		if from < int32(decimals) {
			if from == 0 {
				s += "."
			}
			s += strings.Repeat("0", decimals-int(from))
		}
		return s
	}
}

func withDecimals(digits string, decimals int) string {
	if decimals == 0 {
		return digits
	}
	return digits + "." + strings.Repeat("0", decimals)
}

// A numberFormat is a compiled format of to_char. The last one is kept.
type numberFormat struct {
	source    string
	tokens    []numberToken
	whole     int // digits before the point
	decimals  int // and after it
	fixed     int // of those, the ones that FM does not drop
	firstZero int // the first 0 before the point, counted in digits; whole if there is none
	isBare    bool
	hasSign   bool // a sign has its own place
	angles    bool // PR
}

// A numberToken is a place in the format: 9 or 0 a digit, '.' the point, ',' a group, S + - a sign, or text.
type numberToken struct {
	kind byte
	text string
}

func (f *numberFormat) use(source string) error {
	if f.tokens != nil && f.source == source {
		return nil
	}
	*f = numberFormat{source: strings.Clone(source), tokens: []numberToken{}, firstZero: -1}
	isAfterPoint := false
	for s := f.source; s != ""; {
		token, n := numberTokenAt(s)
		s = s[n:]
		switch token.kind {
		case 'F':
			f.isBare = true
			continue
		case 'P':
			f.angles = true
			continue
		case 'E', 'R', 'V':
			return faultf(stateUnsupported, "%q is not supported in formats of numbers", token.text)
		case '.':
			if isAfterPoint {
				return faultf(stateSyntax, "multiple decimal points")
			}
			isAfterPoint = true
		case 'S', '-':
			f.hasSign = true
		case '0', '9':
			if isAfterPoint {
				if f.decimals++; token.kind == '0' {
					f.fixed = f.decimals
				}
				break
			}
			if token.kind == '0' && f.firstZero < 0 {
				f.firstZero = f.whole
			}
			f.whole++
		}
		f.tokens = append(f.tokens, token)
	}
	if f.firstZero < 0 {
		f.firstZero = f.whole
	}
	return nil
}

func numberTokenAt(s string) (token numberToken, length int) {
	for _, word := range []struct {
		name string
		kind byte
	}{{"EEEE", 'E'}, {"FM", 'F'}, {"PR", 'P'}, {"MI", '-'}, {"PL", '+'}, {"SG", 'S'}, {"RN", 'R'}, {"TH", 'R'}, {"S", 'S'}, {"D", '.'}, {"G", ','}, {"V", 'V'}} {
		if len(s) >= len(word.name) && strings.EqualFold(s[:len(word.name)], word.name) {
			return numberToken{word.kind, s[:len(word.name)]}, len(word.name)
		}
	}
	switch s[0] {
	case '0', '9', '.', ',':
		return numberToken{s[0], s[:1]}, 1
	case 'L', 'l':
		return numberToken{'t', "$"}, 1
	case '"':
		if end := strings.IndexByte(s[1:], '"'); end >= 0 {
			return numberToken{'t', s[1 : 1+end]}, end + 2
		}
	}
	return numberToken{'t', s[:1]}, 1
}

// append writes a number, given as decimal text with the format's digits after the point.
func (f *numberFormat) append(dst []byte, number string) []byte {
	unsigned, isNegative := strings.CutPrefix(number, "-")
	if strings.Trim(unsigned, "0.") == "" {
		isNegative = false
	}
	whole, fraction, _ := strings.Cut(unsigned, ".")
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > f.whole || strings.ContainsAny(number, "IN") {
		whole, fraction = strings.Repeat("#", f.whole), strings.Repeat("#", f.decimals)
	}
	if whole == "" && f.decimals == 0 {
		whole = "0"
	}
	body := f.body(whole, fraction, isNegative)
	if !f.hasSign && !f.angles {
		body = signBefore(body, isNegative)
	}
	if f.angles {
		body = inAngles(body, isNegative)
	}
	if f.isBare {
		body = strings.Trim(body, " ")
	}
	return append(dst, body...)
}

// body fills the places of the format.
func (f *numberFormat) body(whole, fraction string, isNegative bool) string {
	var b strings.Builder
	place, after := 0, 0
	pad := f.whole - len(whole)
	isAfterPoint := false
	started := func() bool { return place > pad || place > f.firstZero }
	for _, token := range f.tokens {
		switch token.kind {
		case '0', '9':
			if isAfterPoint {
				f.fractionDigit(&b, fraction, after)
				after++
				continue
			}
			switch {
			case place >= pad:
				b.WriteByte(whole[place-pad])
			case place >= f.firstZero:
				b.WriteByte('0')
			case !f.isBare:
				b.WriteByte(' ')
			}
			place++
		case '.':
			isAfterPoint = true
			if !f.isBare || f.decimals > 0 {
				b.WriteByte('.')
			}
		case ',':
			if started() {
				b.WriteByte(',')
			} else if !f.isBare {
				b.WriteByte(' ')
			}
		case 'S', '-', '+':
			f.sign(&b, token.kind, isNegative)
		default:
			b.WriteString(token.text)
		}
	}
	text := b.String()
	if len(f.tokens) > 0 && f.tokens[0].kind == 'S' && !f.isBare {
		return floatSign(text)
	}
	return text
}

// fractionDigit writes a digit after the point; FM drops zeros at the end where the format has 9.
func (f *numberFormat) fractionDigit(b *strings.Builder, fraction string, at int) {
	if f.isBare && at >= f.fixed && strings.Trim(fraction[at:], "0") == "" {
		return
	}
	b.WriteByte(fraction[at])
}

func (f *numberFormat) sign(b *strings.Builder, kind byte, isNegative bool) {
	switch {
	case isNegative && kind != '+':
		b.WriteByte('-')
	case !isNegative && kind != '-':
		b.WriteByte('+')
	case !f.isBare:
		b.WriteByte(' ')
	}
}

// floatSign moves a leading sign right before the first digit.
func floatSign(s string) string {
	n := 1
	for n < len(s) && s[n] == ' ' {
		n++
	}
	return s[1:n] + s[:1] + s[n:]
}

// signBefore puts a minus, or a space in its place, before the first digit.
func signBefore(s string, isNegative bool) string {
	sign := " "
	if isNegative {
		sign = "-"
	}
	bare := strings.TrimLeft(s, " ")
	return s[:len(s)-len(bare)] + sign + bare
}

func inAngles(s string, isNegative bool) string {
	bare := strings.TrimLeft(s, " ")
	if !isNegative {
		return " " + s + " "
	}
	return s[:len(s)-len(bare)] + "<" + bare + ">"
}

// groupThousands puts commas into digits.
func groupThousands(digits string) string {
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
