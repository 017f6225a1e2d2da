package udf

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/jsonb"
)

// JSON is Arrow's extension type arrow.json over text that is in jsonb's canonical form, so that equal values have equal bytes.

var jsonFuncs = []Scalar{
	{
		Name: "json_get", Kind: "json", Args: []string{"json", "key"}, Internal: true,
		Doc:     "Operator ->: an object's value at a key, or an array's element, counted from 0, or from -1 at its end; NULL if there is none. NULL if an argument is NULL.",
		Example: `json_get('{"a": [1, 2]}', 'a'::text) = '[1, 2]'::jsonb`,
		Impls: []Impl{
			{In: []Type{jsonValue, text}, Out: returns(jsonType), Eval: jsonAt(jsonField, jsonOf)},
			{In: []Type{jsonValue, int8}, Out: returns(jsonType), Eval: jsonAt(jsonElement, jsonOf)},
		},
	},
	{
		Name: "json_get_text", Kind: "json", Args: []string{"json", "key"}, Internal: true,
		Doc:     "Operator ->>: as ->, but a string without its quotes, and NULL for null. NULL if an argument is NULL.",
		Example: `json_get_text('{"a": "x"}', 'a'::text) = 'x'`,
		Impls: []Impl{
			{In: []Type{jsonValue, text}, Out: returns(textType), Eval: jsonAt(jsonField, textOfJSON)},
			{In: []Type{jsonValue, int8}, Out: returns(textType), Eval: jsonAt(jsonElement, textOfJSON)},
		},
	},
	{
		Name: "json_get_path", Kind: "json", Args: []string{"json", "path"}, Internal: true,
		Doc:     "Operator #>: the value at a path of keys and indexes; NULL if there is none. NULL if an argument is NULL.",
		Example: `json_get_path('{"a": [1, 2]}', ARRAY['a', '1']) = '2'::jsonb`,
		Impls:   []Impl{{In: []Type{jsonValue, texts}, Out: returns(jsonType), Eval: jsonAt(jsonPath, jsonOf)}},
	},
	{
		Name: "json_get_path_text", Kind: "json", Args: []string{"json", "path"}, Internal: true,
		Doc:     "Operator #>>: as #>, but a string without its quotes, and NULL for null. NULL if an argument is NULL.",
		Example: `json_get_path_text('{"a": ["x"]}', ARRAY['a', '0']) = 'x'`,
		Impls:   []Impl{{In: []Type{jsonValue, texts}, Out: returns(textType), Eval: jsonAt(jsonPath, textOfJSON)}},
	},
	{
		Name: "jsonb_extract_path", Aliases: []string{"json_extract_path"}, Kind: "json", Args: []string{"json", "step", "..."},
		Doc:     "The value at a path of keys and indexes; NULL if there is none. NULL if an argument is NULL.",
		Example: `jsonb_extract_path('{"a": [1, 2]}', 'a', '1') = '2'::jsonb`,
		Impls:   []Impl{{In: []Type{jsonValue, text}, Variadic: true, Out: returns(jsonType), Eval: jsonAt(jsonSteps, jsonOf)}},
	},
	{
		Name: "jsonb_extract_path_text", Aliases: []string{"json_extract_path_text"}, Kind: "json", Args: []string{"json", "step", "..."},
		Doc:     "As jsonb_extract_path, but a string without its quotes, and NULL for null. NULL if an argument is NULL.",
		Example: `jsonb_extract_path_text('{"a": ["x"]}', 'a', '0') = 'x'`,
		Impls:   []Impl{{In: []Type{jsonValue, text}, Variadic: true, Out: returns(textType), Eval: jsonAt(jsonSteps, textOfJSON)}},
	},
	{
		Name: "jsonb_typeof", Aliases: []string{"json_typeof", "json_type"}, Kind: "json", Args: []string{"json"},
		Doc:     "What a value is: object, array, string, number, boolean or null. NULL if it is NULL.",
		Example: `jsonb_typeof('[1]') = 'array'`,
		Impls: []Impl{{In: []Type{jsonValue}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			values := jsonColumn{textOf(args[0])}
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				v, err := values.value(i)
				return append(dst, jsonb.Kind(v)...), err
			})
		}}},
	},
	{
		Name: "jsonb_array_length", Aliases: []string{"json_array_length"}, Kind: "json", Args: []string{"array"},
		Doc:     "The number of an array's elements. Another value is an error. NULL if it is NULL.",
		Example: `jsonb_array_length('[1, [2, 3]]') = 2`,
		Impls: []Impl{{In: []Type{jsonValue}, Out: returns(int4Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			values := jsonColumn{textOf(args[0])}
			return mapFixed(call, args, func(i int) (int32, error) {
				items, err := values.array(i, "get array length of")
				return int32(len(items)), err
			})
		}}},
	},
	{
		Name: "json_elements", Kind: "json", Args: []string{"array"},
		Doc:     "The elements of a JSON array as an array of json. Another value is an error. NULL if it is NULL. jsonb_array_elements gives them as rows.",
		Example: `cardinality(json_elements('[1, "x", null]')) = 3`,
		Impls:   []Impl{{In: []Type{jsonValue}, Out: returns(listOf(jsonType)), Eval: jsonElements(jsonOf)}},
	},
	{
		Name: "json_elements_text", Kind: "json", Args: []string{"array"},
		Doc:     "The elements of a JSON array as an array of text, strings without their quotes, null as NULL. Another value is an error. NULL if it is NULL. jsonb_array_elements_text gives them as rows.",
		Example: `json_elements_text('[1, "x"]') = ARRAY['1', 'x']`,
		Impls:   []Impl{{In: []Type{jsonValue}, Out: returns(listOf(textType)), Eval: jsonElements(textOfJSON)}},
	},
	{
		Name: "json_keys", Kind: "json", Args: []string{"object"},
		Doc:     "The keys of an object, shorter ones first. Another value is an error. NULL if it is NULL. jsonb_object_keys gives them as rows.",
		Example: `json_keys('{"ab": 1, "c": 2}') = ARRAY['c', 'ab']`,
		Impls:   []Impl{{In: []Type{jsonValue}, Out: returns(listOf(textType)), Eval: jsonKeys}},
	},
	{
		Name: "json_valid", Kind: "json", Args: []string{"text"},
		Doc:     "Whether a text is JSON. NULL if it is NULL.",
		Example: `json_valid('[1,') = false`,
		Impls: []Impl{{In: []Type{text}, Out: returns(boolType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			texts := textOf(args[0])
			return mapBool(call, args, func(i int) (bool, error) {
				_, err := jsonb.Parse(texts.at(i))
				return err == nil, nil
			})
		}}},
	},
	{
		Name: "jsonb_pretty", Kind: "json", Args: []string{"json"},
		Doc:     "A value's text with a line for each element, indented. NULL if it is NULL.",
		Example: `split_part(jsonb_pretty('{"a": 1}'), chr(10), 2) = '    "a": 1'`,
		Impls: []Impl{{In: []Type{jsonValue}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			values := jsonColumn{textOf(args[0])}
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				v, err := values.value(i)
				return jsonb.AppendPretty(dst, v), err
			})
		}}},
	},
}

