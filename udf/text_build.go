package udf

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var textBuildFuncs = []Scalar{
	{
		Name: "concat", Kind: "text", Args: []string{"value", "..."},
		Doc:     "The texts of all arguments, one after the other. NULL arguments are left out; the result is never NULL.",
		Example: "concat('a', NULL, 1) = 'a1'",
		Impls:   []Impl{{In: []Type{anyvalue}, Variadic: true, Out: returns(textType), Nulls: true, Eval: concatEval}},
	},
	{
		Name: "concat_ws", Kind: "text", Args: []string{"separator", "value", "..."},
		Doc:     "The texts of all arguments but the first, with the first between them. NULL arguments are left out, with their separators; NULL if the separator is.",
		Example: "concat_ws('-', 'a', NULL, 'b') = 'a-b'",
		Impls:   []Impl{{In: []Type{text, anyvalue}, Variadic: true, Out: returns(textType), Nulls: true, Eval: concatWithEval}},
	},
	{
		Name: "repeat", Kind: "text", Args: []string{"text", "n"},
		Doc:     "The text n times; empty if n is 0 or less. NULL if either is NULL.",
		Example: "repeat('ab', 3) = 'ababab'",
		Impls: []Impl{{In: []Type{text, int4}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, n := textOf(args[0]), columnOf[int32](args[1])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				count := max(int(n.at(i)), 0)
				if err := checkTextSize(len(s.at(i)) * count); err != nil {
					return dst, err
				}
				return append(dst, bytes.Repeat(s.at(i), count)...), nil
			})
		}}},
	},
	{
		Name: "lpad", Kind: "text", Args: []string{"text", "length", "fill"},
		Doc:     "The text filled up on its left to a length in characters, with spaces or with the text given, again and again; a longer text is cut off on its right. NULL if any argument is NULL.",
		Example: "lpad('7', 3, '0') = '007'",
		Impls:   pads(func(dst, s, fill []byte) []byte { return append(append(dst, fill...), s...) }),
	},
	{
		Name: "rpad", Kind: "text", Args: []string{"text", "length", "fill"},
		Doc:     "The text filled up on its right to a length in characters, with spaces or with the text given, again and again; a longer text is cut off on its right. NULL if any argument is NULL.",
		Example: "rpad('hi', 5, 'xy') = 'hixyx'",
		Impls:   pads(func(dst, s, fill []byte) []byte { return append(append(dst, s...), fill...) }),
	},
	{
		Name: "replace", Kind: "text", Args: []string{"text", "from", "to"},
		Doc:     "The text with every occurrence of one text replaced by another. NULL if any argument is NULL.",
		Example: "replace('abcab', 'ab', 'x') = 'xcx'",
		Impls: []Impl{{In: []Type{text, text, text}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, from, to := textOf(args[0]), textOf(args[1]), textOf(args[2])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				return appendReplaced(dst, s.at(i), from.at(i), to.at(i)), nil
			})
		}}},
	},
	{
		Name: "translate", Kind: "text", Args: []string{"text", "from", "to"},
		Doc:     "The text with every character of from replaced by the character at the same place in to; those without one are dropped. NULL if any argument is NULL.",
		Example: "translate('12345', '143', 'ax') = 'a2x5'",
		Impls: []Impl{{In: []Type{text, text, text}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, from, to := textOf(args[0]), textOf(args[1]), textOf(args[2])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				return appendTranslated(dst, s.str(i), []rune(from.str(i)), []rune(to.str(i))), nil
			})
		}}},
	},
	{
		Name: "reverse", Kind: "text", Args: []string{"text"},
		Doc:     "The text's characters in reverse order. NULL if it is NULL.",
		Example: "reverse('abc') = 'cba'",
		Impls: textToText(func(dst, s []byte) []byte {
			for len(s) > 0 {
				_, size := utf8.DecodeLastRune(s)
				dst = append(dst, s[len(s)-size:]...)
				s = s[:len(s)-size]
			}
			return dst
		}),
	},
	{
		Name: "overlay", Kind: "text", Args: []string{"text", "part", "start", "count"},
		Doc:     "The text with count characters from a place on replaced by a part; as many as the part has if count is left out. NULL if any argument is NULL.",
		Example: "overlay('Txxxxas', 'hom', 2, 4) = 'Thomas'",
		Impls: []Impl{
			{In: []Type{text, text, int4}, Out: returns(textType), Eval: overlayEval},
			{In: []Type{text, text, int4, int4}, Out: returns(textType), Eval: overlayEval},
			byteaOverlay, byteaOverlayWhole,
		},
	},
	{
		Name: "chr", Kind: "text", Args: []string{"number"},
		Doc:     "The character of a Unicode number. 0 and numbers without a character are errors. NULL if it is NULL.",
		Example: "chr(65) = 'A'",
		Impls: []Impl{{In: []Type{int4}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			n := columnOf[int32](args[0])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				switch r := n.at(i); {
				case r == 0:
					return dst, faultf(stateProgramLimit, "null character not permitted")
				case r < 0:
					return dst, faultf(stateInvalidParameter, "character number must be positive")
				case !utf8.ValidRune(r):
					return dst, faultf(stateProgramLimit, "requested character not valid for encoding: %d", r)
				default:
					return utf8.AppendRune(dst, r), nil
				}
			})
		}}},
	},
	{
		Name: "concat_operator", Kind: "text", Internal: true, Args: []string{"a", "b"},
		Doc:     "Two texts, byteas or arrays one after the other; text and a value of another type that is put into text; an array and an element. Of texts NULL if either is NULL; a NULL array is left out, a NULL element is put in.",
		Example: "concat_operator('a', 'b') = 'ab'",
		Impls: slices.Concat(
			[]Impl{
				{In: []Type{text, text}, Out: returns(textType), Eval: textPairEval},
				{In: []Type{bytea, bytea}, Out: returns(byteaType), Eval: textPairEval},
			},
			arrayConcatenation,
			[]Impl{
				{In: []Type{text, scalarvalue}, Out: returns(textType), Eval: valuePairEval},
				{In: []Type{scalarvalue, text}, Out: returns(textType), Eval: valuePairEval},
			},
		),
	},
}

