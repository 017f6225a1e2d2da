package iceberg

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// TestSummary holds that what is told of a column's values is what they are, and that nothing is told once rows are deleted.
func TestSummary(t *testing.T) {
	f := newFixture(t)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "n", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "d", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}, Nullable: true},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "x", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "none", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	}, nil)
	name := catalog.Name{Schema: "main", Table: "sums"}
	table := f.create(name, catalog.Definition{Schema: schema})
	summary := func(column int) (catalog.ColumnSummary, bool) {
		return f.table(name).Current().(catalog.Bounder).Summary(f.Context(), column)
	}
	if sum, known := summary(0); !known || sum != (catalog.ColumnSummary{}) {
		t.Errorf("without rows: %+v, %v", sum, known)
	}
	f.append(table, `[{"n":7,"d":"-5.00","day":"1970-01-03","x":1},{"n":-3,"d":"1.25"},{}]`)
	f.append(f.table(name), `[{"n":4,"d":"9.75","day":"1969-12-31","x":2}]`)
	f.append(f.table(name), `[{}]`)
	for column, want := range []catalog.ColumnSummary{
		{Nulls: 2, Low: -3, High: 7, Bounded: true},
		{Nulls: 2, Low: -500, High: 975, Bounded: true},
		{Nulls: 3, Low: -1, High: 2, Bounded: true},
		{Nulls: 3},
		{Nulls: 5},
	} {
		if sum, known := summary(column); !known || sum != want {
			t.Errorf("column %d: %+v, %v, want %+v", column, sum, known, want)
		}
	}
	f.check(f.deleteRows(f.table(name), f.table(name).Current(), "", [2]int64{0, 1}))
	if sum, known := summary(0); known {
		t.Errorf("after a row is deleted: %+v", sum)
	}
}
