package udf

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var textFormatFuncs = []Scalar{
	{
		Name: "format", Kind: "text", Args: []string{"format", "value", "..."},
		Doc: "The format with its directives replaced by the values: %s a value as text, %I as a quoted identifier, %L as a quoted literal, %% a percent sign; " +
			"%2$s takes the second value, %10s and %-10s fill up to a width. A NULL is empty, for %L it is the word NULL, for %I an error. NULL if the format is.",
		Example: "format('%s has %s tags', 'sunset.jpg', 3) = 'sunset.jpg has 3 tags'",
		Impls: []Impl{
			{In: []Type{text}, Out: returns(textType), Eval: formatEval},
			{In: []Type{text, anyvalue}, Variadic: true, Out: returns(textType), Nulls: true, Eval: formatEval},
		},
	},
	{
		Name: "quote_ident", Kind: "text", Args: []string{"text"},
		Doc:     "The text as SQL writes a name: in double quotes where it needs them. NULL if it is NULL.",
		Example: `quote_ident('NSFW_score') = '"NSFW_score"'`,
		Impls:   textToText(func(dst, s []byte) []byte { return append(dst, quoteIdent(string(s))...) }),
	},
	{
		Name: "quote_literal", Kind: "text", Args: []string{"value"},
		Doc:     "The value as SQL writes a literal: in single quotes. NULL if it is NULL.",
		Example: "quote_literal('it''s') = '''it''''s'''",
		Impls: []Impl{{In: []Type{anyvalue}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			value := textOfValues(args[0], call.Env)
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				return append(dst, quoteLiteral(string(value(nil, i)))...), nil
			})
		}}},
	},
	{
		Name: "quote_nullable", Kind: "text", Args: []string{"value"},
		Doc:     "The value as SQL writes a literal; the word NULL if it is NULL.",
		Example: "quote_nullable(NULL) = 'NULL'",
		Impls: []Impl{{In: []Type{anyvalue}, Out: returns(textType), Nulls: true, Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			value, n := textOfValues(args[0], call.Env), rowsOf(call, args)
			return mapTextValid(call, allValid(call.Mem, n), func(dst []byte, i int) ([]byte, error) {
				if isNullAt(args[0], i) {
					return append(dst, "NULL"...), nil
				}
				return append(dst, quoteLiteral(string(value(nil, i)))...), nil
			})
		}}},
	},
}

func isNullAt(a Arg, i int) bool { return a.DataType().ID() == arrow.NULL || a.IsNull(a.Row(i)) }

func formatEval(call *Call, args []Arg) (arrow.Array, error) {
	formats := textOf(args[0])
	values := make([]func(dst []byte, i int) []byte, len(args)-1)
	for k := range values {
		values[k] = textOfValues(args[k+1], call.Env)
	}
	n := rowsOf(call, args)
	return mapTextValid(call, validOf(call, args[:1], n), func(dst []byte, i int) ([]byte, error) {
		return appendFormatted(dst, formats.str(i), len(values), func(k int) ([]byte, bool) {
			if isNullAt(args[k+1], i) {
				return nil, false
			}
			return values[k](nil, i), true
		})
	})
}

// appendFormatted replaces the directives of a format; value answers false for NULL.
func appendFormatted(dst []byte, format string, count int, value func(k int) ([]byte, bool)) ([]byte, error) {
	next := 0
	for {
		at := strings.IndexByte(format, '%')
		if at < 0 {
			return append(dst, format...), nil
		}
		dst = append(dst, format[:at]...)
		format = format[at+1:]
		if strings.HasPrefix(format, "%") {
			dst, format = append(dst, '%'), format[1:]
			continue
		}
		d, rest, err := readDirective(format)
		if err != nil {
			return dst, err
		}
		format = rest
		if d.position > 0 {
			next = d.position - 1
		}
		if next >= count {
			return dst, faultf(stateInvalidParameter, "too few arguments for format()")
		}
		text, ok := value(next)
		next++
		if dst, err = d.append(dst, text, ok); err != nil {
			return dst, err
		}
	}
}

// A directive is what follows a percent sign: [position$][-][width]kind.
type directive struct {
	position, width int
	isLeft          bool
	kind            byte
}

func readDirective(s string) (d directive, rest string, err error) {
	if v, tail, ok := number(s); ok && strings.HasPrefix(tail, "$") {
		if v == 0 {
			return d, "", faultf(stateInvalidParameter, "format specifies argument 0, but arguments are numbered from 1")
		}
		d.position, s = v, tail[1:]
	}
	if strings.HasPrefix(s, "-") {
		d.isLeft, s = true, s[1:]
	}
	if v, tail, ok := number(s); ok {
		d.width, s = v, tail
	}
	if s == "" {
		return d, "", &Error{State: stateInvalidParameter, Msg: "unterminated format() type specifier", Hint: `for a single "%" use "%%"`}
	}
	if d.kind = s[0]; d.kind != 's' && d.kind != 'I' && d.kind != 'L' {
		return d, "", &Error{State: stateInvalidParameter, Msg: "unrecognized format() type specifier " + strconv.Quote(string(rune(d.kind))), Hint: `for a single "%" use "%%"`}
	}
	return d, s[1:], checkTextSize(d.width)
}

func (d directive) append(dst, text []byte, ok bool) ([]byte, error) {
	switch {
	case d.kind == 'I' && !ok:
		return dst, faultf(stateNullNotAllowed, "null values cannot be formatted as an SQL identifier")
	case d.kind == 'I':
		text = []byte(quoteIdent(string(text)))
	case d.kind == 'L' && !ok:
		text = []byte("NULL")
	case d.kind == 'L':
		text = []byte(quoteLiteral(string(text)))
	}
	fill := bytes.Repeat([]byte(" "), max(0, d.width-utf8.RuneCount(text)))
	if d.isLeft {
		return append(append(dst, text...), fill...), nil
	}
	return append(append(dst, fill...), text...), nil
}
