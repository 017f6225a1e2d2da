package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
)

var logicFuncs = []Scalar{
	{
		Name: "and", Kind: "logic", Internal: true, Args: []string{"a", "b"},
		Doc:     "True if all arguments are, false if any is false, else NULL.",
		Example: "and(NULL, false) = false",
		Impls:   []Impl{{In: []Type{boolean, boolean}, Variadic: true, Out: returns(boolType), Nulls: true, Eval: andEval}},
	},
	{
		Name: "or", Kind: "logic", Internal: true, Args: []string{"a", "b"},
		Doc:     "True if any argument is, false if all are false, else NULL.",
		Example: "or(NULL, true) = true",
		Impls:   []Impl{{In: []Type{boolean, boolean}, Variadic: true, Out: returns(boolType), Nulls: true, Eval: orEval}},
	},
	{
		Name: "not", Kind: "logic", Internal: true, Args: []string{"a"},
		Doc:     "True if the argument is false, false if it is true, NULL if it is NULL.",
		Example: "not(true) = false",
		Impls:   []Impl{{In: []Type{boolean}, Out: returns(boolType), Eval: notEval}},
	},
	{
		Name: "is_null", Kind: "logic", Internal: true, Args: []string{"a"},
		Doc:     "Whether the value is NULL. A struct is NULL only if it is so as a whole.",
		Example: "is_null(NULL) = true",
		Impls:   tests(anyelement, func(valid, _ uint64) uint64 { return ^valid }),
	},
	{
		Name: "is_not_null", Kind: "logic", Internal: true, Args: []string{"a"},
		Doc:     "Whether the value is not NULL.",
		Example: "is_not_null(1) = true",
		Impls:   tests(anyelement, func(valid, _ uint64) uint64 { return valid }),
	},
	{
		Name: "is_true", Kind: "logic", Internal: true, Args: []string{"a"},
		Doc:     "Whether the argument is true; false if it is NULL.",
		Example: "is_true(NULL) = false",
		Impls:   tests(boolean, func(valid, value uint64) uint64 { return valid & value }),
	},
	{
		Name: "is_not_true", Kind: "logic", Internal: true, Args: []string{"a"},
		Doc:     "Whether the argument is false or NULL.",
		Example: "is_not_true(NULL) = true",
		Impls:   tests(boolean, func(valid, value uint64) uint64 { return ^(valid & value) }),
	},
	{
		Name: "is_false", Kind: "logic", Internal: true, Args: []string{"a"},
		Doc:     "Whether the argument is false; false if it is NULL.",
		Example: "is_false(NULL) = false",
		Impls:   tests(boolean, func(valid, value uint64) uint64 { return valid &^ value }),
	},
	{
		Name: "is_not_false", Kind: "logic", Internal: true, Args: []string{"a"},
		Doc:     "Whether the argument is true or NULL.",
		Example: "is_not_false(NULL) = true",
		Impls:   tests(boolean, func(valid, value uint64) uint64 { return ^(valid &^ value) }),
	},
}

// tests is the overload of a predicate that is never NULL, by a kernel over 64 rows' validity and, of booleans, values.
func tests(t Type, kernel func(valid, value uint64) uint64) []Impl {
	return []Impl{{In: []Type{t}, Out: returns(boolType), Nulls: true, Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		n := rowsOf(call, args)
		out := newBits(call.Mem, n)
		isBool := args[0].DataType().ID() == arrow.BOOL
		for w := range out.words {
			var value uint64
			if isBool {
				value = boolsOf(args[0]).word(w * 64)
			}
			out.words[w] = kernel(validWord(args[0], w*64), value)
		}
		return allValid(call.Mem, n).array(boolType, out.buffer), nil
	}}}
}

func andEval(call *Call, args []Arg) (arrow.Array, error) {
	// A row is false once an argument is; it is NULL if no argument is false and one is NULL.
	return kleene(call, args, func(valid, value uint64) (decided, open uint64) { return valid &^ value, ^valid }, false)
}

func orEval(call *Call, args []Arg) (arrow.Array, error) {
	return kleene(call, args, func(valid, value uint64) (decided, open uint64) { return valid & value, ^valid }, true)
}

// kleene folds arguments: rows that any argument decides have the value, rows that are not decided but open are NULL, the
// others have the opposite value.
func kleene(call *Call, args []Arg, look func(valid, value uint64) (decided, open uint64), value bool) (arrow.Array, error) {
	n := rowsOf(call, args)
	decided, open := newBits(call.Mem, n), newBits(call.Mem, n)
	decided.fill(0)
	open.fill(0)
	for _, a := range args {
		bools := boolsOf(a)
		for w := range decided.words {
			d, o := look(validWord(a, w*64), bools.word(w*64))
			decided.words[w] |= d
			open.words[w] |= o
		}
	}
	valid := allValid(call.Mem, n)
	for w := range open.words {
		open.words[w] = decided.words[w] | ^open.words[w]
	}
	valid.bits = open
	if !value {
		invert(decided.words)
	}
	return valid.array(boolType, decided.buffer), nil
}

func notEval(call *Call, args []Arg) (arrow.Array, error) {
	n := rowsOf(call, args)
	out := newBits(call.Mem, n)
	a := boolsOf(args[0])
	for w := range out.words {
		out.words[w] = ^a.word(w * 64)
	}
	return validOf(call, args, n).array(boolType, out.buffer), nil
}
