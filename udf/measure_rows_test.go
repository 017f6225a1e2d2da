package udf

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// Vectors that lie anywhere, one after another, or in a column have the same distances, bit by bit.
func TestMeasureRows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, dim := range []int{1, 2, 7, 64, 384, 5000} {
		const rows = 600
		values := make([]float32, rows*dim)
		for i := range values {
			values[i] = float32(random.NormFloat64())
		}
		clear(values[:dim])
		values[dim] = float32(math.NaN())
		values[2*dim] = float32(math.Inf(1))
		b := array.NewFixedSizeListBuilderWithField(memory.DefaultAllocator, int32(dim), arrow.Field{Name: "element", Type: arrow.PrimitiveTypes.Float32})
		b.AppendValues(trues(rows))
		b.ValueBuilder().(*array.Float32Builder).AppendValues(values, nil)
		column := b.NewArray()
		defer column.Release()
		query := make([]float32, dim)
		for i := range query {
			query[i] = float32(random.NormFloat64())
		}
		var measure Measure
		for i := range metrics {
			want, got, gathered := make([]float64, rows), make([]float64, rows), make([]float64, rows)
			if err := metrics[i].From(query).Column(column, 0, want); err != nil {
				t.Fatal(err)
			}
			measure.Reset(&metrics[i], query)
			measure.Rows(simd.Bytes(values), got)
			order, pointers := random.Perm(rows), make([]unsafe.Pointer, rows)
			for k, row := range order {
				pointers[k] = unsafe.Pointer(&values[row*dim])
			}
			measure.Gather(pointers, gathered)
			for k, row := range order {
				if a, b, c := math.Float64bits(want[row]), math.Float64bits(got[row]), math.Float64bits(gathered[k]); a != b || a != c {
					t.Fatalf("%s of %d dimensions, row %d: %v in a column, %v among rows, %v anywhere", metrics[i].Name, dim, row, want[row], got[row], gathered[k])
				}
			}
		}
	}
}

func trues(n int) []bool {
	valid := make([]bool, n)
	for i := range valid {
		valid[i] = true
	}
	return valid
}
