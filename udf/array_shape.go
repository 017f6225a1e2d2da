package udf

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// PostgreSQL's functions about the dimensions of arrays. Arrays of arrays count as several dimensions, and have the lengths of
// their first elements, as theirs may differ.

var arrayShapeFuncs = []Scalar{
	{
		Name: "array_ndims", Kind: "array", Args: []string{"array"},
		Doc:     "The number of dimensions: 2 of an array of arrays; NULL of an empty one. NULL if it is NULL.",
		Example: "array_ndims(ARRAY[ARRAY[1, 2], ARRAY[3, 4]]) = 2",
		Impls: []Impl{{In: []Type{anyarray}, Out: returns(int4Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			lengths := dimensionsOf(args[0])
			return mapFixed(call, args, func(i int) (int32, error) {
				n := int32(len(lengths(i)))
				if n == 0 {
					return 0, errNull
				}
				return n, nil
			})
		}}},
	},
	{
		Name: "array_dims", Kind: "array", Args: []string{"array"},
		Doc:     "The bounds of each dimension as text; NULL of an empty array. NULL if it is NULL.",
		Example: "array_dims(ARRAY[ARRAY[1, 2, 3], ARRAY[4, 5, 6]]) = '[1:2][1:3]'",
		Impls: []Impl{{In: []Type{anyarray}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			lengths := dimensionsOf(args[0])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				all := lengths(i)
				if len(all) == 0 {
					return dst, errNull
				}
				for _, n := range all {
					dst = append(strconv.AppendInt(append(dst, "[1:"...), int64(n), 10), ']')
				}
				return dst, nil
			})
		}}},
	},
	{
		Name: "array_lower", Kind: "array", Args: []string{"array", "dimension"},
		Doc:     "The first index of a dimension, which is 1; NULL if there is no such dimension or the array is empty. NULL if an argument is NULL.",
		Example: "array_lower(ARRAY[7, 8], 1) = 1",
		Impls:   []Impl{{In: []Type{anyarray, int4}, Out: returns(int4Type), Eval: arrayBound(func(int) int32 { return 1 })}},
	},
	{
		Name: "array_upper", Kind: "array", Args: []string{"array", "dimension"},
		Doc:     "The last index of a dimension; NULL if there is no such dimension or the array is empty. NULL if an argument is NULL.",
		Example: "array_upper(ARRAY[7, 8, 9], 1) = 3",
		Impls:   []Impl{{In: []Type{anyarray, int4}, Out: returns(int4Type), Eval: arrayBound(func(n int) int32 { return int32(n) })}},
	},
	{
		Name: "array_subscripts", Kind: "array", Internal: true, Args: []string{"array", "dimension"},
		Doc:     "The indexes of a dimension: the rows of generate_subscripts. Empty if there is no such dimension. NULL if an argument is NULL.",
		Example: "array_subscripts(ARRAY['a', 'b'], 1) = ARRAY[1, 2]",
		Impls: []Impl{{In: []Type{anyarray, int4}, Out: returns(listOf(int4Type)), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			lengths, dimensions := dimensionsOf(args[0]), columnOf[int32](args[1])
			return mapBuilt(call, args, func(elements array.Builder, i int) error {
				if all, d := lengths(i), int(dimensions.at(i)); d >= 1 && d <= len(all) {
					for at := range all[d-1] {
						elements.(*array.Int32Builder).Append(int32(at + 1))
					}
				}
				return nil
			})
		}}},
	},
	{
		Name: "array_position", Aliases: []string{"list_position", "list_indexof"}, Kind: "array", Args: []string{"array", "element", "start"},
		Doc:     "The place of the first element equal to the value, NULL equal to NULL, counted from 1, or of the first from a place on; NULL if there is none. NULL if the array is.",
		Example: "array_position(ARRAY['a', 'b'], 'b') = 2",
		Impls: []Impl{
			{In: []Type{anyarray, anyelement}, Out: returns(int4Type), Nulls: true, Eval: arrayPosition},
			{In: []Type{anyarray, anyelement, int4}, Out: returns(int4Type), Nulls: true, Eval: arrayPosition},
		},
	},
	{
		Name: "array_positions", Kind: "array", Args: []string{"array", "element"},
		Doc:     "The places of the elements equal to the value, NULL equal to NULL, counted from 1. NULL if the array is.",
		Example: "array_positions(ARRAY['a', 'b', 'a'], 'a') = ARRAY[1, 3]",
		Impls: []Impl{{In: []Type{anyarray, anyelement}, Out: returns(listOf(int4Type)), Nulls: true, Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			return arrayPositions(call, args)
		}}},
	},
	{
		Name: "array_replace", Kind: "array", Args: []string{"array", "from", "to"},
		Doc:     "The array with every element equal to a value, NULL equal to NULL, replaced. NULL if the array is.",
		Example: "array_replace(ARRAY[1, 2, 1], 1, 9) = ARRAY[9, 2, 9]",
		Impls:   []Impl{{In: []Type{anyarray, anyelement, anyelement}, Out: returnsArg(0), Nulls: true, Eval: arrayReplace}},
	},
	{
		Name: "trim_array", Kind: "array", Args: []string{"array", "n"},
		Doc:     "The array without its last n elements; more than there are, or fewer than none, are an error. NULL if an argument is NULL.",
		Example: "trim_array(ARRAY[1, 2, 3], 1) = ARRAY[1, 2]",
		Impls: []Impl{{In: []Type{anyarray, int4}, Out: returnsArg(0), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			lists, counts := listsOf(args[0]), columnOf[int32](args[1])
			valid := validOf(call, args, rowsOf(call, args))
			for i := range valid.n {
				if from, to := lists.at(i); valid.at(i) && (counts.at(i) < 0 || int(counts.at(i)) > to-from) {
					valid.release()
					return nil, faultf(stateArrayElement, "number of elements to trim must be between 0 and %d", to-from)
				}
			}
			return mapElementsValid(call, valid, args[0], func(picks []int, i, from, to int) []int {
				for ; from < to-int(counts.at(i)); from++ {
					picks = append(picks, from)
				}
				return picks
			})
		}}},
	},
	{
		Name: "array_fill", Kind: "array", Args: []string{"value", "lengths"},
		Doc:     "An array of so many copies of a value. The lengths are an array with one element: arrays of several dimensions are not made. NULL if the lengths are.",
		Example: "array_fill(7, ARRAY[3]) = ARRAY[7, 7, 7]",
		Impls: []Impl{{In: []Type{anyvalue, int4s}, Nulls: true, Out: func(in []arrow.DataType) (arrow.DataType, error) { return listOf(in[0]), nil },
			Eval: arrayFill}},
	},
}

