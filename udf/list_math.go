package udf

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

var listMathFuncs = []Scalar{
	{
		Name: "list_sum", Aliases: []string{"array_sum"}, Kind: "array", Args: []string{"array"},
		Doc:     "The sum of the elements that are not NULL, as sum gives it for rows; NULL if there are none. NULL if the array is.",
		Example: "list_sum(ARRAY[1, 2, 3]) = 6",
		Impls:   listAggregates(sumImpls),
	},
	{
		Name: "list_avg", Aliases: []string{"array_avg"}, Kind: "array", Args: []string{"array"},
		Doc:     "The mean of the elements that are not NULL, as avg gives it for rows; NULL if there are none. NULL if the array is.",
		Example: "list_avg(ARRAY[1.0, 2.0]) = 1.5",
		Impls:   listAggregates(avgImpls),
	},
	{
		Name: "list_min", Aliases: []string{"array_min"}, Kind: "array", Args: []string{"array"},
		Doc:     "The least of the elements that are not NULL; NULL if there are none. NULL if the array is.",
		Example: "list_min(ARRAY[3, 1, 2]) = 1",
		Impls:   []Impl{{In: []Type{anyarray}, Out: returnsElement(0), Eval: listExtreme(func(order int) bool { return order < 0 })}},
	},
	{
		Name: "list_max", Aliases: []string{"array_max"}, Kind: "array", Args: []string{"array"},
		Doc:     "The greatest of the elements that are not NULL; NULL if there are none. NULL if the array is.",
		Example: "list_max(ARRAY[3, 1, 2]) = 3",
		Impls:   []Impl{{In: []Type{anyarray}, Out: returnsElement(0), Eval: listExtreme(func(order int) bool { return order > 0 })}},
	},
	{
		Name: "range", Kind: "array", Args: []string{"start", "stop", "step"},
		Doc:     "An array of the integers from start up to, without, stop; from 0 if one argument is given. The step is 1 unless given and not 0. NULL if an argument is NULL.",
		Example: "range(1, 4) = ARRAY[1, 2, 3]::bigint[]",
		Impls: []Impl{
			{In: []Type{int8}, Out: returns(listOf(int8Type)), Eval: rangeEval},
			{In: []Type{int8, int8}, Out: returns(listOf(int8Type)), Eval: rangeEval},
			{In: []Type{int8, int8, int8}, Out: returns(listOf(int8Type)), Eval: rangeEval},
		},
	},
}

// listAggregates run an aggregate over the elements of each array.
func listAggregates(aggregates []AggregateImpl) []Impl {
	impls := make([]Impl, 0, len(aggregates))
	for _, aggregate := range aggregates {
		of, ok := arrayOf(aggregate.In[0])
		if !ok {
			continue
		}
		impls = append(impls, Impl{
			In: []Type{of},
			Out: func(in []arrow.DataType) (arrow.DataType, error) {
				return aggregate.Out([]arrow.DataType{elementType(in[0])})
			},
			Eval: func(call *Call, args []Arg) (arrow.Array, error) {
				return aggregateLists(call, args, &aggregate)
			},
		})
	}
	return impls
}

// arrayOf is the pattern of arrays whose elements match a number's pattern.
func arrayOf(t Type) (Type, bool) {
	if !slices.Contains([]string{int2.Name, int4.Name, int8.Name, float4.Name, float8.Name, numeric.Name}, t.Name) {
		return Type{}, false
	}
	return Type{Name: t.Name + "[]", Match: func(dt arrow.DataType) bool { return dt.ID() == arrow.LIST && t.Match(elementType(dt)) },
		cast: func(from arrow.DataType) arrow.DataType {
			if isVector(from) && t.Name == float4.Name {
				return listOf(float4Type)
			}
			return nil
		}}, true
}

func aggregateLists(call *Call, args []Arg, aggregate *AggregateImpl) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	defer valid.release()
	lists := listsOf(args[0])
	var picks []int
	var groups []uint32
	for i := range n {
		if !valid.at(i) {
			continue
		}
		for from, to := lists.at(i); from < to; from++ {
			picks = append(picks, from)
			groups = append(groups, uint32(i))
		}
	}
	elements, err := take(call.Mem, lists.elements, picks)
	if err != nil {
		return nil, err
	}
	defer elements.Release()
	state := aggregate.New(call.Mem, []arrow.DataType{elements.DataType()}, call.Out)
	defer state.Release()
	state.Grow(n)
	if err := state.Add(groups, []Arg{{Array: elements}}); err != nil {
		return nil, err
	}
	return state.Result()
}

func listExtreme(before func(order int) bool) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		lists := listsOf(args[0])
		compare := comparer(lists.elements, lists.elements)
		rows := make([]int, rowsOf(call, args))
		for i := range rows {
			rows[i] = -1
			if isNullAt(args[0], i) {
				continue
			}
			for from, to := lists.at(i); from < to; from++ {
				if lists.elements.IsValid(from) && (rows[i] < 0 || before(compare(from, rows[i]))) {
					rows[i] = from
				}
			}
		}
		return take(call.Mem, lists.elements, rows)
	}
}

// maxRange is the number of elements that range makes for one row.
const maxRange = 1 << 24

func rangeEval(call *Call, args []Arg) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	buffer, offsets := newValues[int32](call.Mem, n+1)
	offsets[0] = 0
	fail := func(err error) (arrow.Array, error) {
		buffer.Release()
		valid.release()
		return nil, err
	}
	var values []int64
	for i := range n {
		if valid.at(i) {
			start, stop, step := int64(0), columnOf[int64](args[0]).at(i), int64(1)
			if len(args) > 1 {
				start, stop = stop, columnOf[int64](args[1]).at(i)
			}
			if len(args) > 2 {
				step = columnOf[int64](args[2]).at(i)
			}
			if step == 0 {
				return fail(faultf(stateInvalidParameter, "step size cannot equal zero"))
			}
			count := 0
			for v := start; step > 0 && v < stop || step < 0 && v > stop; v += step {
				if count++; count > maxRange || len(values) > maxTextBytes/8 {
					return fail(faultf(stateProgramLimit, "range exceeds %d elements", maxRange))
				}
				values = append(values, v)
				if step > 0 && v > stop-step && v+step < v || step < 0 && v+step > v {
					break // the next one would wrap round
				}
			}
		}
		offsets[i+1] = int32(len(values))
	}
	data, out := newValues[int64](call.Mem, len(values))
	copy(out, values)
	child := allValid(call.Mem, len(values)).array(int8Type, data)
	defer child.Release()
	child.Data().Retain()
	return valid.arrayOf(call.Out, []arrow.ArrayData{child.Data()}, buffer), nil
}
