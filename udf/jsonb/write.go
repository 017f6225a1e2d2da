package jsonb

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Append appends a value's canonical text.
func Append(dst []byte, v any) []byte { return appendValue(dst, v, -1) }

// AppendPretty appends a value's text with a line for each element, indented by four spaces.
func AppendPretty(dst []byte, v any) []byte { return appendValue(dst, v, 0) }

// appendValue indents by level; less than 0 writes one line.
func appendValue(dst []byte, v any, level int) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case json.Number:
		return append(dst, v...)
	case string:
		return AppendString(dst, v)
	case []any:
		return appendItems(dst, '[', ']', level, len(v), func(dst []byte, i, level int) []byte { return appendValue(dst, v[i], level) })
	case map[string]any:
		keys := Keys(v)
		return appendItems(dst, '{', '}', level, len(v), func(dst []byte, i, level int) []byte {
			dst = append(AppendString(dst, keys[i]), ": "...)
			return appendValue(dst, v[keys[i]], level)
		})
	}
	return dst
}

func appendItems(dst []byte, opening, closing byte, level, n int, item func(dst []byte, i, level int) []byte) []byte {
	dst = append(dst, opening)
	inner := level
	if level >= 0 {
		inner++
	}
	for i := range n {
		switch {
		case i > 0 && level < 0:
			dst = append(dst, ", "...)
		case i > 0:
			dst = append(dst, ',')
		}
		if level >= 0 {
			dst = appendLine(dst, inner)
		}
		dst = item(dst, i, inner)
	}
	if level >= 0 {
		dst = appendLine(dst, level)
	}
	return append(dst, closing)
}

func appendLine(dst []byte, level int) []byte {
	dst = append(dst, '\n')
	for range level {
		dst = append(dst, "    "...)
	}
	return dst
}

// Keys are an object's keys in canonical order: shorter ones first.
func Keys(object map[string]any) []string {
	return slices.SortedFunc(maps.Keys(object), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
}

// AppendString appends a string of JSON, escaped where JSON requires it only.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case shortEscapes[c] != 0:
			dst = append(dst, '\\', shortEscapes[c])
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
	}
	return append(dst, '"')
}

var shortEscapes = [0x20]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}