var int4s = one("integer[]", listOf(int4Type), 1)

// dimensionsOf reads the lengths of a row's dimensions, none of an empty array.
func dimensionsOf(a Arg) func(i int) []int {
	lists := listsOf(a)
	var inner func(i int) []int
	switch elementType(a.DataType()).ID() {
	case arrow.LIST, arrow.FIXED_SIZE_LIST:
		inner = dimensionsOf(Arg{Array: lists.elements})
	}
	return func(i int) []int {
		from, to := lists.at(i)
		switch {
		case from == to:
			return nil
		case inner == nil || lists.elements.IsNull(from):
			return []int{to - from}
		}
		return append([]int{to - from}, inner(from)...)
	}
}

func arrayBound(bound func(n int) int32) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		lengths, dimensions := dimensionsOf(args[0]), columnOf[int32](args[1])
		return mapFixed(call, args, func(i int) (int32, error) {
			all, d := lengths(i), int(dimensions.at(i))
			if d < 1 || d > len(all) {
				return 0, errNull
			}
			return bound(all[d-1]), nil
		})
	}
}

// sameAs tells whether an element equals the row's value, NULL equal to NULL.
func sameAs(lists listColumn, value Arg) func(i, element int) bool {
	compare := comparer(lists.elements, value.Array)
	return func(i, element int) bool {
		if isNullAt(value, i) || lists.elements.IsNull(element) {
			return isNullAt(value, i) && lists.elements.IsNull(element)
		}
		return compare(element, value.Row(i)) == 0
	}
}

