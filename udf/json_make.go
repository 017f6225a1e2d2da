package udf

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/jsonb"
)

var jsonMakeFuncs = []Scalar{
	{
		Name: "to_jsonb", Aliases: []string{"to_json", "row_to_json", "array_to_json"}, Kind: "json", Args: []string{"value"},
		Doc:     "A value as JSON: arrays and vectors as arrays, structs and maps as objects, numbers as numbers, NaN and the infinities as strings, dates and times as strings in ISO 8601, everything else as its text. NULL if it is NULL.",
		Example: `to_jsonb(ARRAY[1, 2]) = '[1, 2]'::jsonb`,
		Impls: []Impl{{In: []Type{anyvalue}, Out: returns(jsonType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			values := jsonReader(args[0].Array, call.Env)
			return mapJSON(call, args, func(i int) (any, error) { return values(args[0].Row(i)) })
		}}},
	},
	{
		Name: "jsonb_build_array", Aliases: []string{"json_build_array", "json_array"}, Kind: "json", Args: []string{"value", "..."},
		Doc:     "A JSON array of the values, as to_jsonb makes them of each; NULL becomes null.",
		Example: `jsonb_build_array(1, 'a', NULL) = '[1, "a", null]'::jsonb`,
		Impls: []Impl{
			{In: []Type{}, Out: returns(jsonType), Eval: jsonArrayEval},
			{In: []Type{anyvalue}, Variadic: true, Nulls: true, Out: returns(jsonType), Eval: jsonArrayEval},
		},
	},
	{
		Name: "jsonb_build_object", Aliases: []string{"json_build_object", "json_object"}, Kind: "json", Args: []string{"key", "value", "..."},
		Doc:     "A JSON object of keys and values in turn, as to_jsonb makes them of each; NULL becomes null. A key that is NULL is an error; of the same key twice the last counts.",
		Example: `jsonb_build_object('a', 1, 'b', true) = '{"a": 1, "b": true}'::jsonb`,
		Impls: []Impl{
			{In: []Type{}, Out: returns(jsonType), Eval: jsonObjectEval},
			{In: []Type{anyvalue, anyvalue}, Variadic: true, Nulls: true, Out: jsonObjectOut, Eval: jsonObjectEval},
		},
	},
}

func jsonArrayEval(call *Call, args []Arg) (arrow.Array, error) {
	read := jsonReaders(args, call.Env)
	items := make([]any, len(args))
	return mapTextValid(call, allValid(call.Mem, rowsOf(call, args)), func(dst []byte, i int) ([]byte, error) {
		for k := range args {
			var err error
			if items[k], err = read[k](args[k].Row(i)); err != nil {
				return dst, err
			}
		}
		return jsonb.Append(dst, items), nil
	})
}

func jsonObjectOut(in []arrow.DataType) (arrow.DataType, error) {
	if len(in)%2 != 0 {
		return nil, &Error{State: stateInvalidParameter, Msg: "argument list must have even number of elements", Hint: "give keys and values in turn"}
	}
	return jsonType, nil
}

func jsonObjectEval(call *Call, args []Arg) (arrow.Array, error) {
	read := jsonReaders(args, call.Env)
	return mapTextValid(call, allValid(call.Mem, rowsOf(call, args)), func(dst []byte, i int) ([]byte, error) {
		object := make(map[string]any, len(args)/2)
		for k := 0; k < len(args); k += 2 {
			if isNullAt(args[k], i) {
				return dst, faultf(stateInvalidParameter, "argument %d: key must not be null", k+1)
			}
			v, err := read[k+1](args[k+1].Row(i))
			if err != nil {
				return dst, err
			}
			object[FormatValue(args[k].Array, args[k].Row(i), call.Env)] = v
		}
		return jsonb.Append(dst, object), nil
	})
}

func jsonReaders(args []Arg, env *Env) []func(row int) (any, error) {
	read := make([]func(row int) (any, error), len(args))
	for k, a := range args {
		read[k] = jsonReader(a.Array, env)
	}
	return read
}

