package eval

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/encodedtest"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// texts are values of a column, some of which only some functions take.
var texts = []string{
	`["cat", "dog", null, "cat", "", "Dög", "cat", null, "dog", "bird"]`,
	`["12", "7", null, "12", "12", "-3", "7", "12", null, "0"]`,
	`["2024-02-29", "1999-12-31", null, "2024-02-29", "2024-02-29", "1999-12-31", "2024-02-29", null, "1970-01-01", "1970-01-01"]`,
	`["cat", "12", "cat", "cat", "cat", "cat", "cat", "cat", "cat", "cat"]`,
	`[null, null, null]`,
	`[]`,
}

// constants are the other arguments of functions, by type.
var constants = []struct {
	dt   arrow.DataType
	json []string
}{
	{arrow.BinaryTypes.String, []string{`"cat"`, `"%o%"`, `"[a-z]+"`, `"YYYY-MM-DD"`, `"g"`, `null`}},
	{arrow.PrimitiveTypes.Int64, []string{`2`, `-1`, `null`}},
	{arrow.PrimitiveTypes.Int32, []string{`2`, `1`}},
}

// Every function of one column of text comes to the same for codes as for text, error or not.
func TestFunctionsByEntry(t *testing.T) {
	tried := map[string]bool{}
	for _, f := range udf.Builtin().Scalars() {
		if f.Volatile || f.Name == "repeat" || f.Name == "pg_sleep" {
			continue
		}
		for _, json := range texts {
			b := newTools(t, arrow.BinaryTypes.String, json)
			column := b.col(0)
			candidates := [][]Expr{{column}, {column, column}}
			for _, c := range constants {
				for _, value := range c.json {
					x := b.lit(c.dt, value)
					candidates = append(candidates, []Expr{column, x}, []Expr{x, column}, []Expr{column, x, x}, []Expr{column, x, column})
					for _, other := range constants {
						candidates = append(candidates, []Expr{column, x, b.lit(other.dt, other.json[0])})
					}
				}
			}
			for _, args := range candidates {
				fn, err := b.bind(f.Name, args, true)
				if err != nil {
					continue
				}
				tried[f.Name] = true
				b.sameByEntry(fn)
			}
		}
	}
	if len(tried) < 40 {
		t.Errorf("only %d functions take text", len(tried))
	}
}

// Neither do the expressions that are no functions tell codes from text.
func TestExpressionsByEntry(t *testing.T) {
	for _, json := range texts {
		text := arrow.BinaryTypes.String
		b := newTools(t, text, json, text, strings.ReplaceAll(json, "cat", "cow"))
		x, cat, dog := b.col(0), b.lit(text, `"cat"`), b.lit(text, `"dog"`)
		isCat := b.call("equal", x, cat)
		number := &Cast{arg: x, to: arrow.PrimitiveTypes.Int64, nullable: true, mem: b.Mem, env: b.Env}
		for _, e := range []Expr{
			isCat, b.call("lt", cat, x), b.call("is_null", x), b.call("is_distinct_from", x, b.lit(text, `null`)),
			&InList{value: x, options: []Expr{cat, dog}, mem: b.Mem}, &InList{value: x, options: []Expr{cat, b.lit(text, `null`)}, mem: b.Mem},
			b.and(isCat, b.call("like", x, b.lit(text, `"c%"`))), b.or(b.call("is_null", x), b.call("like", x, b.lit(text, `"%o_"`))),
			&Case{arms: []arm{{isCat, b.lit(bigint, "1")}, {b.call("is_null", x), b.lit(bigint, "null")}}, last: b.lit(bigint, "3"), mem: b.Mem},
			&Case{arms: []arm{{isCat, x}}, last: b.call("upper", x), mem: b.Mem},
			&Coalesce{args: []Expr{x, dog}, mem: b.Mem}, &Coalesce{args: []Expr{b.call("nullif", x, cat), dog}, mem: b.Mem},
			b.call("nullif", x, cat), b.call("length", b.call("lower", x)), number, &Cast{arg: b.call("concat", cat, x), to: arrow.BinaryTypes.Binary, mem: b.Mem, env: b.Env},
			// Two columns are computed row by row.
			b.call("equal", x, b.col(1)), b.call("concat", b.call("upper", x), b.col(1)), &Coalesce{args: []Expr{x, b.col(1)}, mem: b.Mem},
			&Case{arms: []arm{{b.call("equal", b.col(1), x), b.col(1)}}, last: b.call("upper", x), mem: b.Mem},
		} {
			b.sameByEntry(e)
		}
	}
}

