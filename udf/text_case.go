package udf

import (
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var textCaseFuncs = []Scalar{
	{
		Name: "lower", Kind: "text", Args: []string{"text"},
		Doc:     "The text in lower case, by Unicode's rules for single characters. NULL if it is NULL.",
		Example: "lower('Äpfel') = 'äpfel'",
		Impls:   caseImpls(lowerASCII, appendLower),
	},
	{
		Name: "upper", Kind: "text", Args: []string{"text"},
		Doc:     "The text in upper case, by Unicode's rules for single characters. NULL if it is NULL.",
		Example: "upper('Äpfel') = 'ÄPFEL'",
		Impls:   caseImpls(upperASCII, appendUpper),
	},
	{
		Name: "initcap", Kind: "text", Args: []string{"text"},
		Doc:     "The text with the first letter of every word in upper case and the others in lower case; words are runs of letters and digits. NULL if it is NULL.",
		Example: "initcap('hello wORLD') = 'Hello World'",
		Impls:   textToText(appendInitcap),
	},
}

// textToText is the overload of a function from text to text that appends its result.
func textToText(f func(dst, s []byte) []byte) []Impl {
	return []Impl{{In: []Type{text}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		s := textOf(args[0])
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return f(dst, s.at(i)), nil })
	}}}
}

// caseImpls is the overload of a function that changes letters. A batch of ASCII keeps its offsets and is changed in one go.
func caseImpls(ascii *[256]byte, f func(dst, s []byte) []byte) []Impl {
	slow := textToText(f)[0]
	return []Impl{{In: slow.In, Out: slow.Out, Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		s, n := textOf(args[0]), rowsOf(call, args)
		from, to := s.offsets[0], s.offsets[len(s.offsets)-1]
		if n != len(s.offsets)-1 || !isASCII(s.bytes[from:to]) {
			return slow.Eval(call, args)
		}
		offsetBuffer, offsets := newValues[int32](call.Mem, n+1)
		for i, at := range s.offsets {
			offsets[i] = at - from
		}
		buffer, out := newValues[uint8](call.Mem, int(to-from))
		for i, c := range s.bytes[from:to] {
			out[i] = ascii[c]
		}
		return validOf(call, args, n).array(textType, offsetBuffer, buffer), nil
	}}}
}

func isASCII(s []byte) bool {
	var all byte
	for _, c := range s {
		all |= c
	}
	return all < utf8.RuneSelf
}

// lowerASCII and upperASCII map bytes.
var lowerASCII, upperASCII = func() (lower, upper *[256]byte) {
	lower, upper = new([256]byte), new([256]byte)
	for i := range 256 {
		c := byte(i)
		lower[i], upper[i] = c, c
		if c-'A' < 26 {
			lower[i] = c + 'a' - 'A'
		}
		if c-'a' < 26 {
			upper[i] = c - 'a' + 'A'
		}
	}
	return lower, upper
}()

func appendLower(dst, s []byte) []byte {
	for i, c := range s {
		if c >= utf8.RuneSelf {
			return appendMapped(dst, s[i:], unicode.ToLower)
		}
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendUpper(dst, s []byte) []byte {
	for i, c := range s {
		if c >= utf8.RuneSelf {
			return appendMapped(dst, s[i:], unicode.ToUpper)
		}
		if c-'a' < 26 {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendMapped(dst, s []byte, f func(rune) rune) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[0]) // not UTF-8: left as it is
		} else {
			dst = utf8.AppendRune(dst, f(r))
		}
		s = s[size:]
	}
	return dst
}

func appendInitcap(dst, s []byte) []byte {
	inWord := false
	return appendMapped(dst, s, func(r rune) rune {
		start := !inWord
		inWord = unicode.IsLetter(r) || unicode.IsDigit(r)
		if start {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	})
}