// jsonReader makes JSON of an array's rows. The switch on the type happens here, once, and not for every row.
func jsonReader(a arrow.Array, env *Env) func(row int) (any, error) {
	read := jsonValueReader(a, env)
	return func(row int) (any, error) {
		if a.IsNull(row) {
			return nil, nil
		}
		return read(row)
	}
}

func jsonValueReader(a arrow.Array, env *Env) func(row int) (any, error) {
	switch values := a.(type) {
	case *array.Null:
		return func(int) (any, error) { return nil, nil }
	case *array.Boolean:
		return func(row int) (any, error) { return values.Value(row), nil }
	case *array.Int16, *array.Int32, *array.Int64, *array.Decimal128:
		return func(row int) (any, error) { return json.Number(FormatValue(a, row, env)), nil }
	case *array.Float32:
		return func(row int) (any, error) { return jsonFloat(float64(values.Value(row)), 32), nil }
	case *array.Float64:
		return func(row int) (any, error) { return jsonFloat(values.Value(row), 64), nil }
	case *array.Date32, *array.Timestamp:
		return func(row int) (any, error) { return isoText(FormatValue(a, row, env)), nil }
	case *extensions.JSONArray:
		texts := textOf(Arg{Array: a})
		return func(row int) (any, error) { return parseJSON(texts.at(row)) }
	case *array.Struct:
		return jsonStructReader(values, env)
	case *array.Map:
		return jsonMapReader(values, env)
	case *array.List, *array.FixedSizeList:
		lists := listsOf(Arg{Array: a})
		element := jsonReader(lists.elements, env)
		return func(row int) (any, error) {
			from, to := lists.at(row)
			items := make([]any, 0, to-from)
			for ; from < to; from++ {
				v, err := element(from)
				if err != nil {
					return nil, err
				}
				items = append(items, v)
			}
			return items, nil
		}
	}
	return func(row int) (any, error) { return FormatValue(a, row, env), nil }
}

func jsonStructReader(values *array.Struct, env *Env) func(row int) (any, error) {
	fields := values.DataType().(*arrow.StructType).Fields()
	read := make([]func(row int) (any, error), len(fields))
	for f := range fields {
		read[f] = jsonReader(values.Field(f), env)
	}
	return func(row int) (any, error) {
		object := make(map[string]any, len(fields))
		for f, field := range fields {
			v, err := read[f](row)
			if err != nil {
				return nil, err
			}
			object[field.Name] = v
		}
		return object, nil
	}
}

func jsonMapReader(values *array.Map, env *Env) func(row int) (any, error) {
	keys, items := values.Keys(), jsonReader(values.Items(), env)
	return func(row int) (any, error) {
		from, to := values.ValueOffsets(row)
		object := make(map[string]any, to-from)
		for at := int(from); at < int(to); at++ {
			v, err := items(at)
			if err != nil {
				return nil, err
			}
			object[FormatValue(keys, at, env)] = v
		}
		return object, nil
	}
}

// jsonFloat is a number in the fewest digits that read back as the same, without an exponent; what JSON has no number for is a
// string.
func jsonFloat(v float64, bits int) any {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	case v == 0:
		return json.Number("0")
	}
	return json.Number(strconv.FormatFloat(v, 'f', -1, bits))
}

// isoText writes a date or a timestamp with the T and the full zone of ISO 8601.
func isoText(s string) string {
	at := strings.IndexByte(s, ' ')
	if at < len("2006-01-02") || len(s) < at+len(" 15") {
		return s
	}
	s = s[:at] + "T" + s[at+1:]
	if n := len(s); s[n-3] == '+' || s[n-3] == '-' {
		return s + ":00"
	}
	return s
}

