package udf

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/theory/sqljson/path"
	"github.com/theory/sqljson/path/exec"

	"github.com/mediaflight/mediaflight/udf/jsonb"
)

var jsonSearchFuncs = []Scalar{
	{
		Name: "contains_operator", Kind: "json", Args: []string{"a", "b"}, Internal: true,
		Doc: "Operator @>: whether the left value holds the right one: some of an object's pairs, some of an array's elements, at every depth. Of two SQL arrays: whether the left one has all elements " +
			"of the right one, where NULL equals nothing. NULL if an argument is NULL.",
		Example: `contains_operator('{"a": [1, 2], "b": 0}'::jsonb, '{"a": [2]}'::jsonb) = true`,
		Impls: []Impl{{In: []Type{jsonValue, jsonValue}, Out: returns(boolType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			left, right := jsonColumn{textOf(args[0])}, jsonColumn{textOf(args[1])}
			return mapBool(call, args, func(i int) (bool, error) {
				a, err := left.value(i)
				if err != nil {
					return false, err
				}
				b, err := right.value(i)
				return err == nil && jsonb.Contains(a, b), err
			})
		}}, listHasAllImpl},
	},
	{
		Name: "jsonb_exists", Kind: "json", Args: []string{"json", "key"},
		Doc:     "Whether a text is a key of an object or a string of an array; PostgreSQL's operator ?. NULL if an argument is NULL.",
		Example: `jsonb_exists('{"a": 1}', 'a') = true`,
		Impls: []Impl{{In: []Type{jsonValue, text}, Out: returns(boolType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			values, keys := jsonColumn{textOf(args[0])}, textOf(args[1])
			return mapBool(call, args, func(i int) (bool, error) {
				v, err := values.value(i)
				return jsonb.Has(v, keys.str(i)), err
			})
		}}},
	},
	{
		Name: "jsonb_exists_any", Kind: "json", Args: []string{"json", "keys"},
		Doc:     "Whether any of the texts is a key of an object or a string of an array; operator ?|. NULL if an argument is NULL.",
		Example: `jsonb_exists_any('{"a": 1}', ARRAY['a', 'b']) = true`,
		Impls:   []Impl{{In: []Type{jsonValue, texts}, Out: returns(boolType), Eval: jsonExists(true)}},
	},
	{
		Name: "jsonb_exists_all", Kind: "json", Args: []string{"json", "keys"},
		Doc:     "Whether all of the texts are keys of an object or strings of an array; operator ?&. NULL if an argument is NULL.",
		Example: `jsonb_exists_all('{"a": 1}', ARRAY['a', 'b']) = false`,
		Impls:   []Impl{{In: []Type{jsonValue, texts}, Out: returns(boolType), Eval: jsonExists(false)}},
	},
	{
		Name: "jsonb_path_exists", Kind: "json", Args: []string{"json", "path", "variables"},
		Doc:     "Whether a path of SQL/JSON finds anything. NULL if an argument is NULL.",
		Example: `jsonb_path_exists('{"a": [1, 5]}', '$.a[*] ? (@ > 4)') = true`,
		Impls:   jsonPathImpls(boolType, evalJSONPathBool(jsonPathExists, false)),
	},
	{
		Name: "jsonb_path_match", Kind: "json", Args: []string{"json", "path", "variables"},
		Doc:     "What a condition of SQL/JSON comes to; NULL if it is unknown. A path that is no condition is an error. NULL if an argument is NULL.",
		Example: `jsonb_path_match('{"a": [1, 5]}', 'exists($.a[*] ? (@ > 4))') = true`,
		Impls:   jsonPathImpls(boolType, evalJSONPathBool(jsonPathMatch, false)),
	},
	{
		Name: "json_path_exists", Kind: "json", Args: []string{"json", "path"}, Internal: true,
		Doc:     "Operator @?: jsonb_path_exists, with NULL for errors in the data. NULL if an argument is NULL.",
		Example: `json_path_exists('{"a": [1, 5]}', '$.a[*] ? (@ > 7)') = false`,
		Impls:   []Impl{{In: []Type{jsonValue, text}, Out: returns(boolType), Eval: evalJSONPathBool(jsonPathExists, true)}},
	},
	{
		Name: "json_path_match", Kind: "json", Args: []string{"json", "path"}, Internal: true,
		Doc:     "Operator @@: jsonb_path_match, with NULL for errors in the data. NULL if an argument is NULL.",
		Example: `json_path_match('{"a": [1, 5]}', '$.a[0] == 1') = true`,
		Impls:   []Impl{{In: []Type{jsonValue, text}, Out: returns(boolType), Eval: evalJSONPathBool(jsonPathMatch, true)}},
	},
	{
		Name: "jsonb_path_query_array", Kind: "json", Args: []string{"json", "path", "variables"},
		Doc:     "What a path of SQL/JSON finds, as a JSON array. NULL if an argument is NULL.",
		Example: `jsonb_path_query_array('{"a": [1, 5]}', '$.a[*]') = '[1, 5]'::jsonb`,
		Impls:   jsonPathImpls(jsonType, jsonPathQueryArray),
	},
	{
		Name: "jsonb_path_query_first", Aliases: []string{"json_extract"}, Kind: "json", Args: []string{"json", "path", "variables"},
		Doc:     "The first that a path of SQL/JSON finds; NULL if it finds nothing. NULL if an argument is NULL.",
		Example: `jsonb_path_query_first('{"a": [1, 5]}', '$.a[*] ? (@ > 1)') = '5'::jsonb`,
		Impls:   jsonPathImpls(jsonType, jsonPathFirst(jsonOf)),
	},
	{
		Name: "json_extract_string", Kind: "json", Args: []string{"json", "path"},
		Doc:     "The first that a path of SQL/JSON finds, as text: a string without its quotes, NULL for null; NULL if it finds nothing. NULL if an argument is NULL.",
		Example: `json_extract_string('{"a": {"b": "x"}}', '$.a.b') = 'x'`,
		Impls:   []Impl{{In: []Type{jsonValue, text}, Out: returns(textType), Eval: jsonPathFirst(textOfJSON)}},
	},
}

