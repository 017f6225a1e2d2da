package udf

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

var nestedFuncs = []Scalar{
	{
		Name: "row", Kind: "struct", Args: []string{"value", "..."},
		Doc:     "A struct of the arguments, with fields f1, f2 and so on, as ROW(...) writes it. Never NULL.",
		Example: "row(1, 'a') = row(1, 'a')",
		Impls:   []Impl{{In: []Type{anyvalue}, Variadic: true, Out: rowType, Nulls: true, Eval: rowEval}},
	},
	{
		Name: "map_extract", Aliases: []string{"element_at"}, Kind: "map", Args: []string{"map", "key"},
		Doc:     "The value of a key; NULL if the map has no such key. Also written map[key]. NULL if either is NULL.",
		Example: "element_at(map(ARRAY['a', 'b'], ARRAY[1, 2]), 'b') = 2",
		Impls:   []Impl{{In: []Type{anymap, anykey}, Out: mapItem, Eval: mapItemEval}},
	},
	{
		Name: "map_keys", Kind: "map", Args: []string{"map"},
		Doc:     "The keys as an array, in the map's order. NULL if the map is.",
		Example: "map_keys(map(ARRAY['a', 'b'], ARRAY[1, 2])) = ARRAY['a', 'b']",
		Impls: []Impl{{In: []Type{anymap}, Out: func(in []arrow.DataType) (arrow.DataType, error) {
			return listOf(in[0].(*arrow.MapType).KeyType()), nil
		},
			Eval: func(call *Call, args []Arg) (arrow.Array, error) { return mapPart(call, args, (*array.Map).Keys) }}},
	},
	{
		Name: "map_values", Kind: "map", Args: []string{"map"},
		Doc:     "The values as an array, in the map's order. NULL if the map is.",
		Example: "map_values(map(ARRAY['a', 'b'], ARRAY[1, 2])) = ARRAY[1, 2]",
		Impls: []Impl{{In: []Type{anymap}, Out: func(in []arrow.DataType) (arrow.DataType, error) {
			return listOf(in[0].(*arrow.MapType).ItemType()), nil
		},
			Eval: func(call *Call, args []Arg) (arrow.Array, error) { return mapPart(call, args, (*array.Map).Items) }}},
	},
	{
		Name: "map", Kind: "map", Args: []string{"keys", "values"},
		Doc:     "A map of keys and values given as two arrays of one length. NULL keys are an error, as are two equal ones. NULL if either is NULL.",
		Example: "cardinality(map(ARRAY['a', 'b'], ARRAY[1, 2])) = 2",
		Impls:   []Impl{{In: []Type{arrayOfKeys, arrayOfAny}, Out: mapType, Eval: mapEval}},
	},
}

// arrayOfAny is an array of any type, whatever the other arguments are.
var arrayOfAny = Type{Name: "any[]", Match: func(dt arrow.DataType) bool { return dt.ID() == arrow.LIST }}

// arrayOfKeys is an array of values that can be told apart.
var arrayOfKeys = Type{Name: "any[]", Match: func(dt arrow.DataType) bool { return dt.ID() == arrow.LIST && isComparable(dt) }}

func rowType(in []arrow.DataType) (arrow.DataType, error) {
	fields := make([]arrow.Field, len(in))
	for i, dt := range in {
		fields[i] = arrow.Field{Name: fmt.Sprintf("f%d", i+1), Type: dt, Nullable: true}
	}
	return arrow.StructOf(fields...), nil
}

func rowEval(call *Call, args []Arg) (arrow.Array, error) {
	n := rowsOf(call, args)
	out := call.Out.(*arrow.StructType)
	children := make([]arrow.ArrayData, len(args))
	for k, a := range args {
		column, err := expand(call, a, n)
		if err != nil {
			for _, done := range children[:k] {
				done.Release()
			}
			return nil, err
		}
		same := retype(column, out.Field(k).Type)
		column.Release()
		children[k] = same.Data()
		children[k].Retain()
		same.Release()
	}
	return allValid(call.Mem, n).arrayOf(out, children), nil
}