var jsonAggregates = []Aggregate{
	{
		Name: "jsonb_agg", Aliases: []string{"json_agg", "json_group_array"}, Args: []string{"value"},
		Doc:     "A JSON array of the values, as to_jsonb makes them of each, NULL as null, in the order of the rows; NULL if there are no rows.",
		Example: `(SELECT jsonb_agg(x) FROM (VALUES (1), (NULL), (2)) AS t(x)) = '[1, null, 2]'::jsonb`,
		Impls:   []AggregateImpl{{In: []Type{anyvalue}, Out: returns(jsonType), New: newJSONArrays}},
	},
	{
		Name: "jsonb_object_agg", Aliases: []string{"json_object_agg", "json_group_object"}, Args: []string{"key", "value"},
		Doc:     "A JSON object of keys and values, as to_jsonb makes them of each; of the same key twice the later row counts. A key that is NULL is an error; NULL if there are no rows.",
		Example: `(SELECT jsonb_object_agg(y, x) FROM (VALUES ('a', 1), ('b', NULL)) AS t(y, x)) = '{"a": 1, "b": null}'::jsonb`,
		Impls:   []AggregateImpl{{In: []Type{anyvalue, anyvalue}, Out: returns(jsonType), New: newJSONObjects}},
	},
}

// A jsonArrays keeps values as arrayAgg does and writes them as JSON.
type jsonArrays struct{ arrayAgg }

func newJSONArrays(mem memory.Allocator, in []arrow.DataType, _ arrow.DataType) Accumulator {
	return &jsonArrays{arrayAgg{mem: mem, out: listOf(in[0])}}
}

func (s *jsonArrays) Merge(other Accumulator, groups []uint32) error {
	return s.arrayAgg.Merge(&other.(*jsonArrays).arrayAgg, groups)
}

func (s *jsonArrays) Result() (arrow.Array, error) {
	lists, err := s.arrayAgg.Result()
	if err != nil {
		return nil, err
	}
	defer lists.Release()
	read := jsonReader(lists, nil)
	return jsonResult(s.mem, s.n, func(dst []byte, g int) ([]byte, error) {
		if lists.IsNull(g) {
			return dst, errNull
		}
		v, err := read(g)
		return jsonb.Append(dst, v), err
	})
}

// A jsonObjects keeps keys and values, row by row in step.
type jsonObjects struct{ keys, values arrayAgg }

func newJSONObjects(mem memory.Allocator, in []arrow.DataType, _ arrow.DataType) Accumulator {
	return &jsonObjects{arrayAgg{mem: mem, out: listOf(in[0])}, arrayAgg{mem: mem, out: listOf(in[1])}}
}

func (s *jsonObjects) Grow(n int) {
	s.keys.Grow(n)
	s.values.Grow(n)
}

func (s *jsonObjects) Add(groups []uint32, args []Arg) error {
	for i := range groups {
		if isNullAt(args[0], i) {
			return faultf(stateInvalidParameter, "field name must not be null")
		}
	}
	if err := s.keys.Add(groups, args[:1]); err != nil {
		return err
	}
	return s.values.Add(groups, args[1:])
}

func (s *jsonObjects) Merge(other Accumulator, groups []uint32) error {
	o := other.(*jsonObjects)
	if err := s.keys.Merge(&o.keys, groups); err != nil {
		return err
	}
	return s.values.Merge(&o.values, groups)
}

func (s *jsonObjects) Result() (arrow.Array, error) {
	keyLists, err := s.keys.Result()
	if err != nil {
		return nil, err
	}
	defer keyLists.Release()
	valueLists, err := s.values.Result()
	if err != nil {
		return nil, err
	}
	defer valueLists.Release()
	keys, values := listsOf(Arg{Array: keyLists}), listsOf(Arg{Array: valueLists})
	read := jsonReader(values.elements, nil)
	return jsonResult(s.keys.mem, s.keys.n, func(dst []byte, g int) ([]byte, error) {
		if keyLists.IsNull(g) {
			return dst, errNull
		}
		object := make(map[string]any)
		at, _ := values.at(g)
		for from, to := keys.at(g); from < to; from++ {
			v, err := read(at)
			if err != nil {
				return dst, err
			}
			object[FormatValue(keys.elements, from, nil)] = v
			at++
		}
		return jsonb.Append(dst, object), nil
	})
}

func (s *jsonObjects) Bytes() int64 { return s.keys.Bytes() + s.values.Bytes() }

func (s *jsonObjects) Release() {
	s.keys.Release()
	s.values.Release()
}
