package udf

import "github.com/apache/arrow-go/v18/arrow"

var nullCountFuncs = []Scalar{
	{
		Name: "num_nulls", Kind: "conditional", Args: []string{"value", "..."},
		Doc:     "How many of the values are NULL. Never NULL.",
		Example: "num_nulls(1, NULL, 2) = 1",
		Impls:   []Impl{{In: []Type{anyvalue}, Variadic: true, Nulls: true, Out: returns(int4Type), Eval: countNulls(true)}},
	},
	{
		Name: "num_nonnulls", Kind: "conditional", Args: []string{"value", "..."},
		Doc:     "How many of the values are not NULL. Never NULL.",
		Example: "num_nonnulls(1, NULL, 2) = 2",
		Impls:   []Impl{{In: []Type{anyvalue}, Variadic: true, Nulls: true, Out: returns(int4Type), Eval: countNulls(false)}},
	},
}

func countNulls(null bool) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		return mapFixedValid(call, allValid(call.Mem, rowsOf(call, args)), func(i int) (int32, error) {
			n := int32(0)
			for _, a := range args {
				n += int32(bit(isNullAt(a, i) == null))
			}
			return n, nil
		})
	}
}
