package jsonb

import (
	"encoding/json"
	"math/big"
)

// Equal compares values; numbers by what they are worth.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && equalNumbers(a, b)
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, item := range a {
			other, ok := b[key]
			if !ok || !Equal(item, other) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case []any, map[string]any:
		return false // which == cannot compare
	}
	return a == b
}

func equalNumbers(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, ok1 := new(big.Rat).SetString(string(a))
	y, ok2 := new(big.Rat).SetString(string(b))
	return ok1 && ok2 && x.Cmp(y) == 0
}

// Contains reports whether a holds b, as operator @> says: objects hold objects with some of their pairs, arrays hold arrays whose
// elements all occur in them, in any order and number. An array holds a plain value among its elements too, at the top level only.
func Contains(a, b any) bool {
	if array, ok := a.([]any); ok && isScalar(b) {
		return holdsElement(array, b)
	}
	return contains(a, b)
}

func contains(a, b any) bool {
	switch b := b.(type) {
	case map[string]any:
		a, ok := a.(map[string]any)
		if !ok {
			return false
		}
		for key, item := range b {
			have, ok := a[key]
			if !ok || !contains(have, item) {
				return false
			}
		}
		return true
	case []any:
		a, ok := a.([]any)
		if !ok {
			return false
		}
		for _, item := range b {
			if !holdsElement(a, item) {
				return false
			}
		}
		return true
	}
	return Equal(a, b)
}

func holdsElement(array []any, item any) bool {
	for _, have := range array {
		if contains(have, item) {
			return true
		}
	}
	return false
}

func isScalar(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return false
	}
	return true
}
