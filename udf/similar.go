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
