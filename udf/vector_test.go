package udf

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/substrait"
)

// A column of a test case: rows as JSON.
type testColumn struct {
	dt   arrow.DataType
	rows string
}

func (c testColumn) String() string { return c.rows }

func vector3(rows string) testColumn { return testColumn{substrait.VectorOf(3), rows} }
func reals(rows string) testColumn   { return testColumn{listOf(float4Type), rows} }
func doubles(rows string) testColumn { return testColumn{listOf(float8Type), rows} }
func numbers(rows string) testColumn { return testColumn{float8Type, rows} }
func ints(rows string) testColumn    { return testColumn{int4Type, rows} }
func packed(rows string) testColumn  { return testColumn{byteaType, rows} }

// Numbers in the expected text are Go's shortest; errors read STATE message.
var vectorCases = []struct {
	function string
	args     []testColumn
	want     string
}{
	{"l2_distance", []testColumn{vector3(`[[1,2,3],[0,0,0],null,[1,1,1]]`), vector3(`[[1,2,3],[2,3,6],[1,1,1],null]`)}, `[0 7 null null]`},
	{"array_distance", []testColumn{reals(`[[1,2],[0,3]]`), reals(`[[4,6],[4,0]]`)}, `[5 5]`},
	{"list_distance", []testColumn{doubles(`[[1,2],[0,3],null]`), doubles(`[[4,6],[4,0],[]]`)}, `[5 5 null]`},
	{"l2_distance", []testColumn{vector3(`[[0,0,0],[1,1,1]]`), reals(`[[2,3,6],null]`)}, `[7 null]`},
	{"l2_distance", []testColumn{doubles(`[[2,3,6]]`), vector3(`[[0,0,0]]`)}, `[7]`},
	{"l2_distance", []testColumn{reals(`[[]]`), reals(`[[]]`)}, `[0]`},
	{"l2_distance", []testColumn{reals(`[[3e38]]`), reals(`[[-3e38]]`)}, `[+Inf]`},
	{"l2_distance", []testColumn{vector3(`[null,null]`), vector3(`[null,null]`)}, `[null null]`},
	{"l2_distance", []testColumn{vector3(`[]`), vector3(`[]`)}, `[]`},
	{"l2_distance", []testColumn{reals(`[[1,2,3]]`), reals(`[[1,2]]`)}, `22000 different vector dimensions 3 and 2`},
	{"l2_distance", []testColumn{vector3(`[[1,2,3]]`), reals(`[[1,2]]`)}, `22000 different vector dimensions 3 and 2`},
	{"l2_distance", []testColumn{vector3(`[[1,2,3]]`), {substrait.VectorOf(2), `[[1,2]]`}}, `22000 different vector dimensions 3 and 2`},
	{"l2_distance", []testColumn{reals(`[null,[1]]`), reals(`[[1,2],[2]]`)}, `[null 1]`},
	{"l2_distance", []testColumn{reals(`[[1,null]]`), reals(`[[1,2]]`)}, `22004 vectors must not have NULL elements`},
	{"l2_distance", []testColumn{doubles(`[[1,2]]`), doubles(`[[null,2]]`)}, `22004 vectors must not have NULL elements`},

	{"l1_distance", []testColumn{vector3(`[[1,2,3],[0,0,0]]`), vector3(`[[1,0,7],[-1,1,-1]]`)}, `[6 3]`},

	{"inner_product", []testColumn{vector3(`[[1,2,3],[1,0,0]]`), vector3(`[[4,5,6],[0,1,0]]`)}, `[32 0]`},
	{"array_dot_product", []testColumn{reals(`[[1,2]]`), reals(`[[3,4]]`)}, `[11]`},
	{"inner_product", []testColumn{reals(`[[1e-30]]`), reals(`[[-1e-30]]`)}, `[0]`},
	{"negative_inner_product", []testColumn{vector3(`[[1,2,3],[1,0,0]]`), vector3(`[[4,5,6],[0,1,0]]`)}, `[-32 0]`},

	{"cosine_distance", []testColumn{vector3(`[[1,0,0],[1,0,0],[1,0,0],[0,2,0]]`), vector3(`[[0,5,0],[7,0,0],[-2,0,0],[0,1,1]]`)}, `[1 0 2 0.29289321881345254]`},
	{"cosine_distance", []testColumn{vector3(`[[0,0,0],[1,0,0]]`), vector3(`[[1,2,3],[0,0,0]]`)}, `[NaN NaN]`},
	{"cosine_similarity", []testColumn{vector3(`[[1,0,0],[3,0,4],[0,0,0]]`), vector3(`[[0,5,0],[6,0,8],[1,1,1]]`)}, `[0 1 NaN]`},

	{"hamming_distance", []testColumn{vector3(`[[1,2,3],[1,2,3],null]`), vector3(`[[1,2,3],[3,2,1],[1,1,1]]`)}, `[0 2 null]`},
	{"hamming_distance", []testColumn{packed(`["AAA=","/w==",null,""]`), packed(`["AQM=","Dw==","",""]`)}, `[3 4 null 0]`},
	{"hamming_distance", []testColumn{packed(`["AAA="]`), packed(`["AA=="]`)}, `22000 different lengths of 2 and 1 bytes`},

	{"l2_norm", []testColumn{vector3(`[[2,3,6],null,[0,0,0]]`)}, `[7 null 0]`},
	{"vector_norm", []testColumn{doubles(`[[3,4],[]]`)}, `[5 0]`},
	{"vector_dims", []testColumn{vector3(`[[2,3,6],null]`)}, `[3 null]`},
	{"vector_dims", []testColumn{reals(`[[2,3],[],null]`)}, `[2 0 null]`},

	{"l2_normalize", []testColumn{vector3(`[[2,3,6],null,[0,0,0]]`)}, `[[0.2857143 0.42857143 0.85714287] null [0 0 0]]`},
	{"normalize", []testColumn{doubles(`[[3,4],[],null,[3e-30,-4e-30],[3.802951800684688e30,5.070602400912918e30]]`)}, `[[0.6 0.8] [] null [0.6 -0.8] [0.6 0.8]]`},

	{"subvector", []testColumn{vector3(`[[1,2,3],[1,2,3],null,[1,2,3],[1,2,3]]`), ints(`[1,2,1,0,3]`), ints(`[2,1,1,2,2147483647]`)}, `[[1 2] [2] null [1] [3]]`},
	{"subvector", []testColumn{vector3(`[[1,2,3]]`), ints(`[4]`), ints(`[1]`)}, `22000 vector must have at least 1 dimension`},
	{"subvector", []testColumn{vector3(`[[1,2,3]]`), ints(`[1]`), ints(`[0]`)}, `22000 vector must have at least 1 dimension`},

	{"add", []testColumn{vector3(`[[1,2,3],[1,2,3],null]`), vector3(`[[10,20,30],null,[1,1,1]]`)}, `[[11 22 33] null null]`},
	{"add", []testColumn{reals(`[[1,2,3]]`), vector3(`[[10,20,30]]`)}, `[[11 22 33]]`},
	{"subtract", []testColumn{vector3(`[[1,2,3]]`), doubles(`[[10,20,30]]`)}, `[[-9 -18 -27]]`},
	{"subtract", []testColumn{vector3(`[[1,2,3]]`), reals(`[[10,20]]`)}, `22000 different vector dimensions 3 and 2`},
	{"multiply", []testColumn{vector3(`[[1,2,3]]`), vector3(`[[10,20,30]]`)}, `[[10 40 90]]`},
	{"multiply", []testColumn{vector3(`[[1,2,3],[1,2,3],null]`), numbers(`[2,null,3]`)}, `[[2 4 6] null null]`},
	{"multiply", []testColumn{numbers(`[0.5]`), vector3(`[[1,2,3]]`)}, `[[0.5 1 1.5]]`},
	{"multiply", []testColumn{vector3(`[[3e38,2,3]]`), numbers(`[2]`)}, `22003 vector element out of range`},
	{"multiply", []testColumn{vector3(`[[1,2,3]]`), numbers(`[1e300]`)}, `22003 vector element out of range`},
	{"add", []testColumn{vector3(`[[3e38,0,0]]`), vector3(`[[3e38,0,0]]`)}, `22003 vector element out of range`},
	{"add", []testColumn{vector3(`[[3e38,0,0]]`), vector3(`[[-3e38,3e38,0]]`)}, `[[0 3e+38 0]]`},
}

