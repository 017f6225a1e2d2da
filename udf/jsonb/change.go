package jsonb

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// The functions here answer with new values and share with the old ones what did not change.

// Concat is operator ||: objects are merged, the right one's pairs win; anything else becomes elements of one array.
func Concat(a, b any) any {
	if a, ok := a.(map[string]any); ok {
		if b, ok := b.(map[string]any); ok {
			merged := maps.Clone(a)
			maps.Copy(merged, b)
			return merged
		}
	}
	return slices.Concat(asArray(a), asArray(b))
}

func asArray(v any) []any {
	if array, ok := v.([]any); ok {
		return array
	}
	return []any{v}
}

// Without is operator - text: an object without a key, an array without a string.
func Without(v any, key string) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		rest := maps.Clone(v)
		delete(rest, key)
		return rest, nil
	case []any:
		return slices.DeleteFunc(slices.Clone(v), func(item any) bool { return item == key }), nil
	}
	return nil, errors.New("cannot delete from scalar")
}

// WithoutElement is operator - integer.
func WithoutElement(v any, at int64) (any, error) {
	array, ok := v.([]any)
	if !ok {
		if isScalar(v) {
			return nil, errors.New("cannot delete from scalar")
		}
		return nil, errors.New("cannot delete from object using integer index")
	}
	if at < 0 {
		at += int64(len(array))
	}
	if at < 0 || at >= int64(len(array)) {
		return v, nil
	}
	return slices.Delete(slices.Clone(array), int(at), int(at)+1), nil
}

// WithoutPath is operator #-.
func WithoutPath(v any, path []string) (any, error) {
	if isScalar(v) {
		return nil, errors.New("cannot delete path in scalar")
	}
	return changeAt(v, path, 1, func(holder any, step string) (any, error) {
		if array, ok := holder.([]any); ok {
			at, err := index(step, 1)
			if err != nil {
				return nil, err
			}
			return WithoutElement(array, at)
		}
		return Without(holder, step)
	})
}

// Set is jsonb_set: the value at a path replaced, or added if create says so and the path but for its last step is there.
func Set(v any, path []string, to any, create bool) (any, error) {
	if isScalar(v) {
		return nil, errors.New("cannot set path in scalar")
	}
	return changeAt(v, path, 1, func(holder any, step string) (any, error) {
		array, ok := holder.([]any)
		if !ok {
			object := maps.Clone(holder.(map[string]any))
			if _, have := object[step]; have || create {
				object[step] = to
			}
			return object, nil
		}
		at, err := index(step, len(path))
		if err != nil {
			return nil, err
		}
		return setElement(array, at, to, create), nil
	})
}

func setElement(array []any, at int64, to any, create bool) []any {
	n := int64(len(array))
	if at < 0 {
		at += n
	}
	switch {
	case at >= 0 && at < n:
		array = slices.Clone(array)
		array[at] = to
	case create && at < 0:
		array = slices.Insert(slices.Clone(array), 0, to)
	case create:
		array = append(slices.Clone(array), to)
	}
	return array
}

// Insert is jsonb_insert: a new element of an array before the one at the path, or after it, or a new pair of an object.
func Insert(v any, path []string, item any, after bool) (any, error) {
	if isScalar(v) {
		return nil, errors.New("cannot set path in scalar")
	}
	return changeAt(v, path, 1, func(holder any, step string) (any, error) {
		array, ok := holder.([]any)
		if !ok {
			object := maps.Clone(holder.(map[string]any))
			if _, have := object[step]; have {
				return nil, errors.New("cannot replace existing key")
			}
			object[step] = item
			return object, nil
		}
		at, err := index(step, len(path))
		if err != nil {
			return nil, err
		}
		if n := int64(len(array)); at < 0 {
			at = max(at+n, -1)
		}
		if after || at < 0 {
			at++
		}
		return slices.Insert(slices.Clone(array), int(min(max(at, 0), int64(len(array)))), item), nil
	})
}

// changeAt changes the holder of a path's last step. A path that leads nowhere changes nothing.
func changeAt(v any, path []string, depth int, change func(holder any, step string) (any, error)) (any, error) {
	if isScalar(v) || len(path) == 0 {
		return v, nil
	}
	if len(path) == 1 {
		return change(v, path[0])
	}
	if array, ok := v.([]any); ok {
		at, err := index(path[0], depth)
		if err != nil {
			return nil, err
		}
		if at < 0 {
			at += int64(len(array))
		}
		if at < 0 || at >= int64(len(array)) {
			return v, nil
		}
		inner, err := changeAt(array[at], path[1:], depth+1, change)
		if err != nil {
			return nil, err
		}
		array = slices.Clone(array)
		array[at] = inner
		return array, nil
	}
	object := v.(map[string]any)
	inner, ok := object[path[0]]
	if !ok {
		return v, nil
	}
	inner, err := changeAt(inner, path[1:], depth+1, change)
	if err != nil {
		return nil, err
	}
	object = maps.Clone(object)
	object[path[0]] = inner
	return object, nil
}

// A StepError is a step of a path that is no index where there is an array (SQLSTATE 22P02).
type StepError struct{ msg string }

func (e *StepError) Error() string { return e.msg }

func index(step string, place int) (int64, error) {
	at, err := strconv.ParseInt(step, 10, 32)
	if err != nil {
		return 0, &StepError{fmt.Sprintf("path element at position %d is not an integer: %q", place, step)}
	}
	return at, nil
}

// StripNulls leaves out the pairs of objects whose value is null, at every depth.
func StripNulls(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = StripNulls(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			if item != nil {
				out[key] = StripNulls(item)
			}
		}
		return out
	}
	return v
}
