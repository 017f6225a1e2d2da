package gather

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// columns has a type a line and five values of it, one of them NULL.
var columns = []struct {
	dt   arrow.DataType
	json string
}{
	{arrow.FixedWidthTypes.Boolean, `[true, false, null, true, true]`},
	{arrow.PrimitiveTypes.Int16, `[1, 2, null, 4, 5]`},
	{arrow.PrimitiveTypes.Int64, `[1, 2, null, 4, 5]`},
	{arrow.PrimitiveTypes.Float32, `[1.5, 2, null, 4, 5]`},
	{&arrow.Decimal128Type{Precision: 20, Scale: 2}, `["1.50", "-2.00", null, "4.00", "5.00"]`},
	{&arrow.FixedSizeBinaryType{ByteWidth: 3}, `["YWJj", "ZGVm", null, "YWJj", "ZGVm"]`},
	{arrow.BinaryTypes.String, `["a", "", null, "long enough", "e"]`},
	{arrow.BinaryTypes.LargeString, `["a", "", null, "long enough", "e"]`},
	{extensions.NewUUIDType(), `["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002", null, "00000000-0000-0000-0000-000000000004", "00000000-0000-0000-0000-000000000005"]`},
	{arrow.ListOf(arrow.BinaryTypes.String), `[["a", null], [], null, ["d"], ["e", "f", "g"]]`},
	{arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int32)), `[[[1], []], [], null, [null], [[2, 3], [4]]]`},
	{arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32), `[[1, 2], [3, 4], null, [7, 8], [9, 10]]`},
	{arrow.FixedSizeListOf(2, arrow.BinaryTypes.String), `[["a", "b"], ["c", null], null, ["d", "e"], ["f", "g"]]`},
	{arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, arrow.Field{Name: "y", Type: arrow.ListOf(arrow.PrimitiveTypes.Int8), Nullable: true}),
		`[{"x": 1, "y": [1]}, {"x": null, "y": null}, null, {"x": 4, "y": []}, {"x": 5, "y": [5, 6]}]`},
	{arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64), `[[{"key": "a", "value": 1}], [], null, [{"key": "d", "value": null}], [{"key": "e", "value": 5}]]`},
	{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, `["a", "b", null, "a", "b"]`},
	{arrow.Null, `[null, null, null, null, null]`},
}

func TestRows(t *testing.T) {
	for _, c := range columns {
		for _, offset := range []int64{0, 2} {
			t.Run(fmt.Sprintf("%s from %d", c.dt, offset), func(t *testing.T) {
				mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
				defer mem.AssertSize(t, 0)
				a := slice(t, mem, c.dt, c.json, offset)
				defer a.Release()
				for _, rows := range [][]uint32{{}, {1}, {2, 0, 1, 1}, {0, 1, 2}} {
					got := Rows(mem, a, rows)
					check(t, got, len(rows), func(i int) (arrow.Array, int) { return a, int(rows[i]) })
					got.Release()
				}
			})
		}
	}
}

func TestChunks(t *testing.T) {
	for _, c := range columns {
		t.Run(c.dt.String(), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			chunks := []arrow.Array{slice(t, mem, c.dt, c.json, 0), slice(t, mem, c.dt, c.json, 2), array.MakeArrayOfNull(mem, c.dt, 1)}
			for _, a := range chunks {
				defer a.Release()
			}
			refs := []Ref{At(1, 2), At(0, 4), At(2, 0), At(0, 2), At(1, 1), At(1, 1)}
			got := Chunks(mem, c.dt, chunks, refs)
			defer got.Release()
			check(t, got, len(refs), func(i int) (arrow.Array, int) {
				return chunks[refs[i]>>32], int(uint32(refs[i]))
			})
		})
	}
}

// slice is the array of the JSON without its first rows.
func slice(t *testing.T, mem memory.Allocator, dt arrow.DataType, json string, from int64) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(mem, dt, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	return array.NewSlice(a, from, int64(a.Len()))
}

func check(t *testing.T, got arrow.Array, n int, want func(i int) (arrow.Array, int)) {
	t.Helper()
	if got.Len() != n {
		t.Fatalf("%d rows, want %d", got.Len(), n)
	}
	for i := range n {
		a, row := want(i)
		if got.ValueStr(i) != a.ValueStr(row) || got.IsNull(i) != a.IsNull(row) {
			t.Errorf("row %d: %s, want %s", i, got.ValueStr(i), a.ValueStr(row))
		}
	}
}

// TestFixedRows holds them to Chunks, of slices of arrays, and of all types.
func TestFixedRows(t *testing.T) {
	fixed := 0
	for _, c := range columns {
		if c.dt.ID() == arrow.STRUCT || c.dt.ID() == arrow.NULL {
			continue
		}
		for _, offset := range []int64{0, 2} {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			json := strings.ReplaceAll(c.json, "null, ", "")
			a, b := slice(t, mem, c.dt, json, offset), slice(t, mem, c.dt, json, 0)
			part := array.NewSlice(b, 1, 3)
			refs := []Ref{At(1, 1), At(0, 0), At(1, 0), At(1, 1)}
			arrays := []arrow.Array{a, part}
			if f := FixedRowsOf(c.dt, arrays); f != nil {
				fixed++
				got, want := f.Rows(mem, refs), Chunks(mem, c.dt, arrays, refs)
				if !array.Equal(got, want) {
					t.Errorf("%s: %v, want %v", c.dt, got, want)
				}
				got.Release()
				want.Release()
			}
			withNull := slice(t, mem, c.dt, c.json, 0)
			if withNull.NullN() > 0 && FixedRowsOf(c.dt, []arrow.Array{withNull}) != nil {
				t.Errorf("%s with NULL", c.dt)
			}
			for _, array := range []arrow.Array{a, b, part, withNull} {
				array.Release()
			}
			mem.AssertSize(t, 0)
		}
	}
	if fixed < 10 {
		t.Errorf("%d arrays have rows of one width", fixed)
	}
}