func TestVectorFunctions(t *testing.T) {
	for _, c := range vectorCases {
		t.Run(c.function, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			args := make([]Arg, len(c.args))
			for i, a := range c.args {
				args[i].Array = fromJSON(t, mem, a)
				defer args[i].Release()
			}
			rows, err := evaluate(mem, c.function, args)
			got := "[" + strings.Join(rows, " ") + "]"
			if err != nil {
				got = errorText(err)
			}
			if got != c.want {
				t.Fatalf("%v: got %s, want %s", c.args, got, c.want)
			}
			for i, want := range rows {
				alone(t, mem, c.function, args, i, want)
			}
		})
	}
}

// alone evaluates one row by itself, with any of its arguments constant.
func alone(t *testing.T, mem memory.Allocator, function string, args []Arg, i int, want string) {
	row := make([]Arg, len(args))
	for j, a := range args {
		row[j].Array = array.NewSlice(a.Array, int64(i), int64(i+1))
		defer row[j].Release()
	}
	for constants := range 1 << len(args) {
		for j := range row {
			row[j].Const = constants>>j&1 == 1
		}
		if got, err := evaluate(mem, function, row); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("row %d with constants %b: got %v, %v, want %s", i, constants, got, err, want)
		}
	}
}

func fromJSON(t *testing.T, mem memory.Allocator, c testColumn) arrow.Array {
	a, _, err := array.FromJSON(mem, c.dt, strings.NewReader(c.rows))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// evaluate is the result's rows as text.
func evaluate(mem memory.Allocator, function string, args []Arg) ([]string, error) {
	types := make([]arrow.DataType, len(args))
	for i, a := range args {
		types[i] = a.DataType()
	}
	f, err := Builtin().Scalar(function, types)
	if err != nil {
		return nil, err
	}
	out, err := f.Eval(&Call{Mem: mem, Rows: args[0].Len(), Out: f.Out}, args)
	if err != nil {
		return nil, err
	}
	defer out.Release()
	if !sameType(out.DataType(), f.Out) {
		return nil, fmt.Errorf("%v, not %v", out.DataType(), f.Out)
	}
	return rowTexts(out, 0, out.Len()), nil
}

func errorText(err error) string {
	var fault *Error
	if errors.As(err, &fault) && fault.Function != "" {
		return fault.State + " " + fault.Msg
	}
	return err.Error()
}

func rowTexts(a arrow.Array, from, to int) []string {
	var texts []string
	for i := from; i < to; i++ {
		texts = append(texts, rowText(a, i))
	}
	return texts
}

func rowText(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "null"
	}
	switch a := a.(type) {
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		return "[" + strings.Join(rowTexts(a.ListValues(), int(from), int(to)), " ") + "]"
	case *array.Float32:
		return fmt.Sprint(a.Value(i))
	case *array.Float64:
		return fmt.Sprint(a.Value(i))
	}
	return a.ValueStr(i)
}

