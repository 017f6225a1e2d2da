package reader_test

import (
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// evenDays keeps rows whose day is even, and takes days as codes.
type evenDays struct{ coded, plain *int }

func (evenDays) Columns() []int      { return []int{1} }
func (evenDays) CodedColumns() []int { return []int{1} }

func (f evenDays) Select(_ context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	day := func(row int) arrow.Date32 { return batch.Column(0).(*array.Date32).Value(row) }
	if d, ok := batch.Column(0).(*array.Dictionary); ok {
		*f.coded++
		day = func(row int) arrow.Date32 { return d.Dictionary().(*array.Date32).Value(d.GetValueIndex(row)) }
	} else {
		*f.plain++
	}
	for row := range int(batch.NumRows()) {
		if batch.Column(0).IsValid(row) && day(row)%2 == 0 {
			into = append(into, uint32(row))
		}
	}
	return into, nil
}

// A filter gets the codes of numbers where these repeat often, and else the numbers; rows that are given have the numbers.
func TestCodedNumbers(t *testing.T) {
	const rows = 2000
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}, {Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true}}, nil)
	for _, days := range []int{7, 1500} {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		want := map[int64]arrow.Date32{}
		for i := range rows {
			b.Field(0).(*array.Int64Builder).Append(int64(i))
			day := arrow.Date32(i * 7919 % days)
			if i%11 == 0 {
				b.Field(1).AppendNull()
				continue
			}
			b.Field(1).(*array.Date32Builder).Append(day)
			if day%2 == 0 {
				want[int64(i)] = day
			}
		}
		f := open(t, write(t, parquet.NewWriterProperties(parquet.WithDictionaryDefault(true)), b.NewRecordBatch()))
		filter := evenDays{new(int), new(int)}
		tasks, err := f.Tasks(reader.Spec{Columns: columnsOf(schema), Scan: catalog.Scan{Columns: []int{0, 1}, Encoded: []int{1}, Filter: filter, Mem: checked(t),
			Stats: new(catalog.ScanStats), Rows: 100}})
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, task := range tasks {
			for batch, err := range task.Read(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				for i, id := range batch.Column(0).(*array.Int64).Int64Values() {
					got++
					if day := batch.Column(1).(*array.Date32).Value(i); day != want[id] || day%2 != 0 {
						t.Errorf("row %d has day %d, want %d", id, day, want[id])
					}
				}
			}
		}
		if got != len(want) {
			t.Errorf("%d rows of %d days, want %d", got, days, len(want))
		}
		if coded, plain := *filter.coded, *filter.plain; (coded > 0) != (days == 7) || (plain > 0) == (days == 7) {
			t.Errorf("%d days: %d batches of codes and %d of numbers", days, coded, plain)
		}
	}
}
