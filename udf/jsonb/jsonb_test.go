package jsonb

import (
	"errors"
	"strings"
	"testing"
)

func parsed(t *testing.T, text string) any {
	t.Helper()
	v, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestCanonicalText(t *testing.T) {
	for text, want := range map[string]string{
		` {"bb" : 1,"a":[ ], "a":{}} `:            `{"a": {}, "bb": 1}`,
		`[1.50,1e2,-1.5E-3,0e5,-0.0,12E1,1.25e1]`: `[1.50, 100, -0.0015, 0, 0.0, 120, 12.5]`,
		`"\u0041\u00e9\ud83d\ude00\u001f\/"`:      `"Aé😀\u001f/"`,
		`null`:                                    `null`,
		`[[[]]]`:                                  `[[[]]]`,
		`"\\u0000"`:                               `"\\u0000"`,
	} {
		got := string(Append(nil, parsed(t, text)))
		if got != want {
			t.Errorf("%s is %s, not %s", text, got, want)
		}
		if again := string(Append(nil, parsed(t, got))); again != got {
			t.Errorf("%s is not canonical: %s", got, again)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{
		``, ` `, `{`, `[1,]`, `{"a":}`, `{a: 1}`, `'a'`, `01`, `1.`, `.5`, `+1`, `NaN`, `tru`, `1 2`, `"\x"`, "\"\n\"", `"\ud800"`, `"\udc00"`, `"\ud800\u0041"`, "\"\xff\"", `1e99999`,
		strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
	} {
		if v, err := Parse([]byte(text)); err == nil {
			t.Errorf("%.40q is taken for %v", text, v)
		}
	}
	if _, err := Parse([]byte(`{"a": "\u0000"}`)); !errors.Is(err, ErrZero) {
		t.Errorf(`\u0000: %v`, err)
	}
}

func TestEqualAndContains(t *testing.T) {
	for _, c := range []struct {
		a, b            string
		equal, contains bool
	}{
		{`1`, `1.00`, true, true},
		{`1`, `"1"`, false, false},
		{`[1, 2]`, `[2, 1]`, false, true},
		{`[1]`, `1`, false, true},
		{`[[1]]`, `1`, false, false},
		{`[[1]]`, `[1]`, false, false},
		{`1`, `[1]`, false, false},
		{`{"a": 1, "b": [{"c": 2}]}`, `{"b": [{}]}`, false, true},
		{`{"a": {"b": 1}}`, `{"b": 1}`, false, false},
		{`{"a": null}`, `{"b": null}`, false, false},
		{`null`, `null`, true, true},
		{`{}`, `[]`, false, false},
		{`null`, `[]`, false, false},
	} {
		a, b := parsed(t, c.a), parsed(t, c.b)
		if got := Equal(a, b); got != c.equal {
			t.Errorf("%s = %s is %v", c.a, c.b, got)
		}
		if got := Contains(a, b); got != c.contains {
			t.Errorf("%s @> %s is %v", c.a, c.b, got)
		}
	}
}

func TestChangesLeaveTheirArgumentAlone(t *testing.T) {
	const before = `{"a": [1, {"b": 2}], "c": 3}`
	v := parsed(t, before)
	for _, change := range []func() (any, error){
		func() (any, error) { return Set(v, []string{"a", "1", "b"}, "x", true) },
		func() (any, error) { return Insert(v, []string{"a", "0"}, "x", true) },
		func() (any, error) { return WithoutPath(v, []string{"a", "1", "b"}) },
		func() (any, error) { return Without(v, "a") },
		func() (any, error) { return Concat(v, map[string]any{"a": nil}), nil },
		func() (any, error) { return StripNulls(v), nil },
	} {
		if _, err := change(); err != nil {
			t.Error(err)
		}
		if got := string(Append(nil, v)); got != before {
			t.Fatalf("the argument became %s", got)
		}
	}
}

// FuzzParse holds canonical text to be read as it was written.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a": [1.5e3, "\ud83d\ude00", null, true]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Parse(text)
		if err != nil {
			return
		}
		written := Append(nil, v)
		again, err := Parse(written)
		if err != nil || !Equal(v, again) {
			t.Fatalf("%q became %q: %v", text, written, err)
		}
	})
}
