package jsonb

import (
	"encoding/json"
	"strconv"
)

// Field is an object's value at a key.
func Field(v any, key string) (any, bool) {
	object, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	field, ok := object[key]
	return field, ok
}

// Element is an array's element: the first is 0, the last -1. A scalar is the one element of an array to PostgreSQL.
func Element(v any, at int64) (any, bool) {
	array, ok := v.([]any)
	switch {
	case isScalar(v):
		array = []any{v}
	case !ok:
		return nil, false
	}
	if at < 0 {
		at += int64(len(array))
	}
	if at < 0 || at >= int64(len(array)) {
		return nil, false
	}
	return array[at], true
}

// Path follows keys of objects and indexes of arrays, which are written as numbers.
func Path(v any, path []string) (any, bool) {
	for _, step := range path {
		ok := false
		switch v.(type) {
		case map[string]any:
			v, ok = Field(v, step)
		case []any:
			if at, err := strconv.ParseInt(step, 10, 32); err == nil {
				v, ok = Element(v, at)
			}
		}
		if !ok {
			return nil, false
		}
	}
	return v, true
}

// Kind is what json_typeof calls a value.
func Kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// Has reports whether a string is a key of an object, an element of an array, or the value itself.
func Has(v any, key string) bool {
	switch v := v.(type) {
	case map[string]any:
		_, ok := v[key]
		return ok
	case []any:
		for _, item := range v {
			if item == key {
				return true
			}
		}
		return false
	}
	return v == key
}
