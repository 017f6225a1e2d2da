package eval

import (
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// Comparing codes keeps the rows that comparing values does, whatever NULLs' codes are.
func TestCompareCodes(t *testing.T) {
	mem := memory.DefaultAllocator
	parse := func(dt arrow.DataType, json string) arrow.Array {
		a, _, err := array.FromJSON(mem, dt, strings.NewReader(json))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	all := parse(arrow.PrimitiveTypes.Uint32, `[3, 0, 1, null, 2, 2, 0, 3, null, 1]`)
	none := parse(arrow.PrimitiveTypes.Uint32, `[null, null]`)
	for _, c := range []struct {
		dt             arrow.DataType
		entries, value string
	}{
		{arrow.PrimitiveTypes.Int32, `[5, -7, 5, 9]`, `[5]`},
		{arrow.FixedWidthTypes.Date32, `["1994-01-01", "1969-12-31", "1995-01-01", "1994-06-01"]`, `["1994-01-01"]`},
		{&arrow.Decimal128Type{Precision: 15, Scale: 2}, `["0.05", "-0.06", "0.07", "0.06"]`, `["0.06"]`},
		{arrow.PrimitiveTypes.Int64, `[]`, `[5]`},
		{arrow.PrimitiveTypes.Int64, `[1, 2, 3, 4]`, `[null]`},
	} {
		entries, value := parse(c.dt, c.entries), parse(c.dt, c.value)
		codes := all
		if entries.Len() == 0 {
			codes = none
		}
		column := array.NewDictionaryArray(catalog.Encoded(c.dt), codes, entries)
		for op := range outcomes {
			cmp := &comparison{&Column{Field: arrow.Field{Type: c.dt}}, catalog.Op(op), &Literal{Value: value}}
			if op == 0 {
				continue
			}
			var want []uint32
			for i := range codes.Len() {
				if codes.IsNull(i) || value.IsNull(0) {
					continue
				}
				at := int(codes.(*array.Uint32).Value(i))
				if rows, _ := compareAll(array.NewSlice(entries, int64(at), int64(at+1)), catalog.Op(op), value, nil); len(rows) > 0 {
					want = append(want, uint32(i))
				}
			}
			in := Input{Columns: []arrow.Array{column}, Rows: codes.Len()}
			got, ok, err := cmp.all(t.Context(), in, nil)
			if !ok || err != nil || !slices.Equal(got, want) {
				t.Errorf("%s, comparison %d: rows %v, want %v; %t, %v", c.dt, op, got, want, ok, err)
			}
			rows := make([]uint32, codes.Len())
			for i := range rows {
				rows[i] = uint32(i)
			}
			got, ok, err = cmp.some(t.Context(), in, rows)
			if !ok || err != nil || !slices.Equal(got, want) {
				t.Errorf("%s, comparison %d of some: rows %v, want %v; %t, %v", c.dt, op, got, want, ok, err)
			}
		}
	}
}
