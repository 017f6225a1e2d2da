package udf

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var listFuncs = []Scalar{
	{
		Name: "list_value", Aliases: []string{"make_array"}, Kind: "array", Args: []string{"element", "..."},
		Doc:     "An array of the arguments, as ARRAY[...] makes it. NULLs are elements like others; never NULL.",
		Example: "make_array(1, 2) = ARRAY[1, 2]",
		Impls: []Impl{{In: []Type{anyelement}, Variadic: true, Nulls: true, Eval: listValueEval,
			Out: func(in []arrow.DataType) (arrow.DataType, error) { return listOf(in[0]), nil }}},
	},
	{
		Name: "subscript", Kind: "array", Aliases: []string{"list_element", "array_element", "list_extract", "array_extract"}, Args: []string{"array", "place"},
		Doc:     "The element at a place, counted from 1, as array[place] writes it; NULL if there is none. Of a map: the value of a key. NULL if either is NULL.",
		Example: "list_element(ARRAY['a', 'b'], 2) = 'b'",
		Impls: []Impl{
			{In: []Type{anyarray, int8}, Out: returnsElement(0), Eval: subscriptEval},
			{In: []Type{anymap, anykey}, Out: mapItem, Eval: mapItemEval},
		},
	},
	{
		Name: "list_slice", Aliases: []string{"array_slice"}, Kind: "array", Args: []string{"array", "first", "last"},
		Doc:     "The elements from one place to another, both included and counted from 1, as array[first:last] writes it; empty where there are none. NULL if any argument is NULL.",
		Example: "list_slice(ARRAY[1, 2, 3], 2, 3) = ARRAY[2, 3]",
		Impls:   []Impl{{In: []Type{anyarray, int8, int8}, Out: returnsArg(0), Eval: sliceEval}},
	},
	{
		Name: "cardinality", Aliases: []string{"len", "list_length"}, Kind: "array", Args: []string{"array"},
		Doc:     "The number of elements, or of pairs in a map; 0 if it is empty. NULL if it is NULL.",
		Example: "cardinality(ARRAY[1, 2, 3]) = 3",
		Impls: []Impl{
			{In: []Type{anyarray}, Out: returns(int4Type), Eval: cardinalityEval},
			{In: []Type{anymap}, Out: returns(int4Type), Eval: cardinalityEval},
		},
	},
	{
		Name: "array_length", Kind: "array", Args: []string{"array", "dimension"},
		Doc:     "The number of elements; NULL if there are none. Dimension 1 is the array itself; arrays within arrays are values, so that other dimensions are NULL. NULL if either is NULL.",
		Example: "array_length(ARRAY['a', 'b'], 1) = 2",
		Impls: []Impl{
			{In: []Type{anyarray}, Out: returns(int4Type), Eval: arrayLengthEval},
			{In: []Type{anyarray, int4}, Out: returns(int4Type), Eval: arrayLengthEval},
		},
	},
	{
		Name: "array_append", Aliases: []string{"list_append"}, Kind: "array", Args: []string{"array", "element"},
		Doc:     "The array with an element put at its end. A NULL array is taken for an empty one.",
		Example: "array_append(ARRAY[1, 2], 3) = ARRAY[1, 2, 3]",
		Impls:   []Impl{{In: []Type{anyarray, anyelement}, Out: returnsArg(0), Nulls: true, Eval: joinEval}},
	},
	{
		Name: "array_prepend", Aliases: []string{"list_prepend"}, Kind: "array", Args: []string{"element", "array"},
		Doc:     "The array with an element put before its first. A NULL array is taken for an empty one.",
		Example: "array_prepend(1, ARRAY[2, 3]) = ARRAY[1, 2, 3]",
		Impls:   []Impl{{In: []Type{anyelement, anyarray}, Out: returnsArg(1), Nulls: true, Eval: joinEval}},
	},
	{
		Name: "array_cat", Aliases: []string{"list_concat", "list_cat"}, Kind: "array", Args: []string{"a", "b"},
		Doc:     "Two arrays one after the other. A NULL array is left out; NULL if both are.",
		Example: "array_cat(ARRAY[1], ARRAY[2, 3]) = ARRAY[1, 2, 3]",
		Impls:   []Impl{{In: []Type{anyarray, anyarray}, Out: returnsArg(0), Nulls: true, Eval: joinEval}},
	},
	{
		Name: "array_remove", Kind: "array", Args: []string{"array", "element"},
		Doc:     "The array without the elements equal to a value, NULL being equal to NULL. NULL if the array is.",
		Example: "array_remove(ARRAY[1, 2, 1], 1) = ARRAY[2]",
		Impls:   []Impl{{In: []Type{anyarray, anyelement}, Out: returnsArg(0), Nulls: true, Eval: removeEval}},
	},
	{
		Name: "list_sort", Aliases: []string{"array_sort"}, Kind: "array", Args: []string{"array"},
		Doc:     "The elements in ascending order, NULLs last. NULL if the array is.",
		Example: "list_sort(ARRAY[3, 1, 2]) = ARRAY[1, 2, 3]",
		Impls:   []Impl{{In: []Type{anyarray}, Out: returnsArg(0), Eval: sortEval}},
	},
	{
		Name: "list_distinct", Aliases: []string{"array_distinct"}, Kind: "array", Args: []string{"array"},
		Doc:     "The elements without repetitions, NULLs left out, each where it came first. NULL if the array is.",
		Example: "list_distinct(ARRAY[1, 2, 1]) = ARRAY[1, 2]",
		Impls:   []Impl{{In: []Type{anyarray}, Out: returnsArg(0), Eval: distinctListEval}},
	},
	{
		Name: "list_reverse", Aliases: []string{"array_reverse"}, Kind: "array", Args: []string{"array"},
		Doc:     "The elements in reverse order. NULL if the array is.",
		Example: "list_reverse(ARRAY[1, 2]) = ARRAY[2, 1]",
		Impls: []Impl{{In: []Type{anyarray}, Out: returnsArg(0), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			return mapElements(call, args, args[0], func(picks []int, _, from, to int) []int {
				for to--; to >= from; to-- {
					picks = append(picks, to)
				}
				return picks
			})
		}}},
	},
}

