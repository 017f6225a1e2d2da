package keys

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Where each key has one row, FindOnly finds what Find does; and it is not ok where a key has two.
func TestFindOnly(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	column := func(dt arrow.DataType, numbers []int, step int, nulls bool) arrow.Array {
		b := array.NewBuilder(memory.DefaultAllocator, dt)
		for i, n := range numbers {
			switch b := b.(type) {
			case *array.Int64Builder:
				b.Append(int64(n*step) - 1e9)
			case *array.Int32Builder:
				b.Append(int32(n*step) - 1e9)
			case *array.Date32Builder:
				b.Append(arrow.Date32(n*step) - 1e9)
			case *array.Float64Builder:
				b.Append(float64(n * step))
			}
			if nulls && i%7 == 0 {
				b.AppendNull()
			}
		}
		return b.NewArray()
	}
	for _, dt := range []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int32, arrow.FixedWidthTypes.Date32, arrow.PrimitiveTypes.Float64} {
		for _, step := range []int{1, 50_000} { // an array, a hash table
			for _, nullSafe := range []bool{false, true} {
				numbers := r.Perm(10_000)[:9_000]
				b := &IndexBuild{Types: []arrow.DataType{dt}, Workers: 2, NullSafe: []bool{nullSafe}, Reserve: func(int64) error { return nil }}
				b.Chunks = [][]arrow.Array{{column(dt, numbers[:4000], step, false)}, {column(dt, numbers[4000:], step, false)}}
				x, err := b.Build(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, nulls := range []bool{false, true} {
					probe := []arrow.Array{column(dt, append(r.Perm(12_000), -1, -20_000), step, nulls)}
					n := probe[0].Len()
					from, to, want, at := make([]uint32, n), make([]uint32, n), make([]uint32, n), make([]uint32, n)
					var s IndexScratch
					x.Find(&s, probe, from, to)
					for i := range want {
						want[i] = Missing
						if from[i] < to[i] {
							want[i] = from[i]
						}
					}
					if ok := x.FindOnly(&s, probe, at); !ok || !slices.Equal(at, want) {
						t.Errorf("%s, step %d, null-safe %t, probe with NULL %t: wrong rows, or not ok (%t)", dt, step, nullSafe, nulls, ok)
					}
				}
				b.Chunks = append(b.Chunks, b.Chunks[0])
				if x, err = b.Build(t.Context()); err != nil {
					t.Fatal(err)
				}
				if x.FindOnly(&IndexScratch{}, b.Chunks[0], make([]uint32, 9000)) {
					t.Errorf("%s, step %d: ok where keys have two rows", dt, step)
				}
			}
		}
	}
}
