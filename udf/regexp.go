package udf

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Regular expressions are RE2's, which run in linear time: no back references, no looking around. Otherwise they mean what
// PostgreSQL's mean: the longest of several matches at a place, . matches line ends, \y \m \M are the edges of words.

var regexpFuncs = []Scalar{
	{
		Name: "regexp_match_operator", Kind: "pattern", Internal: true, Args: []string{"text", "pattern", "flags"},
		Doc:     "Whether a regular expression matches anywhere in a text. NULL if an argument is NULL.",
		Example: "regexp_match_operator('sunset', '^s.*t$') = true",
		Impls:   regexpTests,
	},
	{
		Name: "regexp_like", Kind: "pattern", Args: []string{"text", "pattern", "flags"},
		Doc:     "Whether a regular expression matches anywhere in a text. Flags: i for any case, n for lines (^ and $ match at their ends, . not beyond), x for patterns with spaces and comments. NULL if an argument is NULL.",
		Example: "regexp_like('Sunset', '^sun', 'i') = true",
		Impls:   regexpTests,
	},
	{
		Name: "regexp_count", Kind: "pattern", Args: []string{"text", "pattern", "start", "flags"},
		Doc:     "How many times a regular expression matches in a text, from a place on, counted from 1. NULL if an argument is NULL.",
		Example: "regexp_count('banana', 'an') = 2",
		Impls: []Impl{
			{In: []Type{text, text}, Out: returns(int4Type), Eval: regexpCountEval},
			{In: []Type{text, text, int4}, Out: returns(int4Type), Eval: regexpCountEval},
			{In: []Type{text, text, int4, text}, Out: returns(int4Type), Eval: regexpCountEval},
		},
	},
	{
		Name: "regexp_match", Kind: "pattern", Args: []string{"text", "pattern", "flags"},
		Doc:     "The groups of a regular expression's first match, or all that it matches if it has no groups; NULL if there is no match. NULL if an argument is NULL.",
		Example: "regexp_match('1920x1080', '(\\d+)x(\\d+)') = ARRAY['1920', '1080']",
		Impls: []Impl{
			{In: []Type{text, text}, Out: returns(listOf(textType)), Eval: regexpMatchEval},
			{In: []Type{text, text, text}, Out: returns(listOf(textType)), Eval: regexpMatchEval},
		},
	},
	{
		Name: "regexp_substr", Kind: "pattern", Args: []string{"text", "pattern", "start", "n", "flags", "group"},
		Doc:     "What a regular expression matches first in a text, or its n-th match from a place on, counted in characters from 1; with a group, that part of it. NULL if there is no match. NULL if an argument is NULL.",
		Example: "regexp_substr('image_042.jpg', '[0-9]+') = '042'",
		Impls: []Impl{
			{In: []Type{text, text}, Out: returns(textType), Eval: regexpSubstrEval},
			{In: []Type{text, text, int4}, Out: returns(textType), Eval: regexpSubstrEval},
			{In: []Type{text, text, int4, int4}, Out: returns(textType), Eval: regexpSubstrEval},
			{In: []Type{text, text, int4, int4, text}, Out: returns(textType), Eval: regexpSubstrEval},
			{In: []Type{text, text, int4, int4, text, int4}, Out: returns(textType), Eval: regexpSubstrEval},
		},
	},
	{
		Name: "regexp_replace", Kind: "pattern", Args: []string{"text", "pattern", "replacement", "flags"},
		Doc:     `The text with the first match of a regular expression replaced; with the flag g every match. In the replacement, \1 to \9 stand for the match's groups and \& for all of it. NULL if an argument is NULL.`,
		Example: `regexp_replace('1920x1080', '(\d+)x(\d+)', '\2x\1') = '1080x1920'`,
		Impls: []Impl{
			{In: []Type{text, text, text}, Out: returns(textType), Eval: regexpReplaceEval},
			{In: []Type{text, text, text, text}, Out: returns(textType), Eval: regexpReplaceEval},
		},
	},
	{
		Name: "regexp_split_to_array", Aliases: []string{"string_split_regex"}, Kind: "pattern", Args: []string{"text", "pattern", "flags"},
		Doc:     "The parts of a text between the matches of a regular expression. NULL if an argument is NULL.",
		Example: `regexp_split_to_array('a, b,c', ',\s*') = ARRAY['a', 'b', 'c']`,
		Impls: []Impl{
			{In: []Type{text, text}, Out: returns(listOf(textType)), Eval: regexpSplitEval},
			{In: []Type{text, text, text}, Out: returns(listOf(textType)), Eval: regexpSplitEval},
		},
	},
}