// arrayConcatenation are the overloads of || on arrays.
var arrayConcatenation = []Impl{
	{In: []Type{anyarray, anyarray}, Out: returnsArg(0), Nulls: true, Eval: joinEval},
	{In: []Type{anyarray, anyelement}, Out: returnsArg(0), Nulls: true, Eval: joinEval},
	{In: []Type{anyelement, anyarray}, Out: returnsArg(1), Nulls: true, Eval: joinEval},
}

// gather makes an array of lists: row i has the elements that picks[ends[i-1]:ends[i]] names.
func gather(call *Call, valid *validity, elements arrow.Array, picks []int, ends []int32) (arrow.Array, error) {
	out := call.Out.(*arrow.ListType)
	values, err := take(call.Mem, elements, picks)
	if err != nil {
		valid.release()
		return nil, err
	}
	defer values.Release()
	same := retype(values, out.Elem())
	defer same.Release()
	same.Data().Retain()
	buffer, offsets := newValues[int32](call.Mem, valid.n+1)
	offsets[0] = 0
	copy(offsets[1:], ends)
	return valid.arrayOf(out, []arrow.ArrayData{same.Data()}, buffer), nil
}

// mapElements makes lists of the elements that f appends the places of; its lists are those of one argument.
func mapElements(call *Call, args []Arg, of Arg, f func(picks []int, i, from, to int) []int) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	return mapElementsValid(call, valid, of, f)
}

func mapElementsValid(call *Call, valid *validity, of Arg, f func(picks []int, i, from, to int) []int) (arrow.Array, error) {
	lists := listsOf(of)
	var picks []int
	ends := make([]int32, valid.n)
	for i := range ends {
		if valid.at(i) {
			from, to := lists.at(i)
			picks = f(picks, i, from, to)
		}
		ends[i] = int32(len(picks))
	}
	return gather(call, valid, lists.elements, picks, ends)
}

func listValueEval(call *Call, args []Arg) (arrow.Array, error) {
	n := rowsOf(call, args)
	elem := call.Out.(*arrow.ListType).Elem()
	args, release := alike(args, elem)
	defer release()
	values, err := interleave(call.Mem, args, n)
	if err != nil {
		return nil, err
	}
	defer values.Release()
	same := retype(values, elem)
	defer same.Release()
	same.Data().Retain()
	buffer, offsets := newValues[int32](call.Mem, n+1)
	for i := range offsets {
		offsets[i] = int32(i * len(args))
	}
	return allValid(call.Mem, n).arrayOf(call.Out, []arrow.ArrayData{same.Data()}, buffer), nil
}

// interleave lines up the arguments of n rows in one long column: those of row 0, then those of row 1.
func interleave(mem memory.Allocator, args []Arg, n int) (arrow.Array, error) {
	all, starts, err := concatenate(mem, args)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	rows := make([]int, 0, n*len(args))
	for i := range n {
		for k, a := range args {
			rows = append(rows, starts[k]+a.Row(i))
		}
	}
	return take(mem, all, rows)
}

