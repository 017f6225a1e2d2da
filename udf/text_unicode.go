package udf

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/text/unicode/norm"
)

var textUnicodeFuncs = []Scalar{
	{
		Name: "normalize", Kind: "text", Args: []string{"text", "form"},
		Doc:     "The text in a normal form of Unicode: NFC, if no other is given, NFD, NFKC or NFKD. Of a vector, what l2_normalize makes of it. NULL if an argument is NULL.",
		Example: "length(normalize('e' || chr(769))) = 1",
		Impls: append([]Impl{
			{In: []Type{text}, Out: returns(textType), Eval: normalFormEval},
			{In: []Type{text, text}, Out: returns(textType), Eval: normalFormEval},
		}, l2NormalizeImpls...),
	},
	{
		Name: "is_normalized", Kind: "text", Internal: true, Args: []string{"text", "form"},
		Doc:     "Whether a text is in a normal form of Unicode, as text IS NFC NORMALIZED writes it. NULL if an argument is NULL.",
		Example: "is_normalized('e' || chr(769)) = false",
		Impls: []Impl{
			{In: []Type{text}, Out: returns(boolType), Eval: isNormalizedEval},
			{In: []Type{text, text}, Out: returns(boolType), Eval: isNormalizedEval},
		},
	},
	{
		Name: "unistr", Kind: "text", Args: []string{"text"},
		Doc:     `The text with the escapes \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX replaced by the characters of these hexadecimal codes, and \\ by a backslash. NULL if it is NULL.`,
		Example: `unistr('d\0061t\+000061') = 'data'`,
		Impls: []Impl{{In: []Type{text}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s := textOf(args[0])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return appendUnescaped(dst, s.str(i)) })
		}}},
	},
	{
		Name: "parse_ident", Kind: "text", Args: []string{"name"},
		Doc:     "The parts of a name with dots, those without quotes in lower case. Anything else is an error. NULL if it is NULL.",
		Example: `parse_ident('"Shots".Takes') = ARRAY['Shots', 'takes']`,
		Impls: []Impl{{In: []Type{text}, Out: returns(listOf(textType)), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s := textOf(args[0])
			return mapLists(call, args, func(i int, item func(func(dst []byte) ([]byte, error)) error) error {
				parts, err := nameParts(s.str(i))
				if err != nil {
					return err
				}
				for _, part := range parts {
					if err := item(func(dst []byte) ([]byte, error) { return append(dst, part...), nil }); err != nil {
						return err
					}
				}
				return nil
			})
		}}},
	},
	{
		Name: "pg_size_pretty", Aliases: []string{"format_bytes"}, Kind: "text", Args: []string{"bytes"},
		Doc:     "A number of bytes in bytes, kB, MB, GB, TB or PB of 1024 of the unit before. NULL if it is NULL.",
		Example: "pg_size_pretty(123456789) = '118 MB'",
		Impls: []Impl{{In: []Type{int8}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			sizes := columnOf[int64](args[0])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return appendSize(dst, sizes.at(i)), nil })
		}}},
	},
}

var normalForms = map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}

func normalForm(args []Arg) func(i int) (norm.Form, error) {
	if len(args) == 1 {
		return func(int) (norm.Form, error) { return norm.NFC, nil }
	}
	names := textOf(args[1])
	return func(i int) (norm.Form, error) {
		form, ok := normalForms[strings.ToUpper(names.str(i))]
		if !ok {
			return 0, &Error{State: stateInvalidParameter, Msg: "invalid normalization form: " + names.str(i), Hint: "there are NFC, NFD, NFKC and NFKD"}
		}
		return form, nil
	}
}

func normalFormEval(call *Call, args []Arg) (arrow.Array, error) {
	s, forms := textOf(args[0]), normalForm(args)
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		form, err := forms(i)
		if err != nil {
			return dst, err
		}
		return form.Append(dst, s.at(i)...), nil
	})
}

func isNormalizedEval(call *Call, args []Arg) (arrow.Array, error) {
	s, forms := textOf(args[0]), normalForm(args)
	return mapBool(call, args, func(i int) (bool, error) {
		form, err := forms(i)
		return err == nil && form.IsNormal(s.at(i)), err
	})
}

