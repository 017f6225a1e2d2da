package ann

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

var metricNames = []string{"l2_distance", "l1_distance", "inner_product", "negative_inner_product", "cosine_distance", "cosine_similarity"}

// randomVectors has NULL, zero, repeated and, at the end, infinite and NaN vectors among random ones.
func randomVectors(mem memory.Allocator, r *rand.Rand, rows, dim int) arrow.Array {
	b := array.NewFixedSizeListBuilder(mem, int32(dim), arrow.PrimitiveTypes.Float32)
	defer b.Release()
	values := b.ValueBuilder().(*array.Float32Builder)
	last := make([]float32, dim)
	for i := range rows {
		v := slices.Clone(last)
		switch kind := r.IntN(10); {
		case kind == 0:
			b.AppendNull()
			continue
		case kind == 1:
			clear(v)
		case kind > 2:
			for j := range v {
				v[j] = float32(r.NormFloat64())
			}
		}
		if i == rows-1 {
			v[0] = float32(math.NaN())
		} else if i == rows-2 {
			v[dim-1] = float32(math.Inf(1))
		}
		b.Append(true)
		values.AppendValues(v, nil)
		last = v
	}
	return b.NewArray()
}

// TestExactIsSortAndLimit holds a search to sorting by the values of the scalar function, for every function and order, for
// vectors of the type vector(n) and of the types of arrays, in batches, and over memory at an odd address.
func TestExactIsSortAndLimit(t *testing.T) {
	functions := udf.Builtin()
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 30 {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		rows, dim := 2+r.IntN(700), 1+r.IntN(70)
		column := randomVectors(mem, r, rows, dim)
		query := randomVectors(mem, r, 3, dim)
		for _, form := range []struct {
			name   string
			column arrow.Array
		}{
			{"vector", column},
			{"odd address", atOddAddress(column)},
			{"real[]", lists(mem, column, arrow.PrimitiveTypes.Float32)},
			{"double precision[]", lists(mem, column, arrow.PrimitiveTypes.Float64)},
		} {
			for _, name := range metricNames {
				for q := range 3 {
					one := array.NewSlice(query, int64(q), int64(q+1))
					distances := scalar(t, functions, mem, name, form.column, one)
					for _, order := range orders {
						t.Run(fmt.Sprintf("%d/%s/%s/%d/%+v", round, form.name, name, q, order), func(t *testing.T) {
							got := search(t, r, name, form.column, one, 10, order)
							if want := sorted(distances, 10, order); !same(got, want) {
								t.Errorf("got  %v\nwant %v", got, want)
							}
						})
					}
					one.Release()
				}
			}
			if form.column != column {
				form.column.Release()
			}
		}
		column.Release()
		query.Release()
		mem.AssertSize(t, 0)
	}
}