// TestMetricIsTheSameFromBothSides and whichever argument is constant, to the last bit, at lengths that kernels treat
// differently.
func TestMetricIsTheSameFromBothSides(t *testing.T) {
	mem := memory.DefaultAllocator
	for _, dim := range []int{1, 7, 16, 65, 100} {
		a, b := wavyVectors(dim, 300, 1), wavyVectors(dim, 300, 2)
		for i := range metrics {
			m := &metrics[i]
			one := array.NewSlice(b, 17, 18)
			want := evaluateArray(t, mem, m.Name, 300, Arg{Array: a}, Arg{Array: one, Const: true})
			for _, got := range []*array.Float64{
				evaluateArray(t, mem, m.Name, 300, Arg{Array: one, Const: true}, Arg{Array: a}),
				evaluateArray(t, mem, m.Name, 300, Arg{Array: a}, Arg{Array: repeat(b, 17, 300)}),
				evaluateArray(t, mem, m.Name, 300, Arg{Array: repeat(b, 17, 300)}, Arg{Array: a}),
			} {
				for row := range 300 {
					if math.Float64bits(got.Value(row)) != math.Float64bits(want.Value(row)) {
						t.Fatalf("%s of %d elements, row %d: %v and %v", m.Name, dim, row, got.Value(row), want.Value(row))
					}
				}
			}
		}
	}
}

