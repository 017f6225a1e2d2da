package eval

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// tools build expressions without a plan.
type tools struct {
	*Compiler
	t      testing.TB
	fields []arrow.Field
	in     Input
}

// newTools has columns written as JSON.
func newTools(t *testing.T, columns ...any) *tools {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	b := &tools{Compiler: &Compiler{Functions: udf.Builtin(), Env: &udf.Env{}, Mem: mem}, t: t}
	for i := 0; i < len(columns); i += 2 {
		dt := columns[i].(arrow.DataType)
		a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(columns[i+1].(string)))
		if err != nil {
			t.Fatal(err)
		}
		b.fields = append(b.fields, arrow.Field{Name: fmt.Sprint("c", i/2), Type: dt, Nullable: true})
		b.in.Columns, b.in.Rows = append(b.in.Columns, a), a.Len()
	}
	t.Cleanup(func() {
		b.Release()
		mem.AssertSize(t, 0)
	})
	return b
}

func (b *tools) col(i int) Expr { return &Column{Index: i, Field: b.fields[i]} }

func (b *tools) lit(dt arrow.DataType, json string) Expr {
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader("["+json+"]"))
	if err != nil {
		b.t.Fatal(err)
	}
	return &Literal{Value: a}
}

func (b *tools) call(name string, args ...Expr) Expr {
	b.t.Helper()
	f, err := b.bind(name, args, true)
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

func (b *tools) and(args ...Expr) Expr {
	return &junction{word: "AND", decides: no, args: args, mem: b.Mem}
}
func (b *tools) or(args ...Expr) Expr {
	return &junction{word: "OR", decides: yes, args: args, mem: b.Mem}
}

// whole is a junction whose conditions are computed all at once.
func (b *tools) whole(name string, e Expr) Expr {
	b.t.Helper()
	j, err := b.junction(name, e.(*junction))
	if err != nil {
		b.t.Fatal(err)
	}
	if j.(*junction).whole == nil {
		b.t.Errorf("%s is not computed at once", e)
	}
	return j
}

// values computes an expression and checks its length.
func (b *tools) values(e Expr) string {
	b.t.Helper()
	a, err := Array(b.t.Context(), b.Mem, e, b.in)
	if err != nil {
		b.t.Fatalf("%s: %v", e, err)
	}
	defer a.Release()
	if a.Len() != b.in.Rows {
		b.t.Errorf("%s: %d rows, want %d", e, a.Len(), b.in.Rows)
	}
	texts := make([]string, a.Len())
	for i := range texts {
		texts[i] = "NULL"
		if !a.IsNull(i) {
			texts[i] = a.ValueStr(i)
		}
	}
	return strings.Join(texts, " ")
}

func (b *tools) want(e Expr, want string) {
	b.t.Helper()
	if got := b.values(e); got != want {
		b.t.Errorf("%s: got %s, want %s", e, got, want)
	}
}

var (
	boolean = arrow.FixedWidthTypes.Boolean
	bigint  = arrow.PrimitiveTypes.Int64
	double  = arrow.PrimitiveTypes.Float64
	text    = arrow.BinaryTypes.String
)

func TestThreeValuedLogic(t *testing.T) {
	b := newTools(t, boolean, `[true, true, true, false, false, false, null, null, null]`, boolean, `[true, false, null, true, false, null, true, false, null]`)
	x, y := b.col(0), b.col(1)
	b.want(b.and(x, y), "true false NULL false false false NULL false NULL")
	b.want(b.or(x, y), "true true true true false NULL true NULL NULL")
	b.want(b.and(x, b.lit(boolean, "null")), "NULL NULL NULL false false false NULL NULL NULL")
	b.want(b.or(b.lit(boolean, "true"), x), "true true true true true true true true true")
	b.want(b.whole("and", b.and(x, y)), "true false NULL false false false NULL false NULL")
	b.want(b.whole("or", b.or(x, y)), "true true true true false NULL true NULL NULL")
	b.want(b.whole("or", b.or(b.lit(boolean, "null"), x)), "true true true NULL NULL NULL NULL NULL NULL")
}

// What is decided is not computed: dividing by zero would be an error.
func TestDecidedIsNotComputed(t *testing.T) {
	b := newTools(t, bigint, `[0, 1, 2, null]`)
	x := b.col(0)
	inverse := b.call("divide", b.lit(bigint, "2"), x)
	isZero := b.call("equal", x, b.lit(bigint, "0"))
	big := b.call("gt", inverse, b.lit(bigint, "1"))
	b.want(b.or(isZero, big), "true true false NULL")
	b.want(b.and(b.call("not", isZero), big), "false true false NULL")
	b.want(&Case{arms: []arm{{isZero, b.lit(bigint, "-1")}, {big, b.lit(bigint, "9")}}, last: inverse, mem: b.Mem}, "-1 9 1 NULL")
	b.want(&Coalesce{args: []Expr{&Case{arms: []arm{{isZero, x}}, last: b.lit(bigint, "null"), mem: b.Mem}, inverse}, mem: b.Mem}, "0 2 1 NULL")

	if _, err := Array(t.Context(), b.Mem, inverse, b.in); err == nil {
		t.Error("dividing by zero is no error")
	}
	condition, err := NewCondition(b.and(big, b.call("gt", x, b.lit(bigint, "0"))), b.Mem)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := condition.Select(t.Context(), b.in, nil); err != nil || !slices.Equal(rows, []uint32{1}) {
		t.Errorf("%s selects %v, %v", condition, rows, err)
	}
}

func TestInList(t *testing.T) {
	b := newTools(t, bigint, `[1, 2, null, 4]`, text, `["a", "b", null, ""]`)
	in := func(value Expr, options ...Expr) Expr { return &InList{value: value, options: options, mem: b.Mem} }
	b.want(in(b.col(0), b.lit(bigint, "1"), b.lit(bigint, "4")), "true false NULL true")
	b.want(in(b.col(0), b.lit(bigint, "1"), b.lit(bigint, "null")), "true NULL NULL NULL")
	b.want(in(b.col(1), b.lit(text, `"b"`), b.lit(text, `""`)), "false true NULL true")
}

func TestFieldOfStruct(t *testing.T) {
	dt := arrow.StructOf(arrow.Field{Name: "x", Type: bigint, Nullable: true})
	b := newTools(t, dt, `[{"x": 1}, null, {"x": null}, {"x": 4}]`)
	b.want(&Field{Struct: b.col(0), mem: b.Mem}, "1 NULL NULL 4")
	slice := array.NewSlice(b.in.Columns[0], 1, 4)
	b.in = Input{Columns: []arrow.Array{slice}, Rows: 3}
	b.want(&Field{Struct: b.col(0), mem: b.Mem}, "NULL NULL 4")
}

// A constant is computed once, and only if it is needed.
func TestConstantIsLazy(t *testing.T) {
	b := newTools(t, bigint, `[1, 2]`)
	fails := &lazy{Expr: b.call("divide", b.lit(bigint, "1"), b.lit(bigint, "0")), keep: b.Keep}
	b.want(&Case{arms: []arm{{b.call("lt", b.col(0), b.lit(bigint, "9")), b.col(0)}}, last: fails, mem: b.Mem}, "1 2")
	three := &lazy{Expr: b.call("add", b.lit(bigint, "1"), b.lit(bigint, "2")), keep: b.Keep}
	b.want(b.call("multiply", b.col(0), three), "3 6")
	if first, err := Value(t.Context(), three); err != nil || first != three.value.Array {
		t.Error("the constant was computed again")
	} else {
		first.Release()
	}
}

// now() has no arguments and one value: it is a constant, which random() is not.
func TestFunctionsWithoutArguments(t *testing.T) {
	b := newTools(t)
	if now := b.call("now"); !isFixed(now) {
		t.Errorf("%s is no constant", now)
	}
	if random := b.call("random"); isFixed(random) {
		t.Errorf("%s is a constant", random)
	}
}

// TestComparisons holds the loops that select rows to the functions that compute booleans.
func TestComparisons(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	types := map[string]func() string{
		"int2":      func() string { return fmt.Sprint(r.Intn(5) - 2) },
		"int4":      func() string { return fmt.Sprint(r.Intn(5) - 2) },
		"int8":      func() string { return fmt.Sprint(r.Intn(5) - 2) },
		"float4":    func() string { return []string{"-1.5", "0", "0.25", "3", `"NaN"`}[r.Intn(5)] },
		"float8":    func() string { return []string{"-1.5", "0", "0.25", "3", `"NaN"`}[r.Intn(5)] },
		"date":      func() string { return fmt.Sprintf(`"202%d-01-01"`, r.Intn(5)) },
		"time":      func() string { return fmt.Sprintf(`"1%d:00:00"`, r.Intn(5)) },
		"timestamp": func() string { return fmt.Sprintf(`"202%d-01-01 00:00:00"`, r.Intn(5)) },
		"text":      func() string { return []string{`""`, `"a"`, `"ab"`, `"b"`}[r.Intn(4)] },
		"numeric":   func() string { return []string{`"-1.50"`, `"0.00"`, `"0.01"`, `"99999999999999999.99"`}[r.Intn(4)] },
		"boolean":   func() string { return []string{"true", "false"}[r.Intn(2)] },
	}
	for name, value := range types {
		dt, err := udf.TypeNamed(name, map[string][]int{"numeric": {38, 2}}[name])
		if err != nil {
			t.Fatal(err)
		}
		random := func() string {
			if r.Intn(6) == 0 {
				return "null"
			}
			return value()
		}
		for op := range comparisonOps {
			t.Run(name+" "+op, func(t *testing.T) {
				var values, others []string
				for range 40 {
					values, others = append(values, random()), append(others, random())
				}
				b := newTools(t, dt, "["+strings.Join(values, ",")+"]", dt, "["+strings.Join(others, ",")+"]")
				constant := b.lit(dt, random())
				first, second := b.call(op, b.col(0), constant), b.call(op, b.lit(dt, random()), b.col(1))
				for _, e := range []Expr{first, second, b.and(first, second)} {
					c, err := NewCondition(e, b.Mem)
					if err != nil {
						t.Fatal(err)
					}
					got, err := c.Select(t.Context(), b.in, nil)
					if err != nil {
						t.Fatal(err)
					}
					var want []uint32
					for i, v := range strings.Fields(b.values(e)) {
						if v == "true" {
							want = append(want, uint32(i))
						}
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s selects %v, want %v\nof %v\nand %v", c, got, want, values, others)
					}
				}
			})
		}
	}
}

func BenchmarkSelect(b *testing.B) {
	r := rand.New(rand.NewSource(1))
	const n = 32768
	ints, floats := array.NewInt64Builder(memory.DefaultAllocator), array.NewFloat64Builder(memory.DefaultAllocator)
	for range n {
		ints.Append(int64(r.Intn(100)))
		floats.Append(r.Float64())
	}
	in := Input{Columns: []arrow.Array{ints.NewArray(), floats.NewArray()}, Rows: n}
	t := &tools{Compiler: &Compiler{Functions: udf.Builtin(), Env: &udf.Env{}, Mem: memory.DefaultAllocator}, t: b}
	t.fields = []arrow.Field{{Name: "i", Type: bigint}, {Name: "f", Type: double}}
	half := t.call("lt", t.col(0), t.lit(bigint, "50"))
	for _, e := range []Expr{half, t.and(half, t.call("gte", t.col(1), t.lit(double, "0.5"))), t.whole("or", t.or(half, t.call("gte", t.col(1), t.lit(double, "0.5"))))} {
		b.Run(e.String(), func(b *testing.B) {
			c, _ := NewCondition(e, memory.DefaultAllocator)
			var rows []uint32
			for range b.N {
				rows, _ = c.Select(b.Context(), in, rows[:0])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}
