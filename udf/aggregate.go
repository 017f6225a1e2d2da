package udf

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var aggregateFuncs = []Aggregate{
	{
		Name: "count", Args: []string{"value"},
		Doc:     "The number of rows, as count(*); or of rows whose value is not NULL.",
		Example: "(SELECT count(x) FROM (VALUES (1), (NULL), (3)) AS t(x)) = 2",
		Impls: []AggregateImpl{
			{In: []Type{}, Out: returns(int8Type), New: newCount},
			{In: []Type{anyvalue}, Out: returns(int8Type), New: newCount},
		},
	},
	{
		Name: "sum", Args: []string{"value"},
		Doc: "The sum of the values that are not NULL; NULL if there are none. Of smallint and integer it is a bigint, of bigint and numeric a numeric; sums of floating-point numbers are computed " +
			"in double precision with the error of each addition carried along, so that the order of the rows hardly matters. Of vectors: element by element.",
		Example: "(SELECT sum(x) FROM (VALUES (1), (NULL), (3)) AS t(x)) = 4",
		Impls:   append(sumImpls, vectorSumImpls...),
	},
	{
		Name: "avg", Aliases: []string{"mean"}, Args: []string{"value"},
		Doc:     "The mean of the values that are not NULL; NULL if there are none. Of integers and numerics it is a numeric with at least 16 digits after the point, of floating-point numbers double precision. Of vectors: element by element.",
		Example: "(SELECT avg(x) FROM (VALUES (1), (NULL), (2)) AS t(x)) = 1.5",
		Impls:   append(avgImpls, vectorAvgImpls...),
	},
	{
		Name: "min", Args: []string{"value"},
		Doc:     "The least of the values that are not NULL, in the order of <; NULL if there are none.",
		Example: "(SELECT min(x) FROM (VALUES ('b'), (NULL), ('a')) AS t(x)) = 'a'",
		Impls:   []AggregateImpl{{In: []Type{orderedvalue}, Out: returnsArg(0), New: newMin}},
	},
	{
		Name: "max", Args: []string{"value"},
		Doc:     "The greatest of the values that are not NULL, in the order of <; NULL if there are none. NaN is greater than every number.",
		Example: "(SELECT max(x) FROM (VALUES ('b'), (NULL), ('a')) AS t(x)) = 'b'",
		Impls:   []AggregateImpl{{In: []Type{orderedvalue}, Out: returnsArg(0), New: newMax}},
	},
	{
		Name: "any_value", Args: []string{"value"},
		Doc:     "One of the values that are not NULL, the first that was met; NULL if there are none.",
		Example: "(SELECT any_value(x) FROM (VALUES (NULL), (7)) AS t(x)) = 7",
		Impls:   []AggregateImpl{{In: []Type{anyvalue}, Out: returnsArg(0), New: newAnyValue}},
	},
	{
		Name: "var_samp", Aliases: []string{"variance"}, Args: []string{"value"},
		Doc:     "The sample variance of the values that are not NULL, in double precision; NULL if there are fewer than two.",
		Example: "(SELECT var_samp(x) FROM (VALUES (1), (2), (3)) AS t(x)) = 1",
		Impls:   []AggregateImpl{{In: []Type{float8}, Out: returns(float8Type), New: newVariance(varianceOfSample)}},
	},
	{
		Name: "var_pop", Args: []string{"value"},
		Doc:     "The population variance of the values that are not NULL, in double precision; NULL if there are none.",
		Example: "(SELECT var_pop(x) FROM (VALUES (1), (3)) AS t(x)) = 1",
		Impls:   []AggregateImpl{{In: []Type{float8}, Out: returns(float8Type), New: newVariance(varianceOfAll)}},
	},
	{
		Name: "stddev_samp", Aliases: []string{"stddev"}, Args: []string{"value"},
		Doc:     "The sample standard deviation of the values that are not NULL, in double precision; NULL if there are fewer than two.",
		Example: "(SELECT stddev_samp(x) FROM (VALUES (1), (2), (3)) AS t(x)) = 1",
		Impls:   []AggregateImpl{{In: []Type{float8}, Out: returns(float8Type), New: newVariance(rootOf(varianceOfSample))}},
	},
	{
		Name: "stddev_pop", Args: []string{"value"},
		Doc:     "The population standard deviation of the values that are not NULL, in double precision; NULL if there are none.",
		Example: "(SELECT stddev_pop(x) FROM (VALUES (1), (3)) AS t(x)) = 1",
		Impls:   []AggregateImpl{{In: []Type{float8}, Out: returns(float8Type), New: newVariance(rootOf(varianceOfAll))}},
	},
	{
		Name: "bool_and", Aliases: []string{"every"}, Args: []string{"condition"},
		Doc:     "Whether all conditions that are not NULL are true; NULL if there are none.",
		Example: "(SELECT bool_and(x) FROM (VALUES (true), (NULL), (false)) AS t(x)) = false",
		Impls:   []AggregateImpl{{In: []Type{boolean}, Out: returns(boolType), New: newBoolAnd}},
	},
	{
		Name: "bool_or", Args: []string{"condition"},
		Doc:     "Whether any of the conditions is true; NULL if all are NULL.",
		Example: "(SELECT bool_or(x) FROM (VALUES (true), (NULL), (false)) AS t(x)) = true",
		Impls:   []AggregateImpl{{In: []Type{boolean}, Out: returns(boolType), New: newBoolOr}},
	},
	{
		Name: "bit_and", Args: []string{"value"},
		Doc:     "The bits set in all values that are not NULL; NULL if there are none.",
		Example: "(SELECT bit_and(x) FROM (VALUES (6), (3)) AS t(x)) = 2",
		Impls:   bitImpls(func(a, b int64) int64 { return a & b }),
	},
	{
		Name: "bit_or", Args: []string{"value"},
		Doc:     "The bits set in any value; NULL if all are NULL.",
		Example: "(SELECT bit_or(x) FROM (VALUES (6), (3)) AS t(x)) = 7",
		Impls:   bitImpls(func(a, b int64) int64 { return a | b }),
	},
	{
		Name: "bit_xor", Args: []string{"value"},
		Doc:     "The bits set in an odd number of values; NULL if all are NULL.",
		Example: "(SELECT bit_xor(x) FROM (VALUES (6), (3)) AS t(x)) = 5",
		Impls:   bitImpls(func(a, b int64) int64 { return a ^ b }),
	},
	{
		Name: "string_agg", Aliases: []string{"listagg", "group_concat"}, Args: []string{"value", "separator"},
		Doc:     "The values that are not NULL, one after the other in the order of the rows, with the row's separator before each but the first; NULL if there are none.",
		Example: "(SELECT string_agg(x, ', ') FROM (VALUES ('a'), (NULL), ('b')) AS t(x)) = 'a, b'",
		Impls: []AggregateImpl{
			{In: []Type{text, text}, Out: returns(textType), New: newStringAgg},
			{In: []Type{bytea, bytea}, Out: returns(byteaType), New: newStringAgg},
		},
	},
	{
		Name: "array_agg", Aliases: []string{"list"}, Args: []string{"value"},
		Doc:     "An array of the values, NULLs among them, in the order of the rows; NULL if there are no rows.",
		Example: "(SELECT array_agg(x) FROM (VALUES (1), (2)) AS t(x)) = ARRAY[1, 2]",
		Impls: []AggregateImpl{{In: []Type{anyvalue}, New: newArrayAgg,
			Out: func(in []arrow.DataType) (arrow.DataType, error) { return listOf(in[0]), nil }}},
	},
}