// maxText is the size of one text that a function may build.
const maxText = 1 << 28

func checkTextSize(n int) error {
	if n > maxText {
		return faultf(stateProgramLimit, "requested length too large")
	}
	return nil
}

// textOfValues appends the text of any argument's row, which is not NULL.
func textOfValues(a Arg, env *Env) func(dst []byte, i int) []byte {
	format := itemFormatter(a.Array, env)
	return func(dst []byte, i int) []byte { return format(dst, a.Row(i)) }
}

func concatEval(call *Call, args []Arg) (arrow.Array, error) {
	n := rowsOf(call, args)
	return mapTextValid(call, allValid(call.Mem, n), joiner(call, args, func(int) []byte { return nil }))
}

func concatWithEval(call *Call, args []Arg) (arrow.Array, error) {
	n := rowsOf(call, args)
	separator := textOf(args[0])
	return mapTextValid(call, validOf(call, args[:1], n), joiner(call, args[1:], separator.at))
}

func joiner(call *Call, args []Arg, separator func(i int) []byte) func(dst []byte, i int) ([]byte, error) {
	texts := make([]func(dst []byte, i int) []byte, len(args))
	for k, a := range args {
		texts[k] = textOfValues(a, call.Env)
	}
	return func(dst []byte, i int) ([]byte, error) {
		isFirst := true
		for k, a := range args {
			if a.DataType().ID() == arrow.NULL || a.IsNull(a.Row(i)) {
				continue
			}
			if !isFirst {
				dst = append(dst, separator(i)...)
			}
			isFirst = false
			dst = texts[k](dst, i)
		}
		return dst, nil
	}
}

func textPairEval(call *Call, args []Arg) (arrow.Array, error) {
	a, b := textOf(args[0]), textOf(args[1])
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return append(append(dst, a.at(i)...), b.at(i)...), nil })
}

func valuePairEval(call *Call, args []Arg) (arrow.Array, error) {
	a, b := formatter(args[0].Array, call.Env), formatter(args[1].Array, call.Env)
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		return b(a(dst, args[0].Row(i)), args[1].Row(i)), nil
	})
}

// pads are the overloads of a function that fills a text up.
func pads(put func(dst, s, fill []byte) []byte) []Impl {
	eval := func(call *Call, args []Arg) (arrow.Array, error) {
		s, length, fill := textOf(args[0]), columnOf[int32](args[1]), textColumn{offsets: []int32{0, 1}, bytes: []byte(" ")}
		if len(args) == 3 {
			fill = textOf(args[2])
		}
		var filling []byte
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
			want, unit := max(int(length.at(i)), 0), fill.at(i)
			if err := checkTextSize(want); err != nil {
				return dst, err
			}
			missing := want - utf8.RuneCount(s.at(i))
			if missing <= 0 || len(unit) == 0 {
				return append(dst, s.at(i)[:runeOffset(s.at(i), want)]...), nil
			}
			filling = filling[:0]
			for characters := utf8.RuneCount(unit); missing >= characters; missing -= characters {
				filling = append(filling, unit...)
			}
			filling = append(filling, unit[:runeOffset(unit, missing)]...)
			return put(dst, s.at(i), filling), nil
		})
	}
	return []Impl{
		{In: []Type{text, int4}, Out: returns(textType), Eval: eval},
		{In: []Type{text, int4, text}, Out: returns(textType), Eval: eval},
	}
}

func appendReplaced(dst, s, from, to []byte) []byte {
	if len(from) == 0 {
		return append(dst, s...)
	}
	for {
		at := bytes.Index(s, from)
		if at < 0 {
			return append(dst, s...)
		}
		dst = append(append(dst, s[:at]...), to...)
		s = s[at+len(from):]
	}
}

func appendTranslated(dst []byte, s string, from, to []rune) []byte {
	for _, r := range s {
		switch at := slices.Index(from, r); {
		case at < 0:
			dst = utf8.AppendRune(dst, r)
		case at < len(to):
			dst = utf8.AppendRune(dst, to[at])
		}
	}
	return dst
}

func overlayEval(call *Call, args []Arg) (arrow.Array, error) {
	s, part, start := textOf(args[0]), textOf(args[1]), columnOf[int32](args[2])
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		from, count := int(start.at(i))-1, utf8.RuneCount(part.at(i))
		if len(args) == 4 {
			count = int(columnOf[int32](args[3]).at(i))
		}
		if from < 0 {
			return dst, faultf(stateSubstring, "negative substring length not allowed")
		}
		text := s.at(i)
		dst = append(append(dst, text[:runeOffset(text, from)]...), part.at(i)...)
		return append(dst, text[runeOffset(text, max(from+count, 0)):]...), nil
	})
}