func arrayPosition(call *Call, args []Arg) (arrow.Array, error) {
	lists := listsOf(args[0])
	same, starts := sameAs(lists, args[1]), integersOf(args, 2, 1)
	return mapFixedValid(call, validOf(call, args[:1], rowsOf(call, args)), func(i int) (int32, error) {
		if len(args) > 2 && isNullAt(args[2], i) {
			return 0, &Error{State: stateNullNotAllowed, Msg: "initial position must not be null"}
		}
		from, to := lists.at(i)
		for at := from + max(0, starts(i)-1); at < to; at++ {
			if same(i, at) {
				return int32(at-from) + 1, nil
			}
		}
		return 0, errNull
	})
}

func arrayPositions(call *Call, args []Arg) (arrow.Array, error) {
	lists := listsOf(args[0])
	same := sameAs(lists, args[1])
	n := rowsOf(call, args)
	valid, ends := validOf(call, args[:1], n), make([]int32, n)
	var places []int32
	for i := range n {
		if valid.at(i) {
			from, to := lists.at(i)
			for at := from; at < to; at++ {
				if same(i, at) {
					places = append(places, int32(at-from+1))
				}
			}
		}
		ends[i] = int32(len(places))
	}
	elements, err := fixedResult(call.Mem, int4Type, len(places), func(i int) (int32, error) { return places[i], nil })
	if err != nil {
		valid.release()
		return nil, err
	}
	defer elements.Release()
	return gather(call, valid, elements, firstRows(len(places)), ends)
}

// firstRows is 0, 1 ... n-1.
func firstRows(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func arrayReplace(call *Call, args []Arg) (arrow.Array, error) {
	lists := listsOf(args[0])
	same := sameAs(lists, args[1])
	valid := validOf(call, args[:1], rowsOf(call, args))
	// The new values lie behind the elements.
	all, starts, err := concatenate(call.Mem, []Arg{{Array: lists.elements}, args[2]})
	if err != nil {
		valid.release()
		return nil, err
	}
	defer all.Release()
	var picks []int
	ends := make([]int32, valid.n)
	for i := range ends {
		if valid.at(i) {
			for from, to := lists.at(i); from < to; from++ {
				switch {
				case !same(i, from):
					picks = append(picks, from)
				case isNullAt(args[2], i):
					picks = append(picks, -1)
				default:
					picks = append(picks, starts[1]+args[2].Row(i))
				}
			}
		}
		ends[i] = int32(len(picks))
	}
	return gather(call, valid, all, picks, ends)
}

func arrayFill(call *Call, args []Arg) (arrow.Array, error) {
	lengths := listsOf(args[1])
	counts := columnOf[int32](Arg{Array: lengths.elements})
	valid := validOf(call, args[1:], rowsOf(call, args))
	var picks []int
	ends := make([]int32, valid.n)
	for i := range ends {
		if valid.at(i) {
			from, to := lengths.at(i)
			switch {
			case to-from != 1:
				valid.release()
				return nil, &Error{State: stateUnsupported, Msg: "arrays of several dimensions are not made", Hint: "give one length"}
			case lengths.elements.IsNull(from) || counts.at(from) < 0 || int64(len(picks))+int64(counts.at(from)) > maxRange:
				valid.release()
				return nil, faultf(stateProgramLimit, "the length of an array must be between 0 and %d", maxRange)
			}
			for range counts.at(from) {
				picks = append(picks, args[0].Row(i))
			}
		}
		ends[i] = int32(len(picks))
	}
	return gather(call, valid, args[0].Array, picks, ends)
}