// expand is an argument as an array of n rows.
func expand(call *Call, a Arg, n int) (arrow.Array, error) {
	if !a.Const || n == 1 {
		return array.NewSlice(a.Array, 0, int64(n)), nil
	}
	return take(call.Mem, a.Array, make([]int, n))
}

func mapItem(in []arrow.DataType) (arrow.DataType, error) {
	return in[0].(*arrow.MapType).ItemType(), nil
}

func mapItemEval(call *Call, args []Arg) (arrow.Array, error) {
	maps, lists := args[0].Array.(*array.Map), listsOf(args[0])
	compare := comparer(maps.Keys(), args[1].Array)
	rows := make([]int, rowsOf(call, args))
	for i := range rows {
		rows[i] = -1
		if isNullAt(args[0], i) || isNullAt(args[1], i) {
			continue
		}
		for from, to := lists.at(i); from < to; from++ {
			if compare(from, args[1].Row(i)) == 0 {
				rows[i] = from
				break
			}
		}
	}
	return take(call.Mem, maps.Items(), rows)
}

func mapPart(call *Call, args []Arg, part func(*array.Map) arrow.Array) (arrow.Array, error) {
	lists := listsOf(args[0])
	elements := part(args[0].Array.(*array.Map))
	valid := validOf(call, args, rowsOf(call, args))
	var picks []int
	ends := make([]int32, valid.n)
	for i := range ends {
		if valid.at(i) {
			for from, to := lists.at(i); from < to; from++ {
				picks = append(picks, from)
			}
		}
		ends[i] = int32(len(picks))
	}
	return gather(call, valid, elements, picks, ends)
}

func mapType(in []arrow.DataType) (arrow.DataType, error) {
	return arrow.MapOf(elementType(in[0]), elementType(in[1])), nil
}

func mapEval(call *Call, args []Arg) (arrow.Array, error) {
	out := call.Out.(*arrow.MapType)
	keys, items := listsOf(args[0]), listsOf(args[1])
	valid := validOf(call, args, rowsOf(call, args))
	var keyPicks, itemPicks []int
	buffer, offsets := newValues[int32](call.Mem, valid.n+1)
	offsets[0] = 0
	compare := comparer(keys.elements, keys.elements)
	fail := func(err error) (arrow.Array, error) {
		buffer.Release()
		valid.release()
		return nil, err
	}
	for i := range valid.n {
		if valid.at(i) {
			from, to := keys.at(i)
			item, end := items.at(i)
			if to-from != end-item {
				return fail(faultf(stateInvalidParameter, "a map needs as many keys as values, not %d and %d", to-from, end-item))
			}
			start := len(keyPicks)
			for at := from; at < to; at, item = at+1, item+1 {
				if keys.elements.IsNull(at) {
					return fail(faultf(stateNullNotAllowed, "a map's key must not be NULL"))
				}
				keyPicks, itemPicks = append(keyPicks, at), append(itemPicks, item)
			}
			ordered := slices.SortedFunc(slices.Values(keyPicks[start:]), compare)
			if len(slices.CompactFunc(ordered, func(a, b int) bool { return compare(a, b) == 0 })) < to-from {
				return fail(faultf(stateInvalidParameter, "a map's key must not occur twice"))
			}
		}
		offsets[i+1] = int32(len(keyPicks))
	}
	keyValues, err := take(call.Mem, keys.elements, keyPicks)
	if err != nil {
		return fail(err)
	}
	defer keyValues.Release()
	itemValues, err := take(call.Mem, items.elements, itemPicks)
	if err != nil {
		return fail(err)
	}
	defer itemValues.Release()
	keyValues.Data().Retain()
	itemValues.Data().Retain()
	pairs := allValid(call.Mem, len(keyPicks)).arrayOf(out.Elem(), []arrow.ArrayData{keyValues.Data(), itemValues.Data()})
	defer pairs.Release()
	pairs.Data().Retain()
	return valid.arrayOf(out, []arrow.ArrayData{pairs.Data()}, buffer), nil
}
