package keys

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// ascending has values of each type in SQL's ascending order, NULL last.
var ascending = []struct {
	dt   arrow.DataType
	json string
}{
	{arrow.FixedWidthTypes.Boolean, `[false, true, null]`},
	{arrow.PrimitiveTypes.Int8, `[-128, -1, 0, 1, 127, null]`},
	{arrow.PrimitiveTypes.Int16, `[-32768, -1, 0, 1, 32767, null]`},
	{arrow.PrimitiveTypes.Int32, `[-2147483648, -1, 0, 1, 2147483647, null]`},
	{arrow.PrimitiveTypes.Int64, `[-9223372036854775808, -1, 0, 1, 9223372036854775807, null]`},
	{arrow.PrimitiveTypes.Uint64, `[0, 1, 18446744073709551615, null]`},
	{arrow.FixedWidthTypes.Date32, `["1890-01-01", "1970-01-01", "2038-01-20", null]`},
	{arrow.FixedWidthTypes.Timestamp_us, `["1890-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2038-01-20T00:00:00Z", null]`},
	{&arrow.Decimal128Type{Precision: 38, Scale: 2}, `["-123456789012345678901234567890.12", "-0.01", "0.00", "0.01", "123456789012345678901234567890.12", null]`},
	{arrow.BinaryTypes.String, `["", "\u0000", "\u0000\u0000", "\u0000a", "a", "a\u0000", "aa", "b", null]`},
	{extensions.NewUUIDType(), `["00000000-0000-0000-0000-000000000001", "00000000-0000-0001-0000-000000000000", "ff000000-0000-0000-0000-000000000000", null]`},
	{arrow.ListOf(arrow.PrimitiveTypes.Int32), `[[], [-1], [1], [1, 2], [1, null], [2], [null], null]`},
	{arrow.ListOf(arrow.BinaryTypes.String), `[[], [""], ["", "a"], ["a"], ["a", "b"], ["ab"], null]`},
	{arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32), `[[-1, 5], [0, 0], [0, 1], null]`},
	{arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, arrow.Field{Name: "y", Type: arrow.BinaryTypes.String, Nullable: true}),
		`[{"x": 1, "y": "a"}, {"x": 1, "y": "b"}, {"x": 1, "y": null}, {"x": 2, "y": ""}, {"x": null, "y": "a"}, null]`},
}