// sameByEntry compares what an expression comes to for text, for codes, and for codes of a dictionary seen before.
func (b *tools) sameByEntry(e Expr) {
	b.t.Helper()
	setByEntry(b.Compiler, e)
	want, wantErr := b.texts(e, b.in)
	selected, selectErr := b.selected(e, b.in)

	encoder := encodedtest.Encoder{Mem: b.Mem}
	defer encoder.Release()
	coded := Input{Rows: b.in.Rows}
	for i, c := range b.in.Columns {
		coded.Columns = append(coded.Columns, encoder.Column(i, c))
		defer coded.Columns[i].Release()
	}
	for _, size := range []int{b.in.Rows, 1, 3} {
		var got []string
		var rows []uint32
		var err, err2 error
		for from := 0; from < max(b.in.Rows, 1) && err == nil; from += max(size, 1) {
			part := Input{Rows: min(size, b.in.Rows-from)}
			for _, c := range coded.Columns {
				part.Columns = append(part.Columns, array.NewSlice(c, int64(from), int64(from+part.Rows)))
			}
			var some []string
			var chosen []uint32
			if some, err = b.texts(e, part); err == nil {
				got = append(got, some...)
			}
			if chosen, err2 = b.selected(e, part); err2 == nil {
				for _, row := range chosen {
					rows = append(rows, uint32(from)+row)
				}
			}
			for _, c := range part.Columns {
				c.Release()
			}
		}
		if (err != nil) != (wantErr != nil) || err == nil && !slices.Equal(got, want) {
			b.t.Errorf("%s of codes in batches of %d: %v, %v; of text: %v, %v", e, size, got, err, want, wantErr)
		}
		if (err2 != nil) != (selectErr != nil) || err2 == nil && !slices.Equal(rows, selected) {
			b.t.Errorf("%s keeps of codes in batches of %d: %v, %v; of text: %v, %v", e, size, rows, err2, selected, selectErr)
		}
	}
}

// setByEntry is what compiling does to an expression and its parts.
func setByEntry(c *Compiler, e Expr) {
	for _, arg := range e.Args() {
		setByEntry(c, arg)
	}
	c.encode(e)
}

func (b *tools) texts(e Expr, in Input) ([]string, error) {
	a, err := Array(b.t.Context(), b.Mem, e, in)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	plain := gather.Plain(memory.DefaultAllocator, a)
	defer plain.Release()
	if !arrow.TypeEqual(plain.DataType(), e.Type()) {
		return nil, fmt.Errorf("%s is of type %s, want %s", e, plain.DataType(), e.Type())
	}
	out := make([]string, plain.Len())
	for i := range out {
		out[i] = "NULL"
		if plain.IsValid(i) {
			out[i] = strings.Clone(plain.ValueStr(i)) + "."
		}
	}
	return out, nil
}

// selected is empty for what is no condition.
func (b *tools) selected(e Expr, in Input) ([]uint32, error) {
	if e.Type().ID() != arrow.BOOL {
		return nil, nil
	}
	c, err := NewCondition(e, b.Mem)
	if err != nil {
		return nil, err
	}
	return c.Select(b.t.Context(), in, nil)
}

// A filter asks about entries before it sees rows.
func TestKeepsNone(t *testing.T) {
	text := arrow.BinaryTypes.String
	b := newTools(t, text, `["cat", "dog"]`)
	x := b.col(0)
	for _, c := range []struct {
		e    Expr
		want bool
	}{
		{b.call("equal", x, b.lit(text, `"cow"`)), true},
		{b.call("equal", x, b.lit(text, `"cat"`)), false},
		{b.call("is_null", x), false}, // rows that are NULL have no entry
		{b.call("is_not_distinct_from", x, b.lit(text, `"cow"`)), true},
		{b.call("equal", &Cast{arg: x, to: bigint, mem: b.Mem, env: b.Env}, b.lit(bigint, "1")), false}, // fails
		{b.and(b.call("is_not_null", x), b.call("like", x, b.lit(text, `"%w"`))), true},
	} {
		setByEntry(b.Compiler, c.e)
		condition, err := NewCondition(c.e, b.Mem)
		if err != nil {
			t.Fatal(err)
		}
		if got := condition.KeepsNone(t.Context(), 1, 0, b.in.Columns[0]); got != c.want {
			t.Errorf("%s keeps none: %v", condition, got)
		}
	}
}