// TestWithin: what is not beyond the limit is stored as it is, and limits are near enough to be of use.
func TestWithin(t *testing.T) {
	const rows, dim = 2000, 24
	column := wavyVectors(dim, rows, 1)
	query, err := VectorAt(wavyVectors(dim, 1, 9), 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range metrics {
		m := &metrics[i]
		all, some := make([]float64, rows), make([]float64, rows)
		if err := m.From(query).Column(column, 0, all); err != nil {
			t.Fatal(err)
		}
		for _, limit := range append([]float64{math.Inf(1), math.Inf(-1), 0, 1, 2}, all[:50]...) {
			if err := m.From(query).Within(limit, column, 0, some); err != nil {
				t.Fatal(err)
			}
			left := 0
			for row, d := range all {
				switch {
				case some[row] == d:
				case some[row] != math.Inf(1) || d <= limit:
					t.Fatalf("%s within %v: row %d is %v, not %v", m.Name, limit, row, some[row], d)
				default:
					left++
				}
			}
			beyond := 0
			for _, d := range all {
				if d > limit*(1+1e-9) {
					beyond++
				}
			}
			if m.bound != nil && limit >= 0 && left < beyond*9/10 {
				t.Errorf("%s within %v: only %d of %d rows beyond are left out", m.Name, limit, left, beyond)
			}
		}
	}
}

func wavyVectors(dim, rows int, seed float64) arrow.Array {
	b := array.NewFixedSizeListBuilder(memory.DefaultAllocator, int32(dim), float4Type)
	defer b.Release()
	for i := range rows {
		b.Append(true)
		for j := range dim {
			b.ValueBuilder().(*array.Float32Builder).Append(float32(math.Sin(seed + 1.7*float64(i) + 0.3*float64(j)*float64(i+1))))
		}
	}
	return b.NewArray()
}

func repeat(column arrow.Array, row, n int) arrow.Array {
	v, _ := VectorAt(column, row)
	b := array.NewFixedSizeListBuilder(memory.DefaultAllocator, int32(len(v)), float4Type)
	defer b.Release()
	for range n {
		b.Append(true)
		b.ValueBuilder().(*array.Float32Builder).AppendValues(v, nil)
	}
	return b.NewArray()
}

func evaluateArray(t *testing.T, mem memory.Allocator, function string, rows int, args ...Arg) *array.Float64 {
	f, err := Builtin().Scalar(function, []arrow.DataType{args[0].DataType(), args[1].DataType()})
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.Eval(&Call{Mem: mem, Rows: rows, Out: f.Out}, args)
	if err != nil {
		t.Fatal(err)
	}
	return out.(*array.Float64)
}

func TestVectorOverloads(t *testing.T) {
	unknown, v3 := arrow.DataType(arrow.Null), arrow.DataType(substrait.VectorOf(3))
	for _, c := range []struct {
		function string
		in       []arrow.DataType
		want     string
	}{
		{"l2_distance", []arrow.DataType{v3, unknown}, "vector(3), vector(3): double precision"},
		{"l2_distance", []arrow.DataType{unknown, unknown}, "real[], real[]: double precision"},
		{"l2_distance", []arrow.DataType{v3, listOf(int4Type)}, "vector(3), real[]: double precision"},
		{"l2_distance", []arrow.DataType{v3, listOf(NumericOf(int4Type))}, "vector(3), real[]: double precision"},
		{"l2_distance", []arrow.DataType{v3, listOf(float8Type)}, "vector(3), double precision[]: double precision"},
		{"l2_distance", []arrow.DataType{v3, substrait.VectorOf(2)}, "22000 different vector dimensions 3 and 2"},
		{"hamming_distance", []arrow.DataType{byteaType, unknown}, "bytea, bytea: double precision"},
		{"add", []arrow.DataType{v3, v3}, "vector(3), vector(3): vector(3)"},
		{"add", []arrow.DataType{v3, unknown}, "vector(3), vector(3): vector(3)"},
		{"add", []arrow.DataType{listOf(int4Type), v3}, "real[], vector(3): vector(3)"},
		{"add", []arrow.DataType{v3, substrait.VectorOf(2)}, "22000 different vector dimensions 3 and 2"},
		{"multiply", []arrow.DataType{v3, int4Type}, "vector(3), double precision: vector(3)"},
		{"multiply", []arrow.DataType{NumericOf(int4Type), v3}, "double precision, vector(3): vector(3)"},
		{"subvector", []arrow.DataType{v3, int4Type, int4Type}, "vector(3), integer, integer: real[]"},
	} {
		got := ""
		if r, err := Builtin().Resolve(c.function, c.in); err != nil {
			got = errorText(err)
		} else {
			var names []string
			for _, dt := range r.Args {
				names = append(names, TypeName(dt))
			}
			got = strings.Join(names, ", ") + ": " + TypeName(r.Out)
		}
		if got != c.want {
			t.Errorf("%s%v: got %s, want %s", c.function, c.in, got, c.want)
		}
	}
}
