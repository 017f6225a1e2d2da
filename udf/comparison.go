package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
)

var comparisonFuncs = []Scalar{
	{
		Name: "equal", Kind: "comparison", Internal: true, Args: []string{"a", "b"},
		Doc:     "Whether two values are equal. NaN equals NaN, text is compared byte by byte, intervals count a month as 30 days and a day as 24 hours. NULL if either is NULL; NULLs inside arrays and structs are equal to each other.",
		Example: "equal(2, 2.0) = true",
		Impls:   compares(comparable, func(a, b Arg, n int, out []uint64) { equalWords(a, b, n, out) }),
	},
	{
		Name: "not_equal", Kind: "comparison", Internal: true, Args: []string{"a", "b"},
		Doc:     "Whether two values differ, by the rules of =. NULL if either is NULL.",
		Example: "not_equal('a', 'b') = true",
		Impls:   compares(comparable, func(a, b Arg, n int, out []uint64) { equalWords(a, b, n, out); invert(out) }),
	},
	{
		Name: "lt", Kind: "comparison", Internal: true, Args: []string{"a", "b"},
		Doc:     "Whether a sorts before b. Text sorts by its bytes, NaN is greater than every number, false is less than true, arrays and structs are compared element by element with NULL last. NULL if either is NULL.",
		Example: "lt(1, 2) = true",
		Impls:   compares(ordered, func(a, b Arg, n int, out []uint64) { lessWords(a, b, n, out) }),
	},
	{
		Name: "lte", Kind: "comparison", Internal: true, Args: []string{"a", "b"},
		Doc:     "Whether a sorts before b or equals it. NULL if either is NULL.",
		Example: "lte(2, 2) = true",
		Impls:   compares(ordered, func(a, b Arg, n int, out []uint64) { lessWords(b, a, n, out); invert(out) }),
	},
	{
		Name: "gt", Kind: "comparison", Internal: true, Args: []string{"a", "b"},
		Doc:     "Whether a sorts after b. NULL if either is NULL.",
		Example: "gt('b', 'a') = true",
		Impls:   compares(ordered, func(a, b Arg, n int, out []uint64) { lessWords(b, a, n, out) }),
	},
	{
		Name: "gte", Kind: "comparison", Internal: true, Args: []string{"a", "b"},
		Doc:     "Whether a sorts after b or equals it. NULL if either is NULL.",
		Example: "gte(1, 2) = false",
		Impls:   compares(ordered, func(a, b Arg, n int, out []uint64) { lessWords(a, b, n, out); invert(out) }),
	},
	{
		Name: "is_distinct_from", Kind: "comparison", Internal: true, Args: []string{"a", "b"},
		Doc:     "Whether two values differ, NULL being a value like any other. Never NULL.",
		Example: "is_distinct_from(1, NULL) = true",
		Impls:   []Impl{{In: []Type{comparable, comparable}, Out: returns(boolType), Nulls: true, Eval: distinctEval}},
	},
	{
		Name: "is_not_distinct_from", Kind: "comparison", Internal: true, Args: []string{"a", "b"},
		Doc:     "Whether two values are equal, NULL being equal to NULL. Never NULL.",
		Example: "is_not_distinct_from(NULL, NULL) = true",
		Impls:   []Impl{{In: []Type{comparable, comparable}, Out: returns(boolType), Nulls: true, Eval: notDistinctEval}},
	},
}

// compares is the overload of a comparison for every type, by a kernel that sets bit i of out if it holds for row i. What
// it says of rows with NULLs does not matter.
func compares(t Type, kernel func(a, b Arg, n int, out []uint64)) []Impl {
	return []Impl{{In: []Type{t, t}, Out: returns(boolType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		n := rowsOf(call, args)
		valid := validOf(call, args, n)
		out := newBits(call.Mem, n)
		if valid.none() {
			out.fill(0)
		} else {
			kernel(args[0], args[1], n, out.words)
		}
		return valid.array(boolType, out.buffer), nil
	}}}
}

func distinctEval(call *Call, args []Arg) (arrow.Array, error) {
	n := rowsOf(call, args)
	out := distinctBits(call, args, n)
	return allValid(call.Mem, n).array(boolType, out.buffer), nil
}