// orderedvalue is what min and max take.
var orderedvalue = Type{Name: "any", literal: textType, Match: func(dt arrow.DataType) bool { return dt.ID() != arrow.NULL && isOrdered(dt) }}

// dense lays out the rows of an argument that are not NULL, without gaps, so that kernels need not look at validity.
type dense[T any] struct {
	values []T
	groups []uint32
}

func (d *dense[T]) rows(groups []uint32, a Arg, c column[T]) ([]uint32, []T) {
	if !a.Const && a.NullN() == 0 {
		return groups, c.values
	}
	if allNullArg(a) {
		return nil, nil
	}
	if a.Const { // not NULL
		d.values = d.values[:0]
		for range groups {
			d.values = append(d.values, c.values[0])
		}
		return groups, d.values
	}
	if len(d.values) < len(groups) {
		d.values, d.groups = make([]T, len(groups)), make([]uint32, len(groups))
	}
	valid, offset, n := a.Data().Buffers()[0].Bytes(), a.Data().Offset(), 0
	for i, g := range groups {
		d.values[n], d.groups[n] = c.values[i], g
		n += int(valid[(offset+i)>>3] >> ((offset + i) & 7) & 1)
	}
	return d.groups[:n], d.values[:n]
}

// chosen is the group that Combine takes in k-th.
func chosen(from []uint32, k int) uint32 {
	if from == nil {
		return uint32(k)
	}
	return from[k]
}

// grown makes room for n groups.
func grown[S any](states []S, n int) []S {
	if n <= len(states) {
		return states
	}
	if n <= cap(states) {
		return states[:n]
	}
	larger := make([]S, n, max(n, 2*cap(states)))
	copy(larger, states)
	return larger
}

func bytesOf[S any](states []S) int64 {
	var s S
	return int64(cap(states)) * int64(unsafe.Sizeof(s))
}

// fixedResult has a row for each of n groups.
func fixedResult[T arrow.FixedWidthType](mem memory.Allocator, out arrow.DataType, n int, f func(g int) (T, error)) (arrow.Array, error) {
	return mapFixedValid(&Call{Mem: mem, Rows: n, Out: out}, allValid(mem, n), f)
}

// A counter is the accumulator of count.
type counter struct {
	mem    memory.Allocator
	out    arrow.DataType
	counts []int64
}

func newCount(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &counter{mem: mem, out: out}
}

func (c *counter) Grow(n int) { c.counts = grown(c.counts, n) }

func (c *counter) Add(groups []uint32, args []Arg) error {
	switch {
	case len(args) == 0 || !allNullArg(args[0]) && args[0].NullN() == 0:
		if len(c.counts) == 1 {
			c.counts[0] += int64(len(groups))
			return nil
		}
		if len(c.counts) <= fewGroups {
			countFew(c.counts, groups)
			return nil
		}
		for _, g := range groups {
			c.counts[g]++
		}
	case allNullArg(args[0]):
	default:
		for i, g := range groups {
			c.counts[g] += int64(bit(args[0].IsValid(args[0].Row(i))))
		}
	}
	return nil
}

func (c *counter) Merge(other Accumulator, groups []uint32) error {
	return c.Combine(other, nil, groups)
}

func (c *counter) Combine(other Accumulator, from, to []uint32) error {
	counts := other.(*counter).counts
	for k, g := range to {
		c.counts[g] += counts[chosen(from, k)]
	}
	return nil
}

func (c *counter) Result() (arrow.Array, error) {
	return fixedResult(c.mem, c.out, len(c.counts), func(g int) (int64, error) { return c.counts[g], nil })
}

func (c *counter) Bytes() int64 { return bytesOf(c.counts) }
func (c *counter) Release()     { c.counts = nil }
