package flightsrv

import (
	"strings"
	"testing"
	"time"
)

func TestLike(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"%", "", true}, {"%", "anything", true},
		{"images", "images", true}, {"images", "Images", false}, {"image_", "images", true}, {"image_", "image", false},
		{"im%", "images", true}, {"%ges", "images", true}, {"i%a%s", "images", true}, {"i%x%s", "images", false},
		{`a\_b`, "a_b", true}, {`a\_b`, "axb", false}, {`100\%`, "100%", true}, {`100\%`, "1000", false},
		{`a\\b`, `a\b`, true}, {`a\`, `a\`, true},
		{"_", "ü", true}, {"__", "ü", false}, {"%ü%", "süß", true},
		{"%%_", "a", true}, {"%_%", "", false},
	} {
		if got := like(&test.pattern, test.name); got != test.want {
			t.Errorf("%q like %q: %v", test.name, test.pattern, got)
		}
	}
	if !like(nil, "x") {
		t.Error("no pattern matches everything")
	}
	begin := time.Now()
	matches(strings.Repeat("%a", 50)+"b", strings.Repeat("a", 5000))
	if d := time.Since(begin); d > time.Second {
		t.Errorf("a pattern of many %% took %v", d)
	}
}