// appendUnescaped replaces escapes by their characters; two halves of a surrogate pair by one.
func appendUnescaped(dst []byte, s string) ([]byte, error) {
	var high rune
	for s != "" {
		if s[0] != '\\' {
			if high != 0 {
				break
			}
			_, size := utf8.DecodeRuneInString(s)
			dst, s = append(dst, s[:size]...), s[size:]
			continue
		}
		if strings.HasPrefix(s, `\\`) && high == 0 {
			dst, s = append(dst, '\\'), s[2:]
			continue
		}
		code, size, ok := unicodeEscape(s)
		if !ok {
			return dst, &Error{State: stateSyntax, Msg: "invalid Unicode escape", Hint: `Unicode escapes must be \XXXX, \+XXXXXX, \uXXXX, or \UXXXXXXXX`}
		}
		s = s[size:]
		switch {
		case high != 0:
			pair := utf16.DecodeRune(high, code)
			if pair == utf8.RuneError {
				return dst, faultf(stateSyntax, "invalid Unicode surrogate pair")
			}
			dst, high = utf8.AppendRune(dst, pair), 0
		case code >= 0xd800 && code < 0xdc00:
			high = code
		case code == 0 || !utf8.ValidRune(code):
			return dst, faultf(stateSyntax, "invalid Unicode code point: %04X", code)
		default:
			dst = utf8.AppendRune(dst, code)
		}
	}
	if high != 0 {
		return dst, faultf(stateSyntax, "invalid Unicode surrogate pair")
	}
	return dst, nil
}

func unicodeEscape(s string) (code rune, size int, ok bool) {
	start, digits := 1, 4
	switch {
	case len(s) > 1 && s[1] == '+':
		start, digits = 2, 6
	case len(s) > 1 && s[1] == 'u':
		start = 2
	case len(s) > 1 && s[1] == 'U':
		start, digits = 2, 8
	}
	if len(s) < start+digits {
		return 0, 0, false
	}
	v, err := strconv.ParseUint(s[start:start+digits], 16, 31)
	return rune(v), start + digits, err == nil
}

func nameParts(s string) ([]string, error) {
	bad := func() error { return faultf(stateInvalidParameter, "string is not a valid identifier: %q", s) }
	var parts []string
	for rest := strings.Trim(s, spaces); ; {
		var part string
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			var b strings.Builder
			for {
				text, after, closed := strings.Cut(quoted, `"`)
				if !closed {
					return nil, bad()
				}
				b.WriteString(text)
				if quoted, ok = strings.CutPrefix(after, `"`); !ok {
					rest = after
					break
				}
				b.WriteByte('"')
			}
			part = b.String()
		} else {
			end := strings.IndexFunc(rest, func(r rune) bool {
				return !(r == '_' || r == '$' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || r >= 0x80)
			})
			if end < 0 {
				end = len(rest)
			}
			if part = strings.ToLower(rest[:end]); part == "" || part[0] == '$' || part[0] >= '0' && part[0] <= '9' {
				return nil, bad()
			}
			rest = rest[end:]
		}
		if part == "" {
			return nil, bad()
		}
		parts = append(parts, part)
		if rest = strings.TrimLeft(rest, spaces); rest == "" {
			return parts, nil
		}
		var more bool
		if rest, more = strings.CutPrefix(rest, "."); !more {
			return nil, bad()
		}
		rest = strings.TrimLeft(rest, spaces)
	}
}

// appendSize rounds half away from zero, and stays with a unit up to 10 of the next one, as PostgreSQL does.
func appendSize(dst []byte, size int64) []byte {
	units := []string{"bytes", "kB", "MB", "GB", "TB", "PB"}
	unit := 0
	const limit = 10 * 1024
	half := false
	for ; unit < len(units)-1; unit++ {
		most := int64(limit)
		if unit > 0 {
			most = limit*2 - 1 // with a bit for rounding
		}
		if size > -most && size < most {
			break
		}
		if unit == 0 {
			size /= 512 // keeps one bit for rounding
			half = true
		} else {
			size /= 1024
		}
	}
	if half {
		if size > 0 {
			size++
		} else {
			size--
		}
		size /= 2
	}
	return append(append(strconv.AppendInt(dst, size, 10), ' '), units[unit]...)
}