func parse(t *testing.T, dt arrow.DataType, json string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOrder(t *testing.T) {
	for _, c := range ascending {
		t.Run(c.dt.String(), func(t *testing.T) { checkOrder(t, parse(t, c.dt, c.json)) })
	}
	inf, nan := float32(1)/float32(zero), float32(zero)/float32(zero)
	b := array.NewFloat32Builder(memory.DefaultAllocator)
	b.AppendValues([]float32{-inf, -1e-40, 0, 1e-40, 1, inf, nan}, nil)
	b.AppendNull()
	t.Run("float32", func(t *testing.T) { checkOrder(t, b.NewArray()) })
	d := array.NewFloat64Builder(memory.DefaultAllocator)
	d.AppendValues([]float64{-float64(inf), -1e-310, 0, 1e-310, 1, float64(inf), float64(nan)}, nil)
	d.AppendNull()
	t.Run("float64", func(t *testing.T) { checkOrder(t, d.NewArray()) })
	i := array.NewMonthDayNanoIntervalBuilder(memory.DefaultAllocator)
	i.AppendValues([]arrow.MonthDayNanoInterval{{Months: -1}, {Days: -1}, {}, {Nanoseconds: 1}, {Days: 29}, {Months: 1}, {Days: 31}}, nil)
	i.AppendNull()
	t.Run("interval", func(t *testing.T) { checkOrder(t, i.NewArray()) })
}

var zero = 0.0

// checkOrder takes an array whose values ascend, the last one being NULL.
func checkOrder(t *testing.T, a arrow.Array) {
	n := a.Len()
	for _, order := range []Order{{}, {Descending: true}, {NullsFirst: true}, {Descending: true, NullsFirst: true}} {
		e, err := NewEncoder([]arrow.DataType{a.DataType()}, []Order{order})
		if err != nil {
			t.Fatal(err)
		}
		var rows Rows
		e.Encode([]arrow.Array{a}, n, &rows)
		got := make([]int, n)
		for i := range got {
			got[i] = n - 1 - i
		}
		slices.SortFunc(got, func(i, j int) int { return bytes.Compare(rows.Key(i), rows.Key(j)) })
		want := make([]int, n-1)
		for i := range want {
			want[i] = i
			if order.Descending {
				want[i] = n - 2 - i
			}
		}
		if order.NullsFirst {
			want = append([]int{n - 1}, want...)
		} else {
			want = append(want, n-1)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v", order, got, want)
		}
	}
}

// Text without NULL and without zero bytes takes a shorter way to the same keys.
func TestPlainText(t *testing.T) {
	plain := array.NewSlice(parse(t, arrow.BinaryTypes.String, `["x", "", "a", "ab", "b"]`), 1, 5)
	other := array.NewSlice(parse(t, arrow.BinaryTypes.String, `["x", "", "a", "ab", "b", null]`), 1, 6)
	for _, order := range []Order{{}, {Descending: true}, {NotNull: true}, {Descending: true, NotNull: true}} {
		e, err := NewEncoder([]arrow.DataType{arrow.BinaryTypes.String}, []Order{order})
		if err != nil {
			t.Fatal(err)
		}
		var got, want Rows
		e.Encode([]arrow.Array{plain}, 4, &got)
		e.Encode([]arrow.Array{other}, 5, &want)
		for i := range 4 {
			if !bytes.Equal(got.Key(i), want.Key(i)) {
				t.Errorf("%+v: key of %q is %q, want %q", order, plain.ValueStr(i), got.Key(i), want.Key(i))
			}
		}
	}
}

// TestTable numbers random keys of every type against a map of their texts.
func TestTable(t *testing.T) {
	for _, c := range ascending {
		for _, second := range []arrow.DataType{nil, arrow.PrimitiveTypes.Int16, arrow.BinaryTypes.String} {
			t.Run(fmt.Sprint(c.dt, second), func(t *testing.T) {
				few := parse(t, c.dt, c.json)
				types := []arrow.DataType{c.dt}
				if second != nil {
					types = append(types, second)
				}
				table, err := NewTable(types)
				if err != nil {
					t.Fatal(err)
				}
				numbers := map[string]uint32{}
				var s Scratch
				r := rand.New(rand.NewSource(1))
				for range 5 {
					columns, texts := randomRows(r, few, second, 1000)
					ids := make([]uint32, 1000)
					fresh := table.Insert(&s, columns, 1000, ids, nil)
					for i, text := range texts {
						id, ok := numbers[text]
						if !ok {
							id = uint32(len(numbers))
							numbers[text] = id
							if len(fresh) == 0 || fresh[0] != uint32(i) {
								t.Fatalf("row %d is the first %s, but fresh is %v", i, text, fresh)
							}
							fresh = fresh[1:]
						}
						if ids[i] != id {
							t.Fatalf("row %d, %s: number %d, want %d", i, text, ids[i], id)
						}
					}
					if len(fresh) > 0 || table.Len() != len(numbers) {
						t.Fatalf("%d keys, want %d; fresh %v", table.Len(), len(numbers), fresh)
					}
				}
				columns, texts := randomRows(r, few, second, 1000)
				ids := make([]uint32, 1000)
				table.Find(&s, columns, 1000, ids)
				for i, text := range texts {
					want, ok := numbers[text]
					if !ok {
						want = Missing
					}
					if ids[i] != want {
						t.Fatalf("find %s: number %d, want %d", text, ids[i], want)
					}
				}
			})
		}
	}
}

func randomRows(r *rand.Rand, few arrow.Array, second arrow.DataType, n int) ([]arrow.Array, []string) {
	var rows []arrow.Array
	texts := make([]string, n)
	for i := range n {
		k := int64(r.Intn(few.Len()))
		rows = append(rows, array.NewSlice(few, k, k+1))
		texts[i] = few.ValueStr(int(k))
	}
	first, err := array.Concatenate(rows, memory.DefaultAllocator)
	if err != nil {
		panic(err)
	}
	if second == nil {
		return []arrow.Array{first}, texts
	}
	b := array.NewBuilder(memory.DefaultAllocator, second)
	for i := range n {
		text := fmt.Sprint(r.Intn(500))
		if r.Intn(10) == 0 {
			b.AppendNull()
			text = "NULL"
		} else if err := b.AppendValueFromString(text); err != nil {
			panic(err)
		}
		texts[i] += "," + text
	}
	return []arrow.Array{first, b.NewArray()}, texts
}

// Zeros of both signs are one key; so are all NaN.
func TestFloatsAlike(t *testing.T) {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	negative := -zero
	b.AppendValues([]float64{zero, 0 * -1, negative, zero / zero, -(zero / zero)}, nil)
	table, err := NewTable([]arrow.DataType{arrow.PrimitiveTypes.Float64})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]uint32, 5)
	table.Insert(&Scratch{}, []arrow.Array{b.NewArray()}, 5, ids, nil)
	if want := []uint32{0, 0, 0, 1, 1}; !slices.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
}

func BenchmarkInsert(b *testing.B) {
	for _, groups := range []int{10, 100_000} {
		r := rand.New(rand.NewSource(1))
		ints, texts := array.NewInt64Builder(memory.DefaultAllocator), array.NewStringBuilder(memory.DefaultAllocator)
		const n = 32768
		for range n {
			k := r.Intn(groups)
			ints.Append(int64(k))
			texts.Append(fmt.Sprint("key ", k))
		}
		for _, column := range []arrow.Array{ints.NewArray(), texts.NewArray()} {
			b.Run(fmt.Sprintf("%s %d", column.DataType(), groups), func(b *testing.B) {
				table, _ := NewTable([]arrow.DataType{column.DataType()})
				var s Scratch
				ids := make([]uint32, n)
				for range b.N {
					table.Insert(&s, []arrow.Array{column}, n, ids, nil)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
			})
		}
	}
}

// Ordinals sort as the values do, those that were learned and those that lie between them.
func TestOrdinals(t *testing.T) {
	for _, c := range append(ascending, struct {
		dt   arrow.DataType
		json string
	}{&arrow.Decimal128Type{Precision: 18, Scale: 2}, `["-9999999999999999.99", "-0.01", "0.00", "9999999999999999.99", null]`}) {
		a := parse(t, c.dt, c.json)
		n := a.Len() - 1
		for learned := range 1 << n { // any set of the values
			o, err := NewOrdinals(c.dt)
			if err != nil {
				t.Fatal(err)
			}
			var chunks []arrow.Array
			for i := range n {
				if learned>>i&1 == 1 {
					chunks = append(chunks, array.NewSlice(a, int64(i), int64(i+1)))
				}
			}
			o.Learn(chunks)
			words := o.Append(nil, a)
			for i := range n {
				for j := range i {
					// Two values that were not learned need not be told apart.
					if words[j] > words[i] || words[j] == words[i] && (learned>>i|learned>>j)&1 == 1 {
						t.Fatalf("%s: %s has ordinal %d and %s has %d, with values %b learned", c.dt, a.ValueStr(j), words[j], a.ValueStr(i), words[i], learned)
					}
				}
			}
		}
	}
}
