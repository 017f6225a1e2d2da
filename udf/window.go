package udf

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Window is a function of a row's place in a window: of its partition, in an order. What it computes is the executor's; the
// aggregates are window functions too, and not among these.
type Window struct {
	Name  string
	Args  []string
	Doc   string
	Impls []WindowImpl
}

// A WindowImpl is an overload of a window function.
type WindowImpl struct {
	In  []Type
	Out func(in []arrow.DataType) (arrow.DataType, error)
}

var windowFuncs = []Window{
	{Name: "row_number", Args: []string{}, Impls: []WindowImpl{{Out: returns(int8Type)}},
		Doc: "The number of the row in its partition, counted from 1."},
	{Name: "rank", Args: []string{}, Impls: []WindowImpl{{Out: returns(int8Type)}},
		Doc: "The number of the first row that the order does not tell from this one: ranks have gaps."},
	{Name: "dense_rank", Args: []string{}, Impls: []WindowImpl{{Out: returns(int8Type)}},
		Doc: "The rank without gaps: how many different values of the order there are up to this row."},
	{Name: "percent_rank", Args: []string{}, Impls: []WindowImpl{{Out: returns(float8Type)}},
		Doc: "(rank - 1) / (rows of the partition - 1), from 0 to 1; 0 in a partition of one row."},
	{Name: "cume_dist", Args: []string{}, Impls: []WindowImpl{{Out: returns(float8Type)}},
		Doc: "The share of the partition's rows that come before this row or are not told from it, above 0 and up to 1."},
	{Name: "ntile", Args: []string{"buckets"}, Impls: []WindowImpl{{In: []Type{int4}, Out: returns(int4Type)}},
		Doc: "The number of the row's bucket, where the partition is dealt into so many of sizes as equal as can be. Fewer than one is an error; NULL if the number is NULL."},
	{Name: "lag", Args: []string{"value", "offset", "default"}, Impls: lagImpls,
		Doc: "The value of the row so many rows before this one in the partition, one without an offset; the default, or NULL, if there is no such row. NULL if the offset is NULL."},
	{Name: "lead", Args: []string{"value", "offset", "default"}, Impls: lagImpls,
		Doc: "The value of the row so many rows after this one in the partition, one without an offset; the default, or NULL, if there is no such row. NULL if the offset is NULL."},
	{Name: "first_value", Args: []string{"value"}, Impls: []WindowImpl{{In: []Type{anyvalue}, Out: returnsArg(0)}},
		Doc: "The value of the first row of the frame; NULL if the frame has none."},
	{Name: "last_value", Args: []string{"value"}, Impls: []WindowImpl{{In: []Type{anyvalue}, Out: returnsArg(0)}},
		Doc: "The value of the last row of the frame, which by default ends with the rows that the order does not tell from this one; NULL if the frame has none."},
	{Name: "nth_value", Args: []string{"value", "n"}, Impls: []WindowImpl{{In: []Type{anyvalue, int4}, Out: returnsArg(0)}},
		Doc: "The value of the n-th row of the frame, counted from 1; NULL if there are fewer. n below 1 is an error; NULL if n is NULL."},
}

var lagImpls = []WindowImpl{
	{In: []Type{anyvalue}, Out: returnsArg(0)},
	{In: []Type{anyvalue, int4}, Out: returnsArg(0)},
	{In: []Type{anyelement, int4, anyelement}, Out: returnsArg(0)},
}

// IsWindow reports whether a window function that is no aggregate has this name.
func (s *Set) IsWindow(name string) bool { return s.windows[name] != nil }

// Windows lists the window functions by name.
func (s *Set) Windows() []Window {
	list := make([]Window, 0, len(s.windows))
	for _, f := range s.windows {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b Window) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// ResolveWindow finds the overload of a window function, by the rules of Resolve.
func (s *Set) ResolveWindow(name string, args []arrow.DataType) (Resolved, error) {
	f := s.windows[name]
	if f == nil {
		return Resolved{}, s.unknown(name, args)
	}
	signatures := make([]signature, len(f.Impls))
	overloads := make([]Impl, len(f.Impls)) // for messages
	for i, impl := range f.Impls {
		signatures[i] = signature{impl.In, false}
		overloads[i].In = impl.In
	}
	named := Scalar{Name: f.Name, Impls: overloads}
	i, targets, err := choose(signatures, args)
	if err != nil {
		return Resolved{}, named.ambiguous(name, args)
	}
	if i < 0 {
		return Resolved{}, named.mismatch(name, args)
	}
	out, err := f.Impls[i].Out(targets)
	if err != nil {
		return Resolved{}, inFunction(f.Name, err)
	}
	return Resolved{Name: f.Name, Args: targets, Out: out}, nil
}
