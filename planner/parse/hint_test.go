package parse

import (
	"slices"
	"testing"
)

func TestHints(t *testing.T) {
	for sql, want := range map[string][]Hint{
		"SELECT 1":                               nil,
		"SELECT /*+ endpoints(8) */ 1":           {{"endpoints", "8"}},
		"/*+ENDPOINTS( 8 )*/ SELECT 1":           {{"endpoints", "8"}},
		"SELECT /*+ a(x, y) b() */ 1 /*+ c(1)*/": {{"a", "x, y"}, {"b", ""}, {"c", "1"}},
		"SELECT '/*+ endpoints(8) */'":           nil,
		`SELECT 1 AS "/*+ endpoints(8) */"`:      nil,
		"SELECT /* + endpoints(8) */ 1":          nil,
		"SELECT 1 -- /*+ endpoints(8) */":        nil,
		"SELECT /*+ endpoints */ 1":              nil,
		"SELECT 'é' /*+ endpoints(3) */":         {{"endpoints", "3"}},
		"SELECT '/*+ endpoints(8)":               nil, // no SQL
	} {
		if got := Hints(sql); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", sql, got, want)
		}
	}
}
