package udf

import (
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
)

var bitwiseFuncs = []Scalar{
	{
		Name: "bitwise_and", Kind: "bitwise", Internal: true, Args: []string{"a", "b"},
		Doc:     "The bits set in both integers. NULL if either is NULL.",
		Example: "bitwise_and(6, 3) = 2",
		Impls: integerImpls(
			intPairs(func(a, b int16) int16 { return a & b }), intPairs(func(a, b int32) int32 { return a & b }), intPairs(func(a, b int64) int64 { return a & b })),
	},
	{
		Name: "bitwise_or", Kind: "bitwise", Internal: true, Args: []string{"a", "b"},
		Doc:     "The bits set in either integer. NULL if either is NULL.",
		Example: "bitwise_or(6, 3) = 7",
		Impls: integerImpls(
			intPairs(func(a, b int16) int16 { return a | b }), intPairs(func(a, b int32) int32 { return a | b }), intPairs(func(a, b int64) int64 { return a | b })),
	},
	{
		Name: "bitwise_xor", Kind: "bitwise", Internal: true, Args: []string{"a", "b"},
		Doc:     "The bits set in one of the integers only. NULL if either is NULL.",
		Example: "bitwise_xor(6, 3) = 5",
		Impls: integerImpls(
			intPairs(func(a, b int16) int16 { return a ^ b }), intPairs(func(a, b int32) int32 { return a ^ b }), intPairs(func(a, b int64) int64 { return a ^ b })),
	},
	{
		Name: "bitwise_not", Kind: "bitwise", Internal: true, Args: []string{"a"},
		Doc:     "The integer with every bit changed. NULL if it is NULL.",
		Example: "bitwise_not(0) = -1",
		Impls: []Impl{
			{In: []Type{int2}, Out: returns(int2Type), Eval: bitwiseNot[int16]},
			{In: []Type{int4}, Out: returns(int4Type), Eval: bitwiseNot[int32]},
			{In: []Type{int8}, Out: returns(int8Type), Eval: bitwiseNot[int64]},
		},
	},
	{
		Name: "shift_left", Kind: "bitwise", Internal: true, Args: []string{"a", "n"},
		Doc:     "The integer's bits moved n places up, those at the top falling out. Only the low bits of n count that a place within the integer needs. NULL if either is NULL.",
		Example: "shift_left(1, 4) = 16",
		Impls:   slices.Concat(shiftImpls[int16](int2, int2Type, shiftLeft), shiftImpls[int32](int4, int4Type, shiftLeft), shiftImpls[int64](int8, int8Type, shiftLeft)),
	},
	{
		Name: "shift_right", Kind: "bitwise", Internal: true, Args: []string{"a", "n"},
		Doc:     "The integer's bits moved n places down, keeping the sign. NULL if either is NULL.",
		Example: "shift_right(-16, 2) = -4",
		Impls:   slices.Concat(shiftImpls[int16](int2, int2Type, shiftRight), shiftImpls[int32](int4, int4Type, shiftRight), shiftImpls[int64](int8, int8Type, shiftRight)),
	},
}

func intPairs[T integer](f func(a, b T) T) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		a, b := columnOf[T](args[0]), columnOf[T](args[1])
		return mapFixed(call, args, func(i int) (T, error) { return f(a.at(i), b.at(i)), nil })
	}
}

func bitwiseNot[T integer](call *Call, args []Arg) (arrow.Array, error) {
	a := columnOf[T](args[0])
	return mapFixed(call, args, func(i int) (T, error) { return ^a.at(i), nil })
}

func shiftImpls[T integer](t Type, dt arrow.DataType, f func(a int64, n int) int64) []Impl {
	return []Impl{{In: []Type{t, int4}, Out: returns(dt), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		a, n := columnOf[T](args[0]), columnOf[int32](args[1])
		mask := int32(unsafe.Sizeof(T(0))*8 - 1)
		return mapFixed(call, args, func(i int) (T, error) { return T(f(int64(a.at(i)), int(n.at(i)&mask))), nil })
	}}}
}

func shiftLeft(a int64, n int) int64  { return a << n }
func shiftRight(a int64, n int) int64 { return a >> n }
