package jsonb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxExponent bounds numbers: PostgreSQL's numeric has 131,072 digits before the point and 16,383 behind it.
const maxExponent = 16_383

// maxWritten is how many bytes the numbers of a value may take: without exponents, seven bytes such as 1e16383 are 16 KiB.
const maxWritten = 64 << 20

// ErrZero is the escape \u0000, which text cannot hold (SQLSTATE 22P05).
var ErrZero = errors.New(`unsupported Unicode escape sequence: \u0000 cannot be converted to text`)

// Parse reads JSON. It refuses what PostgreSQL refuses: halves of surrogate pairs, \u0000, text behind the value.
func Parse(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("invalid UTF-8")
	}
	if bytes.Contains(text, []byte(`\u`)) {
		if err := checkEscapes(text); err != nil {
			return nil, err
		}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, errors.New("the input string ended unexpectedly")
		}
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("expected end of input after %d bytes", d.InputOffset())
	}
	room := max(maxWritten, len(text))
	return plainNumbers(v, &room)
}

// checkEscapes looks at the escapes \uXXXX, of which encoding/json would replace the unpaired halves of surrogates.
func checkEscapes(text []byte) error {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		code, ok := escapeAt(text, i)
		switch {
		case !ok:
		case code == 0:
			return ErrZero
		case code >= 0xdc00 && code <= 0xdfff:
			return errors.New("a low surrogate must follow a high surrogate")
		case code >= 0xd800 && code <= 0xdbff:
			low, ok := escapeAt(text, i+6)
			if !ok || i+5 >= len(text) || text[i+5] != '\\' || low < 0xdc00 || low > 0xdfff {
				return errors.New("a high surrogate must be followed by a low surrogate")
			}
			i += 10
		default:
			i += 4
		}
	}
	return nil
}

// escapeAt reads uXXXX.
func escapeAt(text []byte, at int) (code uint64, ok bool) {
	if at+5 > len(text) || text[at] != 'u' {
		return 0, false
	}
	code, err := strconv.ParseUint(string(text[at+1:at+5]), 16, 16)
	return code, err == nil
}

// plainNumbers writes the numbers in a value without exponents, as long as there is room for their bytes.
func plainNumbers(v any, room *int) (any, error) {
	switch v := v.(type) {
	case json.Number:
		plain, err := plainNumber(string(v))
		if *room -= len(plain); *room < 0 {
			return nil, fmt.Errorf("the numbers of the value take more than %d bytes without exponents", maxWritten)
		}
		return plain, err
	case []any:
		for i := range v {
			var err error
			if v[i], err = plainNumbers(v[i], room); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key, item := range v {
			plain, err := plainNumbers(item, room)
			if err != nil {
				return nil, err
			}
			v[key] = plain
		}
	}
	return v, nil
}

// plainNumber writes a number of JSON as numeric would: 1.5e3 is 1500, 1e-3 is 0.001, -0 is 0; digits behind the point stay.
func plainNumber(s string) (json.Number, error) {
	mantissa, exponentText, scientific := strings.Cut(strings.ToLower(s), "e")
	exponent := 0
	if scientific {
		var err error
		if exponent, err = strconv.Atoi(strings.TrimPrefix(exponentText, "+")); err != nil || exponent > maxExponent || exponent < -maxExponent {
			return "", fmt.Errorf("number %s is out of range", s)
		}
	}
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	switch {
	case exponent > 0:
		moved := min(exponent, len(fraction))
		whole, fraction = whole+fraction[:moved]+strings.Repeat("0", exponent-moved), fraction[moved:]
	case exponent < 0:
		padded := strings.Repeat("0", max(-exponent-len(whole), 0)) + whole
		whole, fraction = padded[:len(padded)+exponent], padded[len(padded)+exponent:]+fraction
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	out := whole
	if fraction != "" {
		out += "." + fraction
	}
	if negative && strings.Trim(out, "0.") != "" {
		out = "-" + out
	}
	return json.Number(out), nil
}
