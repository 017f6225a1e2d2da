package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
)

var conditionalFuncs = []Scalar{
	{
		Name: "coalesce", Aliases: []string{"ifnull", "nvl"}, Kind: "conditional", Args: []string{"value", "..."},
		Doc:     "The first argument that is not NULL; NULL if all are.",
		Example: "coalesce(NULL, 2, 3) = 2",
		Impls:   []Impl{{In: []Type{anyelement}, Variadic: true, Out: returnsArg(0), Nulls: true, Eval: coalesceEval}},
	},
	{
		Name: "nullif", Kind: "conditional", Args: []string{"a", "b"},
		Doc:     "NULL if both arguments are equal, else the first.",
		Example: "nullif('n/a', 'n/a') IS NULL",
		Impls:   []Impl{{In: []Type{comparable, comparable}, Out: returnsArg(0), Nulls: true, Eval: nullifEval}},
	},
	{
		Name: "greatest", Kind: "conditional", Args: []string{"value", "..."},
		Doc:     "The greatest of the arguments that are not NULL; NULL if all are.",
		Example: "greatest(1, NULL, 3) = 3",
		Impls:   []Impl{{In: []Type{ordered}, Variadic: true, Out: returnsArg(0), Nulls: true, Eval: extreme(func(order int) bool { return order > 0 })}},
	},
	{
		Name: "least", Kind: "conditional", Args: []string{"value", "..."},
		Doc:     "The least of the arguments that are not NULL; NULL if all are.",
		Example: "least(1, NULL, 3) = 1",
		Impls:   []Impl{{In: []Type{ordered}, Variadic: true, Out: returnsArg(0), Nulls: true, Eval: extreme(func(order int) bool { return order < 0 })}},
	},
}

// pick answers, for n rows, the value of the argument that choose names; a negative one is NULL.
func pick(call *Call, args []Arg, n int, choose func(i int) int) (arrow.Array, error) {
	all, starts, err := concatenate(call.Mem, args)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	rows := make([]int, n)
	for i := range rows {
		rows[i] = -1
		if k := choose(i); k >= 0 {
			rows[i] = starts[k] + args[k].Row(i)
		}
	}
	return take(call.Mem, all, rows)
}

// alike gives arguments one spelling of their type, so that they can be put together.
func alike(args []Arg, dt arrow.DataType) (same []Arg, release func()) {
	same = make([]Arg, len(args))
	for k, a := range args {
		same[k] = Arg{retype(a.Array, dt), a.Const}
	}
	return same, func() {
		for _, a := range same {
			a.Release()
		}
	}
}

func coalesceEval(call *Call, args []Arg) (arrow.Array, error) {
	args, release := alike(args, call.Out)
	defer release()
	return pick(call, args, rowsOf(call, args), func(i int) int {
		for k, a := range args {
			if a.IsValid(a.Row(i)) {
				return k
			}
		}
		return -1
	})
}

func nullifEval(call *Call, args []Arg) (arrow.Array, error) {
	compare := comparer(args[0].Array, args[1].Array)
	return pick(call, args[:1], rowsOf(call, args), func(i int) int {
		x, y := args[0].Row(i), args[1].Row(i)
		if args[0].IsNull(x) || args[1].IsValid(y) && compare(x, y) == 0 {
			return -1
		}
		return 0
	})
}

// extreme picks the argument that is before all others.
func extreme(before func(order int) bool) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		args, release := alike(args, call.Out)
		defer release()
		compare := make([][]func(i, j int) int, len(args))
		for k := range args {
			compare[k] = make([]func(i, j int) int, k)
			for other := range k {
				compare[k][other] = comparer(args[k].Array, args[other].Array)
			}
		}
		return pick(call, args, rowsOf(call, args), func(i int) int {
			best := -1
			for k, a := range args {
				row := a.Row(i)
				if a.IsValid(row) && (best < 0 || before(compare[k][best](row, args[best].Row(i)))) {
					best = k
				}
			}
			return best
		})
	}
}
