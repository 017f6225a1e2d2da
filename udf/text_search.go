package udf

import (
	"bytes"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var textSearchFuncs = []Scalar{
	{
		Name: "strpos", Aliases: []string{"position", "instr"}, Kind: "text", Args: []string{"text", "part"},
		Doc:     "The place of the first occurrence of a part in a text, counted in characters from 1; 0 if there is none. Also written position(part IN text). NULL if either is NULL.",
		Example: "strpos('media lake', 'lake') = 7",
		Impls: []Impl{{In: []Type{text, text}, Out: returns(int4Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, part := textOf(args[0]), textOf(args[1])
			return mapFixed(call, args, func(i int) (int32, error) {
				at := bytes.Index(s.at(i), part.at(i))
				if at < 0 {
					return 0, nil
				}
				return int32(utf8.RuneCount(s.at(i)[:at])) + 1, nil
			})
		}}, byteaSearch},
	},
	{
		Name: "starts_with", Kind: "text", Args: []string{"text", "prefix"},
		Doc:     "Whether a text starts with a prefix. NULL if either is NULL.",
		Example: "starts_with('media', 'med') = true",
		Impls:   textTests(bytes.HasPrefix),
	},
	{
		Name: "ends_with", Kind: "text", Args: []string{"text", "suffix"},
		Doc:     "Whether a text ends with a suffix. NULL if either is NULL.",
		Example: "ends_with('media', 'dia') = true",
		Impls:   textTests(bytes.HasSuffix),
	},
	{
		Name: "contains", Kind: "text", Args: []string{"text", "part"},
		Doc:     "Whether a part occurs in a text. NULL if either is NULL.",
		Example: "contains('media', 'di') = true",
		Impls:   textTests(bytes.Contains),
	},
}

func textTests(f func(s, part []byte) bool) []Impl {
	return []Impl{{In: []Type{text, text}, Out: returns(boolType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		s, part := textOf(args[0]), textOf(args[1])
		return mapBool(call, args, func(i int) (bool, error) { return f(s.at(i), part.at(i)), nil })
	}}}
}
