package udf

import (
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var textLengthFuncs = []Scalar{
	{
		Name: "length", Aliases: []string{"char_length", "character_length"}, Kind: "text", Args: []string{"text"},
		Doc:     "The number of characters of a text, or of bytes of a bytea. NULL if it is NULL.",
		Example: "length('Äpfel') = 5",
		Impls: []Impl{
			{In: []Type{text}, Out: returns(int4Type), Eval: textToInt(utf8.RuneCount)},
			{In: []Type{bytea}, Out: returns(int4Type), Eval: textToInt(func(s []byte) int { return len(s) })},
		},
	},
	{
		Name: "octet_length", Kind: "text", Args: []string{"text"},
		Doc:     "The number of bytes of a text, as UTF-8, or of a bytea. NULL if it is NULL.",
		Example: "octet_length('Äpfel') = 6",
		Impls: []Impl{
			{In: []Type{text}, Out: returns(int4Type), Eval: textToInt(func(s []byte) int { return len(s) })},
			{In: []Type{bytea}, Out: returns(int4Type), Eval: textToInt(func(s []byte) int { return len(s) })},
		},
	},
	{
		Name: "bit_length", Kind: "text", Args: []string{"text"},
		Doc:     "Eight times the number of bytes. NULL if the argument is NULL.",
		Example: "bit_length('abc') = 24",
		Impls: []Impl{
			{In: []Type{text}, Out: returns(int4Type), Eval: textToInt(func(s []byte) int { return 8 * len(s) })},
			{In: []Type{bytea}, Out: returns(int4Type), Eval: textToInt(func(s []byte) int { return 8 * len(s) })},
		},
	},
	{
		Name: "ascii", Kind: "text", Args: []string{"text"},
		Doc:     "The Unicode number of the first character; 0 for an empty text. NULL if it is NULL.",
		Example: "ascii('A') = 65",
		Impls: []Impl{{In: []Type{text}, Out: returns(int4Type), Eval: textToInt(func(s []byte) int {
			if len(s) == 0 {
				return 0
			}
			r, _ := utf8.DecodeRune(s)
			return int(r)
		})}},
	},
}

func textToInt(f func(s []byte) int) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		s := textOf(args[0])
		return mapFixed(call, args, func(i int) (int32, error) { return int32(f(s.at(i))), nil })
	}
}