func scalar(t *testing.T, functions *udf.Set, mem memory.Allocator, name string, column, query arrow.Array) []offer {
	f, err := functions.Scalar(name, []arrow.DataType{column.DataType(), query.DataType()})
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.Eval(&udf.Call{Mem: mem, Rows: column.Len(), Out: f.Out}, []udf.Arg{{Array: column}, {Array: query, Const: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	offers := make([]offer, out.Len())
	for i := range offers {
		offers[i].address = int64(i)
		if out.IsValid(i) {
			d := out.(*array.Float64).Value(i)
			offers[i].distance = &d
		}
	}
	return offers
}

// search shares batches between two workers.
func search(t *testing.T, r *rand.Rand, name string, column, query arrow.Array, k int, order Order) []Neighbor {
	metric, _ := udf.MetricNamed(name)
	var workers [2]*Exact
	for w := range workers {
		var err error
		if workers[w], err = NewExact(metric, query, k, order); err != nil {
			t.Fatal(err)
		}
	}
	for from := 0; from < column.Len(); {
		to := min(from+1+r.IntN(400), column.Len())
		batch := array.NewSlice(column, int64(from), int64(to))
		addresses := make([]int64, to-from)
		for i := range addresses {
			addresses[i] = int64(from + i)
		}
		if err := workers[r.IntN(2)].Add(batch, addresses); err != nil {
			t.Fatal(err)
		}
		batch.Release()
		from = to
	}
	workers[0].Merge(workers[1].Nearest)
	return workers[0].Sorted()
}

// atOddAddress has the same rows as vectors, one byte off.
func atOddAddress(column arrow.Array) arrow.Array {
	list := column.(*array.FixedSizeList)
	values := list.ListValues().Data()
	moved := append([]byte{0}, values.Buffers()[1].Bytes()...)[1:]
	elements := array.NewData(values.DataType(), values.Len(), []*memory.Buffer{nil, memory.NewBufferBytes(moved)}, nil, 0, 0)
	defer elements.Release()
	data := array.NewData(list.DataType(), list.Len(), list.Data().Buffers(), []arrow.ArrayData{elements}, list.NullN(), 0)
	defer data.Release()
	return array.MakeFromData(data)
}

func lists(mem memory.Allocator, column arrow.Array, elem arrow.DataType) arrow.Array {
	list := column.(*array.FixedSizeList)
	b := array.NewListBuilder(mem, elem)
	defer b.Release()
	for i := range list.Len() {
		if list.IsNull(i) {
			b.AppendNull()
			continue
		}
		b.Append(true)
		from, to := list.ValueOffsets(i)
		for j := from; j < to; j++ {
			v := list.ListValues().(*array.Float32).Value(int(j))
			switch values := b.ValueBuilder().(type) {
			case *array.Float32Builder:
				values.Append(v)
			case *array.Float64Builder:
				values.Append(float64(v))
			}
		}
	}
	return b.NewArray()
}

// TestExactOfNullQuery: every distance is NULL, and rows come by address.
func TestExactOfNullQuery(t *testing.T) {
	query := array.MakeArrayOfNull(memory.DefaultAllocator, arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32), 1)
	column := vectorColumn([]float32{1, 2, 3, 4, 5, 6}, 2)
	metric, _ := udf.MetricNamed("l2_distance")
	search, err := NewExact(metric, query, 2, Order{})
	if err != nil {
		t.Fatal(err)
	}
	if err := search.Add(column, []int64{30, 10, 20}); err != nil {
		t.Fatal(err)
	}
	if got, want := search.Sorted(), []Neighbor{{Address: 10, Null: true}, {Address: 20, Null: true}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestExactRefuses(t *testing.T) {
	metric, _ := udf.MetricNamed("cosine_distance")
	search, err := NewExact(metric, vectorColumn([]float32{1, 2, 3}, 3), 2, Order{})
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, search.Add(vectorColumn([]float32{1, 2}, 2), []int64{0}), "22000", "different vector dimensions 2 and 3")

	b := array.NewListBuilder(memory.DefaultAllocator, arrow.PrimitiveTypes.Float32)
	b.Append(true)
	b.ValueBuilder().(*array.Float32Builder).AppendValues([]float32{1, 2, 3}, []bool{true, false, true})
	holed := b.NewArray()
	wantState(t, search.Add(holed, []int64{0}), "22004", "vectors must not have NULL elements")
	_, err = NewExact(metric, holed, 2, Order{})
	wantState(t, err, "22004", "vectors must not have NULL elements")
}

func wantState(t *testing.T, err error, state, msg string) {
	t.Helper()
	var fault *udf.Error
	if !errors.As(err, &fault) || fault.State != state || fault.Msg != msg {
		t.Errorf("error %v, want %s %s", err, state, msg)
	}
}

// TestExactAllocatesNothing once it has its rows.
func TestExactAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	column := randomVectors(memory.DefaultAllocator, r, 5000, 32)
	addresses := make([]int64, column.Len())
	for _, name := range metricNames {
		metric, _ := udf.MetricNamed(name)
		search, err := NewExact(metric, vectorColumn(make([]float32, 32), 32), 10, Order{})
		if err != nil {
			t.Fatal(err)
		}
		allocations := testing.AllocsPerRun(10, func() {
			if err := search.Add(column, addresses); err != nil {
				t.Fatal(err)
			}
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations a batch", name, allocations)
		}
	}
}