var regexpTests = []Impl{
	{In: []Type{text, text}, Out: returns(boolType), Eval: regexpTestEval},
	{In: []Type{text, text, text}, Out: returns(boolType), Eval: regexpTestEval},
}

// regexps are patterns and, if given, their flags. The last one compiled is kept, so that a constant is compiled once a
// batch.
type regexps struct {
	pattern, flags textColumn
	hasFlags       bool
	allowed        string // flags that the function knows by itself

	source, options string
	compiled        *regexp.Regexp
}

func regexpsOf(args []Arg, flagsAt int, allowed string) regexps {
	r := regexps{pattern: textOf(args[1]), allowed: allowed}
	if flagsAt < len(args) {
		r.flags, r.hasFlags = textOf(args[flagsAt]), true
	}
	return r
}

func (r *regexps) at(i int) (*regexp.Regexp, error) {
	source, options := r.pattern.str(i), r.options
	if r.hasFlags {
		options = r.flags.str(i)
	}
	if r.compiled != nil && r.source == source && r.options == options {
		return r.compiled, nil
	}
	compiled, err := compileRegexp(source, options, r.allowed)
	if err != nil {
		return nil, err
	}
	r.compiled, r.source, r.options = compiled, strings.Clone(source), strings.Clone(options)
	return compiled, nil
}

// compileRegexp translates a pattern of PostgreSQL's.
func compileRegexp(source, options, allowed string) (*regexp.Regexp, error) {
	prefix := "s"
	for _, flag := range options {
		switch {
		case strings.ContainsRune(allowed, flag):
		case flag == 'i':
			prefix += "i"
		case flag == 'n' || flag == 'm':
			prefix = strings.ReplaceAll(prefix, "s", "") + "m"
		case flag == 'c' || flag == 's':
		case flag == 'q':
			source = regexp.QuoteMeta(source)
		case flag == 'x':
			source = withoutComments(source)
		default:
			return nil, faultf(stateInvalidParameter, "invalid regular expression option: %q", string(flag))
		}
	}
	re, err := regexp.Compile("(?" + prefix + ")" + translateRegexp(source))
	var bad *syntax.Error
	if errors.As(err, &bad) {
		return nil, &Error{State: stateInvalidRegexp, Msg: "invalid regular expression: " + bad.Code.String(),
			Hint: "regular expressions are those of RE2, without back references and lookaround"}
	}
	if !hasLazy(source) {
		re.Longest()
	}
	return re, nil
}

// hasLazy reports a quantifier that prefers the shortest match.
func hasLazy(source string) bool {
	for _, lazy := range []string{"*?", "+?", "??", "}?"} {
		if strings.Contains(source, lazy) {
			return true
		}
	}
	return false
}

// withoutComments drops the spaces and comments of an expanded pattern.
func withoutComments(source string) string {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case c == '\\' && i+1 < len(source):
			b.WriteString(source[i : i+2])
			i++
		case !inClass && strings.IndexByte(spaces, c) >= 0:
		case !inClass && c == '#':
			for i+1 < len(source) && source[i+1] != '\n' {
				i++
			}
		default:
			inClass = c == '[' || inClass && c != ']'
			b.WriteByte(c)
		}
	}
	return b.String()
}

