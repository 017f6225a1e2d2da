package udf

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf/jsonb"
)

var jsonChangeFuncs = []Scalar{
	{
		Name: "json_concat", Kind: "json", Args: []string{"a", "b"}, Internal: true,
		Doc:     "Operator ||: two objects merged, of which the right one's pairs win; any other values as one array. NULL if an argument is NULL.",
		Example: `json_concat('{"a": 1}', '{"b": 2}') = '{"a": 1, "b": 2}'::jsonb`,
		Impls: []Impl{{In: []Type{jsonValue, jsonValue}, Out: returns(jsonType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			return mapJSONPairs(call, args, func(a, b any) (any, error) { return jsonb.Concat(a, b), nil })
		}}},
	},
	{
		Name: "json_without", Kind: "json", Args: []string{"json", "key"}, Internal: true,
		Doc:     "Operator -: an object without a key or several, an array without a string or several, or without the element at a place. A plain value is an error. NULL if an argument is NULL.",
		Example: `json_without('{"a": 1, "b": 2}', 'a'::text) = '{"b": 2}'::jsonb`,
		Impls: []Impl{
			{In: []Type{jsonValue, text}, Out: returns(jsonType), Eval: jsonWithout(func(args []Arg) func(v any, i int) (any, error) {
				keys := textOf(args[1])
				return func(v any, i int) (any, error) { return jsonb.Without(v, keys.str(i)) }
			})},
			{In: []Type{jsonValue, int8}, Out: returns(jsonType), Eval: jsonWithout(func(args []Arg) func(v any, i int) (any, error) {
				places := columnOf[int64](args[1])
				return func(v any, i int) (any, error) { return jsonb.WithoutElement(v, places.at(i)) }
			})},
			{In: []Type{jsonValue, texts}, Out: returns(jsonType), Eval: jsonWithout(withoutAll)},
		},
	},
	{
		Name: "json_without_path", Kind: "json", Args: []string{"json", "path"}, Internal: true,
		Doc:     "Operator #-: a value without what is at a path of keys and indexes. A plain value is an error. NULL if an argument is NULL.",
		Example: `json_without_path('{"a": [1, 2]}', ARRAY['a', '0']) = '{"a": [2]}'::jsonb`,
		Impls: []Impl{{In: []Type{jsonValue, texts}, Out: returns(jsonType), Eval: jsonWithout(func(args []Arg) func(v any, i int) (any, error) {
			paths := jsonPathsOf(args[1])
			return func(v any, i int) (any, error) {
				path, err := paths(i)
				if err != nil {
					return nil, err
				}
				return jsonb.WithoutPath(v, path)
			}
		})}},
	},
	{
		Name: "jsonb_set", Kind: "json", Args: []string{"json", "path", "value", "create"},
		Doc:     "The JSON with the value at a path of keys and indexes replaced; where only the last step is missing it is added, unless create is false. NULL if an argument is NULL.",
		Example: `jsonb_set('{"a": [1, 2]}', ARRAY['a', '1'], '7') = '{"a": [1, 7]}'::jsonb`,
		Impls: []Impl{
			{In: []Type{jsonValue, texts, jsonValue}, Out: returns(jsonType), Eval: jsonPut(true, jsonb.Set)},
			{In: []Type{jsonValue, texts, jsonValue, boolean}, Out: returns(jsonType), Eval: jsonPut(true, jsonb.Set)},
		},
	},
	{
		Name: "jsonb_insert", Kind: "json", Args: []string{"json", "path", "value", "after"},
		Doc:     "The JSON with a value inserted: into an array before the element at the path, or behind it if after is true, into an object at a key that it does not have. NULL if an argument is NULL.",
		Example: `jsonb_insert('[1, 3]', ARRAY['1'], '2') = '[1, 2, 3]'::jsonb`,
		Impls: []Impl{
			{In: []Type{jsonValue, texts, jsonValue}, Out: returns(jsonType), Eval: jsonPut(false, jsonb.Insert)},
			{In: []Type{jsonValue, texts, jsonValue, boolean}, Out: returns(jsonType), Eval: jsonPut(false, jsonb.Insert)},
		},
	},
	{
		Name: "jsonb_strip_nulls", Aliases: []string{"json_strip_nulls"}, Kind: "json", Args: []string{"json"},
		Doc:     "The JSON without the pairs of its objects whose value is null. NULL if it is NULL.",
		Example: `jsonb_strip_nulls('{"a": null, "b": [null]}') = '{"b": [null]}'::jsonb`,
		Impls: []Impl{{In: []Type{jsonValue}, Out: returns(jsonType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			values := jsonColumn{textOf(args[0])}
			return mapJSON(call, args, func(i int) (any, error) {
				v, err := values.value(i)
				return jsonb.StripNulls(v), err
			})
		}}},
	},
}

func mapJSONPairs(call *Call, args []Arg, f func(a, b any) (any, error)) (arrow.Array, error) {
	left, right := jsonColumn{textOf(args[0])}, jsonColumn{textOf(args[1])}
	return mapJSON(call, args, func(i int) (any, error) {
		a, err := left.value(i)
		if err != nil {
			return nil, err
		}
		b, err := right.value(i)
		if err != nil {
			return nil, err
		}
		return f(a, b)
	})
}

// jsonWithout takes something away. The change is made for a batch's arguments.
func jsonWithout(change func(args []Arg) func(v any, i int) (any, error)) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		values, without := jsonColumn{textOf(args[0])}, change(args)
		return mapJSON(call, args, func(i int) (any, error) {
			v, err := values.value(i)
			if err != nil {
				return nil, err
			}
			rest, err := without(v, i)
			return rest, jsonFault(err)
		})
	}
}

func withoutAll(args []Arg) func(v any, i int) (any, error) {
	lists := listsOf(args[1])
	keys := textOf(Arg{Array: lists.elements})
	return func(v any, i int) (any, error) {
		for from, to := lists.at(i); from < to; from++ {
			if lists.elements.IsNull(from) {
				continue
			}
			var err error
			if v, err = jsonb.Without(v, keys.str(from)); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
}

// jsonPut puts a value at a path.
func jsonPut(otherwise bool, put func(v any, path []string, item any, option bool) (any, error)) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		values, paths, items := jsonColumn{textOf(args[0])}, jsonPathsOf(args[1]), jsonColumn{textOf(args[2])}
		option := func(int) bool { return otherwise }
		if len(args) > 3 {
			option = boolsOf(args[3]).at
		}
		return mapJSON(call, args, func(i int) (any, error) {
			v, err := values.value(i)
			if err != nil {
				return nil, err
			}
			path, err := paths(i)
			if err != nil {
				return nil, err
			}
			item, err := items.value(i)
			if err != nil {
				return nil, err
			}
			changed, err := put(v, path, item, option(i))
			return changed, jsonFault(err)
		})
	}
}

// jsonPathsOf reads paths, in which NULL is an error.
func jsonPathsOf(a Arg) func(i int) ([]string, error) {
	lists := textListsOf(a)
	return func(i int) ([]string, error) {
		path, ok := lists(i)
		if !ok {
			return nil, faultf(stateNullNotAllowed, "a path of JSON must not have a NULL in it")
		}
		return path, nil
	}
}

func jsonFault(err error) error {
	if err == nil {
		return nil
	}
	state := stateInvalidParameter
	if step := (*jsonb.StepError)(nil); errors.As(err, &step) {
		state = stateInvalidText
	}
	return faultf(state, "%s", err)
}