func subscriptEval(call *Call, args []Arg) (arrow.Array, error) {
	lists, place := listsOf(args[0]), columnOf[int64](args[1])
	n := rowsOf(call, args)
	rows := make([]int, n)
	for i := range rows {
		rows[i] = -1
		if isNullAt(args[0], i) || isNullAt(args[1], i) {
			continue
		}
		from, to := lists.at(i)
		if p := place.at(i); p >= 1 && p <= int64(to-from) {
			rows[i] = from + int(p) - 1
		}
	}
	return take(call.Mem, lists.elements, rows)
}

func sliceEval(call *Call, args []Arg) (arrow.Array, error) {
	first, last := columnOf[int64](args[1]), columnOf[int64](args[2])
	return mapElements(call, args, args[0], func(picks []int, i, from, to int) []int {
		n := int64(to - from)
		for p := max(first.at(i), 1); p <= min(last.at(i), n); p++ {
			picks = append(picks, from+int(p)-1)
		}
		return picks
	})
}

func cardinalityEval(call *Call, args []Arg) (arrow.Array, error) {
	lists := listsOf(args[0])
	return mapFixed(call, args, func(i int) (int32, error) {
		from, to := lists.at(i)
		return int32(to - from), nil
	})
}

func arrayLengthEval(call *Call, args []Arg) (arrow.Array, error) {
	lists := listsOf(args[0])
	return mapFixed(call, args, func(i int) (int32, error) {
		from, to := lists.at(i)
		if from == to || len(args) == 2 && columnOf[int32](args[1]).at(i) != 1 {
			return 0, errNull
		}
		return int32(to - from), nil
	})
}

// joinEval puts arrays and elements one after the other: whatever has not the type of the result is an element.
func joinEval(call *Call, args []Arg) (arrow.Array, error) {
	n := rowsOf(call, args)
	elem := call.Out.(*arrow.ListType).Elem()
	parts := make([]Arg, len(args))
	isList := make([]bool, len(args))
	lists := make([]listColumn, len(args))
	for k, a := range args {
		parts[k] = a
		if isList[k] = sameType(a.DataType(), call.Out); isList[k] {
			lists[k] = listsOf(a)
			parts[k] = Arg{Array: lists[k].elements}
		}
	}
	parts, release := alike(parts, elem)
	defer release()
	all, starts, err := concatenate(call.Mem, parts)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	valid := allValid(call.Mem, n)
	var picks []int
	ends := make([]int32, n)
	for i := range ends {
		nulls := 0
		for k, a := range args {
			switch {
			case !isList[k]:
				picks = append(picks, starts[k]+a.Row(i))
			case isNullAt(a, i):
				nulls++
			default:
				from, to := lists[k].at(i)
				for ; from < to; from++ {
					picks = append(picks, starts[k]+from)
				}
			}
		}
		if nulls == len(args) {
			valid.clear(i)
		}
		ends[i] = int32(len(picks))
	}
	return gather(call, valid, all, picks, ends)
}

func removeEval(call *Call, args []Arg) (arrow.Array, error) {
	lists := listsOf(args[0])
	compare := compareNullable(lists.elements, args[1].Array)
	valid := validOf(call, args[:1], rowsOf(call, args))
	return mapElementsValid(call, valid, args[0], func(picks []int, i, from, to int) []int {
		for ; from < to; from++ {
			if compare(from, args[1].Row(i)) != 0 {
				picks = append(picks, from)
			}
		}
		return picks
	})
}

func sortEval(call *Call, args []Arg) (arrow.Array, error) {
	elements := listsOf(args[0]).elements
	compare := compareNullable(elements, elements)
	return mapElements(call, args, args[0], func(picks []int, _, from, to int) []int {
		start := len(picks)
		for ; from < to; from++ {
			picks = append(picks, from)
		}
		slices.SortStableFunc(picks[start:], compare)
		return picks
	})
}

func distinctListEval(call *Call, args []Arg) (arrow.Array, error) {
	elements := listsOf(args[0]).elements
	compare := compareNullable(elements, elements)
	var order []int
	return mapElements(call, args, args[0], func(picks []int, _, from, to int) []int {
		order = order[:0]
		for ; from < to; from++ {
			if elements.IsValid(from) {
				order = append(order, from)
			}
		}
		slices.SortStableFunc(order, compare)
		order = slices.CompactFunc(order, func(a, b int) bool { return compare(a, b) == 0 })
		slices.Sort(order)
		return append(picks, order...)
	})
}
