package udf

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/substrait"
)

// TestShapes holds every overload of every function to what it answers row by row: over columns with NULLs, over slices,
// with each argument constant, over no rows. A row whose values are an error is made NULL first, values and all, so that
// the test also shows that NULL rows raise none.
func TestShapes(t *testing.T) {
	set := Builtin()
	for _, f := range set.Scalars() {
		if f.Volatile {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			for _, impl := range f.Impls {
				for _, types := range sampleCalls(&impl) {
					bound, err := set.Scalar(f.Name, types)
					if err != nil {
						continue // an overload that takes not all combinations of what its patterns match
					}
					t.Run(callText(f.Name, types), func(t *testing.T) {
						checkShapes(t, bound, types, random)
					})
				}
			}
		})
	}
}

// sampleTypes are the types that patterns are tried on.
var sampleTypes = []arrow.DataType{
	int4Type, textType, float8Type, boolType, int2Type, int8Type, float4Type, numericType(12, 2), numericType(38, 5), byteaType, dateType, timeType,
	timestampType, timestamptzType, intervalType, uuidType, jsonType, listOf(int4Type), listOf(textType), listOf(float4Type), listOf(float8Type), listOf(int2Type), listOf(int8Type),
	listOf(numericType(12, 2)), substrait.VectorOf(3), arrow.StructOf(arrow.Field{Name: "a", Type: int4Type, Nullable: true}, arrow.Field{Name: "b", Type: textType, Nullable: true}),
	arrow.MapOf(textType, int4Type),
}

// sampleCalls are types of arguments for an overload.
func sampleCalls(impl *Impl) [][]arrow.DataType {
	counts := []int{len(impl.In)}
	if impl.Variadic {
		counts = append(counts, len(impl.In)+2)
	}
	var calls [][]arrow.DataType
	for _, n := range counts {
		combinations := [][]arrow.DataType{{}}
		for i := range n {
			pattern := patternAt(impl.In, i)
			var longer [][]arrow.DataType
			for _, before := range combinations {
				for _, dt := range sampleTypes {
					if pattern.Match(dt) && len(longer) < 700 && !(pattern.needsSame(n) && slices.ContainsFunc(before, func(b arrow.DataType) bool { return !sameType(b, dt) })) {
						longer = append(longer, append(slices.Clone(before), dt))
					}
				}
			}
			combinations = longer
		}
		calls = append(calls, combinations...)
	}
	return calls
}

// needsSame keeps calls out whose arguments can have no common type: of comparisons, and of long calls.
func (t *Type) needsSame(n int) bool { return t.binds == widest || t.binds != none && n > 2 }

