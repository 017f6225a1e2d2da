package udf

import (
	"bytes"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

var listSearchFuncs = []Scalar{
	{
		Name: "list_has_all", Aliases: []string{"array_has_all"}, Kind: "array", Args: []string{"array", "elements"},
		Doc:     "Whether an array has all elements of another one, in any order and number; operator @>. NULL equals nothing. NULL if an argument is NULL.",
		Example: "list_has_all(ARRAY[1, 2, 3], ARRAY[3, 1, 1]) = true",
		Impls:   []Impl{listHasAllImpl},
	},
	{
		Name: "list_has_any", Aliases: []string{"array_has_any"}, Kind: "array", Args: []string{"array", "elements"},
		Doc:     "Whether two arrays have an element in common; operator &&. NULL equals nothing. NULL if an argument is NULL.",
		Example: "list_has_any(ARRAY[1, 2, 3], ARRAY[7, 3]) = true",
		Impls:   []Impl{{In: []Type{anyarray, anyarray}, Out: returns(boolType), Eval: listHas(true)}},
	},
	{
		Name: "list_contains", Aliases: []string{"array_contains", "list_has", "array_has"}, Kind: "array", Args: []string{"array", "element"},
		Doc:     "Whether an element equals the value. NULL if either is NULL.",
		Example: "list_contains(ARRAY['cat', 'dog'], 'dog') = true",
		Impls: []Impl{{In: []Type{anyarray, anyelement}, Out: returns(boolType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			find := finder(args[0], args[1])
			return mapBool(call, args, func(i int) (bool, error) { return find(i) >= 0, nil })
		}}},
	},
	{
		Name: "equal_any", Kind: "comparison", Internal: true, Args: []string{"value", "array"},
		Doc:     "Whether the value equals an element, as value = ANY (array) writes it. NULL if the array is, false if it is empty; else NULL if the value is, and if no element is equal but one is NULL.",
		Example: "equal_any(2, ARRAY[1, 2]) = true",
		Impls:   []Impl{{In: []Type{anyelement, anyarray}, Out: returns(boolType), Nulls: true, Eval: equalAnyEval}},
	},
	{
		Name: "array_to_string", Aliases: []string{"list_to_string"}, Kind: "array", Args: []string{"array", "separator", "null"},
		Doc:     "The elements as text with a separator between them. NULL elements are left out, or written as the third argument says. NULL if the array or the separator is.",
		Example: "array_to_string(ARRAY[1, NULL, 3], ', ') = '1, 3'",
		Impls: []Impl{
			{In: []Type{anyarray, text}, Out: returns(textType), Eval: arrayToStringEval},
			{In: []Type{anyarray, text, text}, Out: returns(textType), Nulls: true, Eval: arrayToStringEval},
		},
	},
	{
		Name: "string_to_array", Aliases: []string{"string_split", "str_split"}, Kind: "array", Args: []string{"text", "separator", "null"},
		Doc:     "The parts of a text between separators; every character alone if the separator is NULL, the whole text if it is empty. Parts equal to the third argument are NULL. NULL if the text is.",
		Example: "string_to_array('a,b,c', ',') = ARRAY['a', 'b', 'c']",
		Impls: []Impl{
			{In: []Type{text, text}, Out: returns(listOf(textType)), Nulls: true, Eval: stringToArrayEval},
			{In: []Type{text, text, text}, Out: returns(listOf(textType)), Nulls: true, Eval: stringToArrayEval},
		},
	},
}

// finder finds the first element that equals a value: its place within the row, counted from 0; -1 if there is none.
func finder(list, value Arg) func(i int) int {
	lists := listsOf(list)
	compare := comparer(lists.elements, value.Array)
	return func(i int) int {
		from, to := lists.at(i)
		for at := from; at < to; at++ {
			if lists.elements.IsValid(at) && compare(at, value.Row(i)) == 0 {
				return at - from
			}
		}
		return -1
	}
}

func arrayToStringEval(call *Call, args []Arg) (arrow.Array, error) {
	lists, separator := listsOf(args[0]), textOf(args[1])
	element := itemFormatter(lists.elements, call.Env)
	var nulls textColumn
	if len(args) == 3 {
		nulls = textOf(args[2])
	}
	valid := validOf(call, args[:2], rowsOf(call, args))
	return mapTextValid(call, valid, func(dst []byte, i int) ([]byte, error) {
		isFirst := true
		for from, to := lists.at(i); from < to; from++ {
			isNull := lists.elements.IsNull(from)
			if isNull && (len(args) < 3 || isNullAt(args[2], i)) {
				continue
			}
			if !isFirst {
				dst = append(dst, separator.at(i)...)
			}
			isFirst = false
			if isNull {
				dst = append(dst, nulls.at(i)...)
			} else {
				dst = element(dst, from)
			}
		}
		return dst, nil
	})
}

func stringToArrayEval(call *Call, args []Arg) (arrow.Array, error) {
	s, separator := textOf(args[0]), textOf(args[1])
	isNull := func(i int, part string) bool {
		return len(args) == 3 && !isNullAt(args[2], i) && bytes.Equal(textOf(args[2]).at(i), []byte(part))
	}
	valid := validOf(call, args[:1], rowsOf(call, args))
	return mapTextsValid(call, valid, func(out *array.StringBuilder, i int) error {
		text := s.str(i)
		var parts []string
		switch {
		case text == "":
		case isNullAt(args[1], i):
			parts = strings.Split(text, "")
		case len(separator.at(i)) == 0:
			parts = []string{text}
		default:
			parts = strings.Split(text, separator.str(i))
		}
		for _, part := range parts {
			if isNull(i, part) {
				out.AppendNull()
			} else {
				out.Append(part)
			}
		}
		return nil
	})
}

// mapTexts evaluates f, which appends the elements of an array of text, for the rows without NULLs among the arguments.
func mapTexts(call *Call, args []Arg, f func(out *array.StringBuilder, i int) error) (arrow.Array, error) {
	return mapTextsValid(call, validOf(call, args, rowsOf(call, args)), f)
}

// mapTextsValid evaluates f for the valid rows.
func mapTextsValid(call *Call, valid *validity, f func(out *array.StringBuilder, i int) error) (arrow.Array, error) {
	elements := array.NewStringBuilder(call.Mem)
	defer elements.Release()
	buffer, offsets := newValues[int32](call.Mem, valid.n+1)
	offsets[0] = 0
	for i := range valid.n {
		if valid.at(i) {
			if err := f(elements, i); err == errNull {
				valid.clear(i)
			} else if err != nil {
				buffer.Release()
				valid.release()
				return nil, err
			}
		}
		offsets[i+1] = int32(elements.Len())
	}
	values := elements.NewArray()
	defer values.Release()
	values.Data().Retain()
	return valid.arrayOf(call.Out, []arrow.ArrayData{values.Data()}, buffer), nil
}

func equalAnyEval(call *Call, args []Arg) (arrow.Array, error) {
	value, list := args[0], args[1]
	find, lists := finder(list, value), listsOf(list)
	valid := validOf(call, args[1:], rowsOf(call, args))
	return mapBoolValid(call, valid, func(i int) (bool, error) {
		from, to := lists.at(i)
		switch {
		case from == to:
			return false, nil
		case value.IsNull(value.Row(i)):
			return false, errNull
		case find(i) >= 0:
			return true, nil
		}
		for ; from < to; from++ {
			if lists.elements.IsNull(from) {
				return false, errNull
			}
		}
		return false, nil
	})
}

var listHasAllImpl = Impl{In: []Type{anyarray, anyarray}, Out: returns(boolType), Eval: listHas(false)}

// listHas looks for the right array's elements in the left array, until one is found where any is enough, and else until one is
// missing.
func listHas(any bool) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		left, right := listsOf(args[0]), listsOf(args[1])
		compare := comparer(left.elements, right.elements)
		has := func(i, element int) bool {
			if right.elements.IsNull(element) {
				return false
			}
			for from, to := left.at(i); from < to; from++ {
				if left.elements.IsValid(from) && compare(from, element) == 0 {
					return true
				}
			}
			return false
		}
		return mapBool(call, args, func(i int) (bool, error) {
			for from, to := right.at(i); from < to; from++ {
				if has(i, from) == any {
					return any, nil
				}
			}
			return !any, nil
		})
	}
}