func jsonExists(any bool) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		values, lists := jsonColumn{textOf(args[0])}, listsOf(args[1])
		keys := textOf(Arg{Array: lists.elements})
		return mapBool(call, args, func(i int) (bool, error) {
			v, err := values.value(i)
			if err != nil {
				return false, err
			}
			for from, to := lists.at(i); from < to; from++ {
				if lists.elements.IsValid(from) && jsonb.Has(v, keys.str(from)) == any {
					return any, nil
				}
			}
			return !any, nil
		})
	}
}

func jsonPathImpls(out arrow.DataType, eval Eval) []Impl {
	return []Impl{
		{In: []Type{jsonValue, text}, Out: returns(out), Eval: eval},
		{In: []Type{jsonValue, text, jsonValue}, Out: returns(out), Eval: eval},
	}
}

// A jsonQuery is a row's value, path and variables.
type jsonQuery struct {
	ctx     context.Context
	value   any
	path    *path.Path
	options []exec.Option
}

// jsonQueries reads the arguments of a function about paths. A path is parsed once if it is the same as in the row before.
func jsonQueries(call *Call, args []Arg) func(i int) (jsonQuery, error) {
	values, paths := jsonColumn{textOf(args[0])}, textOf(args[1])
	var text string
	var parsed *path.Path
	return func(i int) (q jsonQuery, err error) {
		if q.ctx = call.Context; q.ctx == nil {
			return q, errPlanning
		}
		if s := paths.at(i); parsed == nil || string(s) != text {
			text = string(s)
			if parsed, err = path.Parse(text); err != nil {
				parsed = nil
				return q, &Error{State: stateSyntax, Msg: "invalid path of SQL/JSON: " + strconv.Quote(text), Hint: err.Error()}
			}
		}
		q.path = parsed
		if q.value, err = values.value(i); err != nil || len(args) < 3 {
			return q, err
		}
		variables, err := (jsonColumn{textOf(args[2])}).value(i)
		if err != nil {
			return q, err
		}
		object, ok := variables.(map[string]any)
		if !ok {
			return q, faultf(stateInvalidParameter, `"vars" argument is not an object`)
		}
		q.options = append(q.options, exec.WithVars(object))
		return q, nil
	}
}

// errPlanning keeps a search from being evaluated while a statement is planned: it may take long, and can be cancelled only in a query.
var errPlanning = faultf(stateUnsupported, "a path of SQL/JSON is searched when the statement runs")

func jsonPathExists(q jsonQuery) (bool, error) {
	return q.path.Exists(q.ctx, q.value, q.options...)
}

func jsonPathMatch(q jsonQuery) (bool, error) {
	return q.path.Match(q.ctx, q.value, q.options...)
}

// evalJSONPathBool answers conditions; silent ones have NULL where others have errors.
func evalJSONPathBool(test func(jsonQuery) (bool, error), silent bool) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		queries := jsonQueries(call, args)
		return mapBool(call, args, func(i int) (bool, error) {
			q, err := queries(i)
			if err != nil {
				return false, err
			}
			if silent {
				q.options = append(q.options, exec.WithSilent())
			}
			ok, err := test(q)
			return ok, jsonPathFault(q.ctx, err)
		})
	}
}

func jsonPathFault(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case err == exec.NULL:
		return errNull
	case ctx.Err() != nil:
		return ctx.Err()
	}
	msg := strings.TrimPrefix(err.Error(), "exec: ")
	switch {
	case strings.Contains(msg, "does not contain key"):
		return faultf(stateNoMember, "%s", msg)
	case strings.Contains(msg, "single boolean result is expected"):
		return faultf(stateSingleton, "%s", msg)
	}
	return faultf(stateInvalidParameter, "%s", msg)
}

func jsonPathQueryArray(call *Call, args []Arg) (arrow.Array, error) {
	queries := jsonQueries(call, args)
	return mapJSON(call, args, func(i int) (any, error) {
		q, err := queries(i)
		if err != nil {
			return nil, err
		}
		found, err := q.path.Query(q.ctx, q.value, q.options...)
		for k := range found {
			found[k] = jsonItemOf(found[k])
		}
		return found, jsonPathFault(q.ctx, err)
	})
}

func jsonPathFirst(write func(dst []byte, v any) ([]byte, error)) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		queries := jsonQueries(call, args)
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
			q, err := queries(i)
			if err != nil {
				return dst, err
			}
			found, err := q.path.Query(q.ctx, q.value, q.options...)
			if err != nil {
				return dst, jsonPathFault(q.ctx, err)
			}
			if len(found) == 0 {
				return dst, errNull
			}
			return write(dst, jsonItemOf(found[0]))
		})
	}
}

// jsonItemOf is a value that a path came to: what it computed is a number of Go's or a time.
func jsonItemOf(v any) any {
	switch v := v.(type) {
	case nil, bool, string, json.Number, []any, map[string]any:
		return v
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case float64:
		return jsonFloat(v, 64)
	case interface{ String() string }:
		return v.String()
	}
	return nil
}