// A jsonColumn is an argument of type json.
type jsonColumn struct{ textColumn }

func (c jsonColumn) value(i int) (any, error) { return parseJSON(c.at(i)) }

// array is the elements of a value that must be an array; what says what for.
func (c jsonColumn) array(i int, what string) ([]any, error) {
	v, err := c.value(i)
	if err != nil {
		return nil, err
	}
	items, ok := v.([]any)
	if !ok {
		kind := jsonb.Kind(v)
		if kind != "object" {
			kind = "scalar"
		}
		return nil, faultf(stateInvalidParameter, "cannot %s %s", what, article(kind))
	}
	return items, nil
}

// object is a value that must be an object, for a function.
func (c jsonColumn) object(i int, function string) (map[string]any, error) {
	v, err := c.value(i)
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, faultf(stateInvalidParameter, "cannot call %s on %s", function, article(jsonb.Kind(v)))
	}
	return object, nil
}

// parseJSON reads JSON; what is wrong with it is in the hint.
func parseJSON(b []byte) (any, error) {
	v, err := jsonb.Parse(b)
	if err == nil {
		return v, nil
	}
	if errors.Is(err, jsonb.ErrZero) {
		return nil, &Error{State: stateUntranslatable, Msg: err.Error()}
	}
	return nil, &Error{State: stateInvalidText, Msg: "invalid input syntax for type json", Hint: err.Error()}
}

// jsonOf appends a value as JSON.
func jsonOf(dst []byte, v any) ([]byte, error) { return jsonb.Append(dst, v), nil }

// textOfJSON appends a value as text: a string is its characters, null is NULL.
func textOfJSON(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return dst, errNull
	case string:
		return append(dst, v...), nil
	}
	return jsonb.Append(dst, v), nil
}

// jsonAt looks something up in values. The lookup is made for a batch's arguments.
func jsonAt(lookup func(args []Arg) func(v any, i int) (any, bool), write func(dst []byte, v any) ([]byte, error)) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		values, find := jsonColumn{textOf(args[0])}, lookup(args)
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
			v, err := values.value(i)
			if err != nil {
				return dst, err
			}
			found, ok := find(v, i)
			if !ok {
				return dst, errNull
			}
			return write(dst, found)
		})
	}
}

