package eval

import (
	"strings"
	"testing"
)

func TestCommon(t *testing.T) {
	b := newTools(t, bigint, `[1, 2, null, 4]`, bigint, `[10, 20, 30, 40]`)
	x, y := b.col(0), b.col(1)
	less := func() Expr { return b.call("subtract", y, x) }
	product := func() Expr { return b.call("multiply", y, less()) }
	for _, c := range []struct {
		name   string
		exprs  []Expr
		rest   string
		common string
	}{
		{"nothing", []Expr{x}, "c0", ""},
		{"different", []Expr{less(), b.call("add", x, y)}, "c1 - c0, c0 + c1", ""},
		{"the same twice", []Expr{less(), less()}, "c1 - c0, c1 - c0", "c1 - c0"},
		{"part of another", []Expr{product(), b.call("add", product(), x)}, "c1 * (c1 - c0), c1 * (c1 - c0) + c0", "c1 * (c1 - c0)"},
		{"one within another", []Expr{less(), product(), product()}, "c1 - c0, c1 * (c1 - c0), c1 * (c1 - c0)", "c1 - c0, c1 * (c1 - c0)"},
		{"twice in one", []Expr{b.call("multiply", less(), less())}, "(c1 - c0) * (c1 - c0)", "c1 - c0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rest, common := Common(c.exprs, len(b.in.Columns))
			if got := list(common); got != c.common {
				t.Errorf("common is %q, want %q", got, c.common)
			}
			if got := list(rest); strings.ReplaceAll(strings.ReplaceAll(got, "(", ""), ")", "") != strings.ReplaceAll(strings.ReplaceAll(c.rest, "(", ""), ")", "") {
				t.Errorf("rest is %q, want %q", got, c.rest)
			}
			wide := *b
			for _, e := range common {
				a, err := Array(t.Context(), b.Mem, e, wide.in)
				if err != nil {
					t.Fatal(err)
				}
				defer a.Release()
				wide.in.Columns = append(wide.in.Columns[:len(wide.in.Columns):len(wide.in.Columns)], a)
			}
			for i, e := range rest {
				if got, want := wide.values(e), b.values(c.exprs[i]); got != want {
					t.Errorf("%s: got %s, want %s", e, got, want)
				}
			}
		})
	}
}

// An arm of CASE is not computed for all rows, so it cannot be what another expression computes for all rows.
func TestCommonLeavesArmsAlone(t *testing.T) {
	b := newTools(t, bigint, `[0, 1]`)
	inverse := func() Expr { return b.call("divide", b.lit(bigint, "2"), b.col(0)) }
	arm := &Case{arms: []arm{{when: b.call("not_equal", b.col(0), b.lit(bigint, "0")), then: inverse()}}, last: b.col(0), mem: b.Mem}
	rest, common := Common([]Expr{arm, b.call("add", arm, b.col(0))}, 1)
	if len(common) > 0 {
		t.Errorf("took out %s", list(common))
	}
	b.want(rest[0], "0 2")
}