func checkShapes(t *testing.T, f *ScalarFunc, types []arrow.DataType, random *rand.Rand) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	const n, offset = 70, 3 // more than a word of validity
	columns := make([]arrow.Array, len(types))
	for k, dt := range types {
		columns[k] = randomArray(mem, dt, n+offset, random)
		if f.Name == "jsonb_build_object" && k%2 == 0 { // a key that is NULL is an error
			columns[k] = withoutNulls(t, mem, columns[k])
		}
		defer columns[k].Release()
	}
	eval := func(rows int, args ...Arg) (arrow.Array, error) {
		return f.Eval(&Call{Mem: mem, Rows: rows, Out: f.Out, Env: testEnv, Context: context.Background()}, args)
	}
	rowOf := func(i int) (string, error) {
		args := make([]Arg, len(columns))
		for k, c := range columns {
			args[k] = Arg{array.NewSlice(c, int64(i), int64(i+1)), true}
			defer args[k].Release()
		}
		a, err := eval(1, args...)
		if err != nil {
			return "", err
		}
		defer a.Release()
		return shown(a, 0), nil
	}
	want := make([]string, n+offset)
	var bad []int
	for i := range want {
		var err error
		if want[i], err = rowOf(i); err != nil {
			bad = append(bad, i)
		}
	}
	if len(bad) > 0 && len(columns) > 0 {
		for k, c := range columns {
			columns[k] = withNulls(mem, c, bad)
			defer columns[k].Release()
		}
		for _, i := range bad {
			var err error
			if want[i], err = rowOf(i); err != nil {
				t.Fatalf("row %d of NULLs: %v", i, err)
			}
		}
	}
	compare := func(what string, a arrow.Array, err error, want []string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer a.Release()
		if a.Len() != len(want) || !sameType(a.DataType(), f.Out) {
			t.Fatalf("%s: %d rows of %s, not %d of %s", what, a.Len(), a.DataType(), len(want), f.Out)
		}
		for i := range want {
			if got := shown(a, i); got != want[i] {
				t.Fatalf("%s: row %d is %s, not %s; of %s", what, i, got, want[i], shownRow(columns, i))
			}
		}
	}
	if len(columns) == 0 {
		return
	}
	args := make([]Arg, len(columns))
	for k, c := range columns {
		args[k] = Arg{Array: c}
	}
	a, err := eval(n+offset, args...)
	compare("whole", a, err, want)
	for k, c := range columns {
		args[k] = Arg{Array: array.NewSlice(c, offset, n+offset)}
		defer args[k].Release()
	}
	a, err = eval(n, args...)
	compare("slice", a, err, want[offset:])
	for k, c := range columns {
		args[k] = Arg{Array: array.NewSlice(c, offset, offset)}
		defer args[k].Release()
	}
	a, err = eval(0, args...)
	compare("empty", a, err, nil)
	if len(columns) < 2 {
		return
	}
	for k := range columns {
		for _, at := range []int{0, 7} {
			one := array.NewSlice(columns[k], int64(at), int64(at+1))
			defer one.Release()
			for other, c := range columns {
				args[other] = Arg{Array: c}
			}
			args[k] = Arg{one, true}
			checkConstant(t, eval, columns, args, k, at)
		}
	}
}

// checkConstant compares a call with one constant argument to the same call with the constant repeated.
func checkConstant(t *testing.T, eval func(rows int, args ...Arg) (arrow.Array, error), columns []arrow.Array, args []Arg, k, at int) {
	t.Helper()
	n := columns[0].Len()
	repeated, err := take(memory.DefaultAllocator, columns[k], slices.Repeat([]int{at}, n))
	if err != nil {
		t.Fatal(err)
	}
	expanded := slices.Clone(args)
	expanded[k] = Arg{Array: repeated}
	got, err1 := eval(n, args...)
	if err1 == nil {
		defer got.Release()
	}
	want, err2 := eval(n, expanded...)
	if err2 == nil {
		defer want.Release()
	}
	if err1 != nil || err2 != nil {
		if (err1 == nil) != (err2 == nil) { // several rows may be at fault, and any may be found first
			t.Fatalf("argument %d constant: %v, repeated: %v", k, err1, err2)
		}
		return
	}
	for i := range n {
		if shown(got, i) != shown(want, i) {
			t.Fatalf("argument %d constant: row %d is %s, not %s", k, i, shown(got, i), shown(want, i))
		}
	}
}

func shown(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "NULL"
	}
	return FormatValue(a, i, testEnv)
}

func shownRow(columns []arrow.Array, i int) string {
	values := make([]string, len(columns))
	for k, c := range columns {
		values[k] = shown(c, i)
	}
	return strings.Join(values, ", ")
}

// withNulls makes rows NULL whose values stay in the buffers.
func withNulls(mem memory.Allocator, a arrow.Array, rows []int) arrow.Array {
	valid := allValid(mem, a.Len())
	for i := range a.Len() {
		if a.IsNull(i) || slices.Contains(rows, i) {
			valid.clear(i)
		}
	}
	data := a.Data()
	buffers := slices.Clone(data.Buffers())
	buffers[0] = valid.bits.buffer
	defer valid.release()
	masked := array.NewData(data.DataType(), data.Len(), buffers, data.Children(), array.UnknownNullCount, 0)
	defer masked.Release()
	return array.MakeFromData(masked)
}

// sampleTexts are texts that some function or other makes something of.
var sampleTexts = []string{
	"", "a", "b", "abc", "ABC", "äöü日本", "a,b,,c", "day", "month", "hour", "Europe/Berlin", "UTC", "hex", "base64", "0a0b", "%b%", "_b_", "b+", "(a)(b)?", "g", "i", "UTF8",
	"YYYY-MM-DD", "2024-02-29", "999.9", "%s-%s", "%Y", "x' y", "\\x01", ",", "[1,2]", "1",
}