func notDistinctEval(call *Call, args []Arg) (arrow.Array, error) {
	n := rowsOf(call, args)
	out := distinctBits(call, args, n)
	invert(out.words)
	return allValid(call.Mem, n).array(boolType, out.buffer), nil
}

func distinctBits(call *Call, args []Arg, n int) bitBuffer {
	a, b := args[0], args[1]
	out := newBits(call.Mem, n)
	if allNullArg(a) || allNullArg(b) {
		out.fill(0)
	} else {
		equalWords(a, b, n, out.words)
	}
	for w := range out.words {
		va, vb := validWord(a, w*64), validWord(b, w*64)
		out.words[w] = va ^ vb | va&vb&^out.words[w]
	}
	return out
}

func allNullArg(a Arg) bool { return a.DataType().ID() == arrow.NULL || a.NullN() == a.Len() }

func invert(words []uint64) {
	for i := range words {
		words[i] = ^words[i]
	}
}

// equalWords sets the bits of rows whose values are equal.
func equalWords(a, b Arg, n int, out []uint64) {
	switch a.Array.(type) {
	case *array.Null:
		fillWords(out, 0)
	case *array.Boolean:
		x, y := boolsOf(a), boolsOf(b)
		for w := range out {
			out[w] = ^(x.word(w*64) ^ y.word(w*64))
		}
	case *array.Int16:
		fixedWords(columnOf[int16](a), columnOf[int16](b), n, out, equal64)
	case *array.Int32, *array.Date32:
		fixedWords(columnOf[int32](a), columnOf[int32](b), n, out, equal64)
	case *array.Int64, *array.Time64, *array.Timestamp:
		fixedWords(columnOf[int64](a), columnOf[int64](b), n, out, equal64)
	case *array.Float32:
		fixedWords(columnOf[float32](a), columnOf[float32](b), n, out, equalFloat64)
	case *array.Float64:
		fixedWords(columnOf[float64](a), columnOf[float64](b), n, out, equalFloat64)
	case *array.Decimal128:
		fixedWords(columnOf[decimal128.Num](a), columnOf[decimal128.Num](b), n, out, equal64)
	case *extensions.UUIDArray:
		fixedWords(uuidColumn(a), uuidColumn(b), n, out, equal64)
	case *array.String, *array.Binary, *extensions.JSONArray:
		equalTexts(textOf(a), textOf(b), n, out)
	default:
		compareWords(a, b, n, out, func(order int) bool { return order == 0 })
	}
}

// lessWords sets the bits of rows where a sorts before b.
func lessWords(a, b Arg, n int, out []uint64) {
	switch a.Array.(type) {
	case *array.Null:
		fillWords(out, 0)
	case *array.Boolean:
		x, y := boolsOf(a), boolsOf(b)
		for w := range out {
			out[w] = ^x.word(w*64) & y.word(w*64)
		}
	case *array.Int16:
		fixedWords(columnOf[int16](a), columnOf[int16](b), n, out, less64)
	case *array.Int32, *array.Date32:
		fixedWords(columnOf[int32](a), columnOf[int32](b), n, out, less64)
	case *array.Int64, *array.Time64, *array.Timestamp:
		fixedWords(columnOf[int64](a), columnOf[int64](b), n, out, less64)
	case *array.Float32:
		fixedWords(columnOf[float32](a), columnOf[float32](b), n, out, lessFloat64)
	case *array.Float64:
		fixedWords(columnOf[float64](a), columnOf[float64](b), n, out, lessFloat64)
	case *array.Decimal128:
		fixedWords(columnOf[decimal128.Num](a), columnOf[decimal128.Num](b), n, out, lessDecimal64)
	case *array.String, *array.Binary, *extensions.JSONArray:
		lessTexts(textOf(a), textOf(b), n, out)
	default:
		compareWords(a, b, n, out, func(order int) bool { return order < 0 })
	}
}

// compareWords sets the bits of rows whose order passes, for types without kernels of their own.
func compareWords(a, b Arg, n int, out []uint64, passes func(order int) bool) {
	fillWords(out, 0)
	compare := comparer(a.Array, b.Array)
	for i := range n {
		x, y := a.Row(i), b.Row(i)
		if a.IsValid(x) && b.IsValid(y) && passes(compare(x, y)) {
			out[i>>6] |= 1 << (i & 63)
		}
	}
}
