package reader_test

import (
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"

	"github.com/mediaflight/mediaflight/catalog"
)

func TestTake(t *testing.T) {
	for _, index := range []bool{true, false} {
		want := sample(5000, 8, 0.2)
		path := write(t, parquet.NewWriterProperties(parquet.WithDataPageSize(2048), parquet.WithMaxRowGroupLength(1700),
			parquet.WithBatchSize(64), parquet.WithPageIndexEnabled(index)), want)
		f := open(t, path)
		columns := columnsOf(want.Schema())
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range []int{0, 1, 10, 1000} {
			rows := make([]int64, n)
			for i := range rows {
				rows[i] = r.Int64N(5000)
			}
			got, err := f.Take(columns, rows, checked(t), new(catalog.ScanStats))
			if err != nil {
				t.Fatal(err)
			}
			if got.NumRows() != int64(n) {
				t.Fatalf("%d rows, want %d", got.NumRows(), n)
			}
			var parts []arrow.RecordBatch
			for _, row := range rows {
				parts = append(parts, want.NewSlice(row, row+1))
			}
			if n > 0 {
				equal(t, concat(t, memory.DefaultAllocator, parts), got)
			}
			got.Release()
		}
		if _, err := f.Take(columns, []int64{5000}, memory.DefaultAllocator, new(catalog.ScanStats)); err == nil {
			t.Fatal("a row behind the last was read")
		}
	}
}