func jsonField(args []Arg) func(v any, i int) (any, bool) {
	keys := textOf(args[1])
	return func(v any, i int) (any, bool) { return jsonb.Field(v, keys.str(i)) }
}

func jsonElement(args []Arg) func(v any, i int) (any, bool) {
	places := columnOf[int64](args[1])
	return func(v any, i int) (any, bool) { return jsonb.Element(v, places.at(i)) }
}

func jsonPath(args []Arg) func(v any, i int) (any, bool) {
	paths := textListsOf(args[1])
	return func(v any, i int) (any, bool) {
		steps, ok := paths(i)
		if !ok {
			return nil, false
		}
		return jsonb.Path(v, steps)
	}
}

func jsonSteps(args []Arg) func(v any, i int) (any, bool) {
	columns := make([]textColumn, len(args)-1)
	for k := range columns {
		columns[k] = textOf(args[k+1])
	}
	steps := make([]string, len(columns))
	return func(v any, i int) (any, bool) {
		for k := range columns {
			steps[k] = columns[k].str(i)
		}
		return jsonb.Path(v, steps)
	}
}

// textListsOf reads arrays of text; false for one with a NULL in it.
func textListsOf(a Arg) func(i int) ([]string, bool) {
	lists := listsOf(a)
	elements := textOf(Arg{Array: lists.elements})
	return func(i int) ([]string, bool) {
		from, to := lists.at(i)
		list := make([]string, 0, to-from)
		for ; from < to; from++ {
			if lists.elements.IsNull(from) {
				return nil, false
			}
			list = append(list, elements.str(from))
		}
		return list, true
	}
}

func jsonElements(write func(dst []byte, v any) ([]byte, error)) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		values := jsonColumn{textOf(args[0])}
		return mapLists(call, args, func(i int, item func(func(dst []byte) ([]byte, error)) error) error {
			items, err := values.array(i, "extract elements from")
			if err != nil {
				return err
			}
			for _, v := range items {
				if err := item(func(dst []byte) ([]byte, error) { return write(dst, v) }); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func jsonKeys(call *Call, args []Arg) (arrow.Array, error) {
	values := jsonColumn{textOf(args[0])}
	return mapLists(call, args, func(i int, item func(func(dst []byte) ([]byte, error)) error) error {
		object, err := values.object(i, "json_keys")
		if err != nil {
			return err
		}
		for _, key := range jsonb.Keys(object) {
			if err := item(func(dst []byte) ([]byte, error) { return append(dst, key...), nil }); err != nil {
				return err
			}
		}
		return nil
	})
}

func article(kind string) string {
	if kind == "array" || kind == "object" {
		return "an " + kind
	}
	return "a " + kind
}

// mapLists makes lists of text or json; f appends a row's elements one by one.
func mapLists(call *Call, args []Arg, f func(i int, item func(func(dst []byte) ([]byte, error)) error) error) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	out := call.Out.(*arrow.ListType)
	b := array.NewStringBuilder(call.Mem)
	defer b.Release()
	buffer, offsets := newValues[int32](call.Mem, n+1)
	offsets[0] = 0
	var scratch []byte
	item := func(write func(dst []byte) ([]byte, error)) error {
		var err error
		scratch, err = write(scratch[:0])
		if err == errNull {
			b.AppendNull()
			return nil
		}
		b.BinaryBuilder.Append(scratch)
		return err
	}
	for i := range n {
		if valid.at(i) {
			if err := f(i, item); err != nil {
				buffer.Release()
				valid.release()
				return nil, err
			}
		}
		offsets[i+1] = int32(b.Len())
	}
	elements := b.NewArray()
	defer elements.Release()
	return valid.arrayOf(out, []arrow.ArrayData{retyped(elements, out.Elem())}, buffer), nil
}

// retyped is the data of an array of text as another type over text. The caller takes it over.
func retyped(a arrow.Array, dt arrow.DataType) arrow.ArrayData {
	data := a.Data()
	return array.NewData(dt, data.Len(), data.Buffers(), nil, data.NullN(), data.Offset())
}

// mapJSON evaluates f for the rows without NULLs among the arguments.
func mapJSON(call *Call, args []Arg, f func(i int) (any, error)) (arrow.Array, error) {
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		v, err := f(i)
		if err != nil {
			return dst, err
		}
		return jsonb.Append(dst, v), nil
	})
}

// jsonResult makes an array of json of texts in canonical form, one a group.
func jsonResult(mem memory.Allocator, n int, f func(dst []byte, g int) ([]byte, error)) (arrow.Array, error) {
	return mapTextValid(&Call{Mem: mem, Rows: n, Out: jsonType}, allValid(mem, n), f)
}