func regexpTestEval(call *Call, args []Arg) (arrow.Array, error) {
	s, patterns := textOf(args[0]), regexpsOf(args, 2, "")
	return mapBool(call, args, func(i int) (bool, error) {
		re, err := patterns.at(i)
		if err != nil {
			return false, err
		}
		return re.Match(s.at(i)), nil
	})
}

func regexpCountEval(call *Call, args []Arg) (arrow.Array, error) {
	s, patterns := textOf(args[0]), regexpsOf(args, 3, "")
	return mapFixed(call, args, func(i int) (int32, error) {
		re, err := patterns.at(i)
		if err != nil {
			return 0, err
		}
		rest := s.at(i)
		if len(args) > 2 {
			start := int(columnOf[int32](args[2]).at(i))
			if start < 1 {
				return 0, faultf(stateInvalidParameter, "invalid value for parameter \"start\": %d", start)
			}
			rest = rest[runeOffset(rest, start-1):]
		}
		return int32(len(re.FindAllIndex(rest, -1))), nil
	})
}

func regexpSubstringEval(call *Call, args []Arg) (arrow.Array, error) {
	s, patterns := textOf(args[0]), regexpsOf(args, 2, "")
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		re, err := patterns.at(i)
		if err != nil {
			return dst, err
		}
		match := re.FindSubmatchIndex(s.at(i))
		if len(match) > 2 {
			match = match[2:]
		}
		if match == nil || match[0] < 0 {
			return dst, errNull
		}
		return append(dst, s.at(i)[match[0]:match[1]]...), nil
	})
}

func regexpMatchEval(call *Call, args []Arg) (arrow.Array, error) {
	s, patterns := textOf(args[0]), regexpsOf(args, 2, "")
	return mapTexts(call, args, func(out *array.StringBuilder, i int) error {
		re, err := patterns.at(i)
		if err != nil {
			return err
		}
		match := re.FindSubmatchIndex(s.at(i))
		if match == nil {
			return errNull
		}
		if len(match) > 2 {
			match = match[2:]
		}
		for k := 0; k < len(match); k += 2 {
			if match[k] < 0 {
				out.AppendNull()
			} else {
				out.Append(s.str(i)[match[k]:match[k+1]])
			}
		}
		return nil
	})
}

func regexpSplitEval(call *Call, args []Arg) (arrow.Array, error) {
	s, patterns := textOf(args[0]), regexpsOf(args, 2, "")
	return mapTexts(call, args, func(out *array.StringBuilder, i int) error {
		re, err := patterns.at(i)
		if err != nil {
			return err
		}
		for _, part := range re.Split(s.str(i), -1) {
			out.Append(part)
		}
		return nil
	})
}

func regexpReplaceEval(call *Call, args []Arg) (arrow.Array, error) {
	s, with, patterns := textOf(args[0]), textOf(args[2]), regexpsOf(args, 3, "g")
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		re, err := patterns.at(i)
		if err != nil {
			return dst, err
		}
		most := 1
		if patterns.hasFlags && strings.Contains(patterns.options, "g") {
			most = -1
		}
		source, from := s.at(i), 0
		for _, match := range re.FindAllSubmatchIndex(source, most) {
			dst = append(dst, source[from:match[0]]...)
			dst = appendReplacement(dst, with.at(i), source, match)
			from = match[1]
		}
		return append(dst, source[from:]...), nil
	})
}

// appendReplacement puts a match's groups into the replacement.
func appendReplacement(dst, with, source []byte, match []int) []byte {
	for k := 0; k < len(with); k++ {
		if with[k] != '\\' || k+1 == len(with) {
			dst = append(dst, with[k])
			continue
		}
		k++
		group := -1
		switch c := with[k]; {
		case c == '&':
			group = 0
		case c >= '1' && c <= '9':
			group = int(c - '0')
		case c == '\\':
			dst = append(dst, '\\')
			continue
		default:
			dst = append(dst, '\\', c)
			continue
		}
		if 2*group < len(match) && match[2*group] >= 0 {
			dst = append(dst, source[match[2*group]:match[2*group+1]]...)
		}
	}
	return dst
}
