package udf

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var similarFuncs = []Scalar{
	{
		Name: "similar_to", Kind: "pattern", Internal: true, Args: []string{"text", "pattern", "escape"},
		Doc:     "Whether all of a text matches a pattern, as text SIMILAR TO pattern ESCAPE escape writes it: % and _ as in LIKE, and | * + ? { } ( ) [ ] as in regular expressions. NULL if an argument is NULL.",
		Example: "similar_to('sunset', '(sun|moon)%') = true",
		Impls: []Impl{
			{In: []Type{text, text}, Out: returns(boolType), Eval: similarEval},
			{In: []Type{text, text, text}, Out: returns(boolType), Eval: similarEval},
		},
	},
	{
		Name: "regexp_instr", Kind: "pattern", Args: []string{"text", "pattern", "start", "n", "end", "flags", "group"},
		Doc: "The place, counted in characters from 1, where the n-th match of a regular expression from a place on starts, or the place behind it if end is 1; 0 if there is none. " +
			"With a group, of that part of the match. NULL if an argument is NULL.",
		Example: "regexp_instr('number of your street, town zip, FR', '[^,]+', 1, 2) = 23",
		Impls: []Impl{
			{In: []Type{text, text}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4, int4}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4, int4, int4}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4, int4, int4, text}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4, int4, int4, text, int4}, Out: returns(int4Type), Eval: regexpInstrEval},
		},
	},
}

func similarEval(call *Call, args []Arg) (arrow.Array, error) {
	s, patterns := textOf(args[0]), textOf(args[1])
	escape := func(int) string { return `\` }
	if len(args) > 2 {
		escape = textOf(args[2]).str
	}
	var compiled *regexp.Regexp
	var source, by string
	return mapBool(call, args, func(i int) (bool, error) {
		if p, e := patterns.str(i), escape(i); compiled == nil || p != source || e != by {
			expression, err := similarExpression(p, e)
			if err != nil {
				return false, err
			}
			if compiled, err = compileRegexp(expression, "", ""); err != nil {
				return false, err
			}
			source, by = strings.Clone(p), strings.Clone(e)
		}
		return compiled.Match(s.at(i)), nil
	})
}

// similarExpression writes a pattern of SIMILAR TO as a regular expression.
func similarExpression(pattern, escape string) (string, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return "", &Error{State: stateInvalidEscape, Msg: "invalid escape string", Hint: "the escape string must be empty or one character"}
	}
	var b strings.Builder
	b.WriteString("^(?:")
	escaped, inClass := false, false
	for _, r := range pattern {
		switch {
		case escaped && inClass && r == '-': // which QuoteMeta leaves alone
			b.WriteString(`\-`)
			escaped = false
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case string(r) == escape:
			escaped = true
		case inClass:
			if r == '\\' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			inClass = r != ']'
		case r == '[':
			b.WriteRune(r)
			inClass = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteByte('.')
		case r == '(':
			b.WriteString("(?:")
		case strings.ContainsRune(`\.^$`, r):
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString(")$")
	return b.String(), nil
}

func regexpInstrEval(call *Call, args []Arg) (arrow.Array, error) {
	s, patterns := textOf(args[0]), regexpsOf(args, 5, "")
	number := func(k int, otherwise int32) func(i int) int {
		if k >= len(args) {
			return func(int) int { return int(otherwise) }
		}
		values := columnOf[int32](args[k])
		return func(i int) int { return int(values.at(i)) }
	}
	starts, counts, ends, groups := number(2, 1), number(3, 1), number(4, 0), number(6, 0)
	return mapFixed(call, args, func(i int) (int32, error) {
		start, n, end, group := starts(i), counts(i), ends(i), groups(i)
		switch {
		case start < 1:
			return 0, faultf(stateInvalidParameter, `invalid value for parameter "start": %d`, start)
		case n < 1:
			return 0, faultf(stateInvalidParameter, `invalid value for parameter "n": %d`, n)
		case end != 0 && end != 1:
			return 0, faultf(stateInvalidParameter, `invalid value for parameter "endoption": %d`, end)
		case group < 0:
			return 0, faultf(stateInvalidParameter, `invalid value for parameter "subexpr": %d`, group)
		}
		re, err := patterns.at(i)
		if err != nil || group > re.NumSubexp() {
			return 0, err
		}
		text := s.at(i)
		from := 0
		for skipped := 1; skipped < start && from < len(text); skipped++ {
			_, size := utf8.DecodeRune(text[from:])
			from += size
		}
		matches := re.FindAllSubmatchIndex(text[from:], n)
		if len(matches) < n || matches[n-1][2*group] < 0 {
			return 0, nil
		}
		return int32(utf8.RuneCount(text[:from+matches[n-1][2*group+end]])) + 1, nil
	})
}