var sampleInts = []int64{0, 1, 2, 3, -1, -2, 5, 7, 12, 28, 100, -100, 32767, -32768, 2024, 1 << 30, -1 << 31, 1<<31 - 1, -1 << 63, 1<<63 - 1}

// randomArray makes rows of a type, about one in six of them NULL.
func randomArray(mem memory.Allocator, dt arrow.DataType, n int, random *rand.Rand) arrow.Array {
	b := array.NewBuilder(mem, dt)
	defer b.Release()
	for range n {
		appendRandom(b, dt, random, random.IntN(6) == 0)
	}
	return b.NewArray()
}

func appendRandom(b array.Builder, dt arrow.DataType, random *rand.Rand, isNull bool) {
	if isNull {
		b.AppendNull()
		return
	}
	v := sampleInts[random.IntN(len(sampleInts))]
	if random.IntN(2) == 0 {
		v = int64(random.IntN(12)) - 2
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v&1 == 0)
	case *array.Int16Builder:
		b.Append(int16(v))
	case *array.Int32Builder:
		b.Append(int32(v))
	case *array.Int64Builder:
		b.Append(v)
	case *array.Float32Builder:
		b.Append(float32(v) / 4)
	case *array.Float64Builder:
		b.Append([]float64{float64(v), float64(v) / 8, random.NormFloat64(), inf(1), inf(-1), inf(1) - inf(1)}[random.IntN(6)])
	case *array.Decimal128Builder:
		if t := dt.(*arrow.Decimal128Type); !fits(decimal128.FromI64(v), t.Precision) {
			v %= 1000
		}
		b.Append(decimal128.FromI64(v))
	case *array.StringBuilder:
		b.Append(sampleTexts[random.IntN(len(sampleTexts))])
	case *array.BinaryBuilder:
		b.Append([]byte(sampleTexts[random.IntN(len(sampleTexts))]))
	case *array.Date32Builder:
		b.Append(arrow.Date32(random.IntN(40000) - 5000))
	case *array.Time64Builder:
		b.Append(arrow.Time64(random.Int64N(microsPerDay)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(random.Int64N(4e15) - 1e15))
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(arrow.MonthDayNanoInterval{Months: int32(random.IntN(40) - 10), Days: int32(random.IntN(70) - 20), Nanoseconds: (random.Int64N(2e11) - 1e11) * 1000})
	case *array.ExtensionBuilder:
		b.StorageBuilder().(*array.StringBuilder).Append(sampleJSON[random.IntN(len(sampleJSON))])
	case *extensions.UUIDBuilder:
		b.AppendBytes([16]byte{byte(random.IntN(3)), byte(random.IntN(3))})
	case *array.ListBuilder:
		b.Append(true)
		for range random.IntN(4) {
			appendRandom(b.ValueBuilder(), dt.(*arrow.ListType).Elem(), random, random.IntN(6) == 0)
		}
	case *array.FixedSizeListBuilder:
		b.Append(true)
		for range dt.(*arrow.FixedSizeListType).Len() {
			b.ValueBuilder().(*array.Float32Builder).Append(float32(random.IntN(8)) - 2)
		}
	case *array.MapBuilder:
		b.Append(true)
		for k := range random.IntN(3) {
			b.KeyBuilder().(*array.StringBuilder).Append(sampleTexts[k+1])
			appendRandom(b.ItemBuilder(), int4Type, random, random.IntN(6) == 0)
		}
	case *array.StructBuilder:
		b.Append(true)
		for f, field := range dt.(*arrow.StructType).Fields() {
			appendRandom(b.FieldBuilder(f), field.Type, random, random.IntN(6) == 0)
		}
	default:
		panic(fmt.Sprintf("no random values of %s", dt))
	}
}

// sampleJSON is in canonical form.
var sampleJSON = []string{`null`, `true`, `1`, `1.50`, `-2`, `""`, `"a"`, `"ab\\n"`, `[]`, `[1, "a", null]`, `[[2], {"a": 1}]`, `{}`, `{"a": 1, "ab": [true]}`, `{"a": {"b": "x"}, "c": null}`}

func inf(sign int) float64 { return math.Inf(sign) }
