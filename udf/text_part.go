package udf

import (
	"bytes"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var textPartFuncs = []Scalar{
	{
		Name: "substring", Aliases: []string{"substr"}, Kind: "text", Args: []string{"text", "start", "count"},
		Doc: "The characters from a place on, counted from 1, at most count of them. Places before the first are counted and empty. " +
			"With a pattern instead of a place: what matches the regular expression, or its first group; NULL if nothing does. Of a bytea, places are bytes. NULL if any argument is NULL.",
		Example: "substring('media lake', 7, 2) = 'la'",
		Impls: []Impl{
			{In: []Type{text, int4}, Out: returns(textType), Eval: substringEval},
			{In: []Type{text, int4, int4}, Out: returns(textType), Eval: substringEval},
			{In: []Type{text, text}, Out: returns(textType), Eval: regexpSubstringEval},
			{In: []Type{bytea, int4}, Out: returns(byteaType), Eval: substringEval},
			{In: []Type{bytea, int4, int4}, Out: returns(byteaType), Eval: substringEval},
		},
	},
	{
		Name: "left", Kind: "text", Args: []string{"text", "n"},
		Doc:     "The first n characters; all but the last -n if n is negative. NULL if either argument is NULL.",
		Example: "left('abcde', 2) = 'ab'",
		Impls: textAndCount(func(s []byte, n int) []byte {
			if n < 0 {
				n += utf8.RuneCount(s)
			}
			return s[:runeOffset(s, n)]
		}),
	},
	{
		Name: "right", Kind: "text", Args: []string{"text", "n"},
		Doc:     "The last n characters; all but the first -n if n is negative. NULL if either argument is NULL.",
		Example: "right('abcde', 2) = 'de'",
		Impls: textAndCount(func(s []byte, n int) []byte {
			if n < 0 {
				return s[runeOffset(s, -n):]
			}
			return s[runeOffset(s, utf8.RuneCount(s)-n):]
		}),
	},
	{
		Name: "split_part", Kind: "text", Args: []string{"text", "delimiter", "n"},
		Doc:     "The n-th of the parts between delimiters, counted from 1, or from the end if n is negative; empty if there are fewer. An empty delimiter splits nothing; n = 0 is an error. NULL if any argument is NULL.",
		Example: "split_part('a/b/c', '/', 2) = 'b'",
		Impls:   []Impl{{In: []Type{text, text, int4}, Out: returns(textType), Eval: splitPartEval}},
	},
	{
		Name: "btrim", Aliases: []string{"trim"}, Kind: "text", Args: []string{"text", "characters"},
		Doc:     "The text without the longest runs at its start and end of the characters given, of spaces if none are. NULL if either is NULL.",
		Example: "btrim('xxabcxx', 'x') = 'abc'",
		Impls:   append(trims(true, true), byteaTrim),
	},
	{
		Name: "ltrim", Kind: "text", Args: []string{"text", "characters"},
		Doc:     "The text without the longest run at its start of the characters given, of spaces if none are. NULL if either is NULL.",
		Example: "ltrim('  abc') = 'abc'",
		Impls:   trims(true, false),
	},
	{
		Name: "rtrim", Kind: "text", Args: []string{"text", "characters"},
		Doc:     "The text without the longest run at its end of the characters given, of spaces if none are. NULL if either is NULL.",
		Example: "rtrim('abcxx', 'x') = 'abc'",
		Impls:   trims(false, true),
	},
}

// runeOffset is the offset of the n-th character, within s.
func runeOffset(s []byte, n int) int {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		if s[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, size := utf8.DecodeRune(s[at:])
		at += size
	}
	return at
}

// textAndCount is the overload of a function that cuts a part out of a text.
func textAndCount(f func(s []byte, n int) []byte) []Impl {
	return []Impl{{In: []Type{text, int4}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		s, n := textOf(args[0]), columnOf[int32](args[1])
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return append(dst, f(s.at(i), int(n.at(i)))...), nil })
	}}}
}

func substringEval(call *Call, args []Arg) (arrow.Array, error) {
	s, start := textOf(args[0]), columnOf[int32](args[1])
	count := column[int32]{[]int32{1<<31 - 1}, 0}
	if len(args) == 3 {
		count = columnOf[int32](args[2])
	}
	offset := runeOffset
	if call.Out.ID() == arrow.BINARY {
		offset = func(s []byte, n int) int { return max(0, min(n, len(s))) }
	}
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		from, n := int(start.at(i))-1, int(count.at(i))
		if n < 0 {
			return dst, faultf(stateSubstring, "negative substring length not allowed")
		}
		end := from + n
		if end <= 0 {
			return dst, nil
		}
		rest := s.at(i)
		from = max(from, 0)
		rest = rest[offset(rest, from):]
		return append(dst, rest[:offset(rest, end-from)]...), nil
	})
}

func splitPartEval(call *Call, args []Arg) (arrow.Array, error) {
	s, delimiter, n := textOf(args[0]), textOf(args[1]), columnOf[int32](args[2])
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		field := int(n.at(i))
		if field == 0 {
			return dst, faultf(stateInvalidParameter, "field position must not be zero")
		}
		return append(dst, splitPart(s.at(i), delimiter.at(i), field)...), nil
	})
}

func splitPart(s, delimiter []byte, field int) []byte {
	if len(delimiter) == 0 {
		if field == 1 || field == -1 {
			return s
		}
		return nil
	}
	if field < 0 {
		if field += bytes.Count(s, delimiter) + 2; field <= 0 {
			return nil
		}
	}
	for ; field > 1; field-- {
		at := bytes.Index(s, delimiter)
		if at < 0 {
			return nil
		}
		s = s[at+len(delimiter):]
	}
	part, _, _ := bytes.Cut(s, delimiter)
	return part
}

// trims are the overloads of a function that cuts characters off a text's ends.
func trims(atStart, atEnd bool) []Impl {
	eval := func(call *Call, args []Arg) (arrow.Array, error) {
		s, cut := textOf(args[0]), textColumn{offsets: []int32{0, 1}, bytes: []byte(" ")}
		if len(args) == 2 {
			cut = textOf(args[1])
		}
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
			trimmed, characters := s.at(i), cut.str(i)
			if atStart {
				trimmed = bytes.TrimLeft(trimmed, characters)
			}
			if atEnd {
				trimmed = bytes.TrimRight(trimmed, characters)
			}
			return append(dst, trimmed...), nil
		})
	}
	return []Impl{
		{In: []Type{text}, Out: returns(textType), Eval: eval},
		{In: []Type{text, text}, Out: returns(textType), Eval: eval},
	}
}
