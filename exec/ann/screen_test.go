package ann

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/screen"
)

// codedVectors has the codes of rows that lie one after another.
func codedVectors(values []float32, dim int) catalog.CodedVectors {
	rows := len(values) / dim
	codes := screen.New(make([]byte, screen.Bytes(rows, dim)), rows, dim)
	for i := range rows {
		codes.Encode(i, values[i*dim:(i+1)*dim])
	}
	return catalog.CodedVectors{Codes: codes, At: func(row int64) (unsafe.Pointer, error) { return unsafe.Pointer(&values[int(row)*dim]), nil }}
}

// clustered has vectors around a few centers, some of them equal, a few with NaN or infinite elements.
func clustered(r *rand.Rand, rows, dim int) []float32 {
	values := make([]float32, rows*dim)
	for i := range rows {
		center := rand.New(rand.NewPCG(uint64(r.IntN(20)), 0))
		v := values[i*dim : (i+1)*dim]
		for j := range v {
			v[j] = float32(center.NormFloat64() + 0.3*r.NormFloat64())
		}
		switch r.IntN(100) {
		case 0:
			copy(v, values[:dim])
		case 1:
			v[r.IntN(dim)] = float32(math.NaN())
		case 2:
			v[r.IntN(dim)] = float32(math.Inf(1))
		case 3:
			clear(v)
		}
	}
	return values
}

// spiky vectors have one element that is so large that codes tell nothing of the others.
func spiky(r *rand.Rand, rows, dim int) []float32 {
	values := make([]float32, rows*dim)
	for i := range values {
		values[i] = float32(r.NormFloat64())
		if i%dim == 0 {
			values[i] = 1e6
		}
	}
	return values
}

var screenedOrders = map[string]Order{"l2_distance": {}, "cosine_distance": {}, "negative_inner_product": {}, "inner_product": {Descending: true}, "cosine_similarity": {Descending: true}}

// addressesFrom are those of all rows, or of some here and there.
func addressesFrom(r *rand.Rand, base int64, rows int, all bool) []int64 {
	var addresses []int64
	for row := 0; row < rows; row++ {
		if !all && r.IntN(6) == 0 {
			row += r.IntN(40)
		}
		if row < rows {
			addresses = append(addresses, base+int64(row))
		}
	}
	return addresses
}

// screenable is a vector that can be searched for by codes: not zero, nor with elements that are no finite numbers.
func screenable(r *rand.Rand, dim int, make func(r *rand.Rand, rows, dim int) []float32) []float32 {
	for {
		if v := make(r, 1, dim); isScreenable(v) {
			return v
		}
	}
}

func isScreenable(v []float32) bool {
	squares := 0.0
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	return squares > 0 && squares < math.Inf(1)
}

// TestScreenIsExact holds it to measuring every row, for several queries at once.
func TestScreenIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	const base = 5 << 32
	for name, order := range screenedOrders {
		for kind, make := range map[string]func(r *rand.Rand, rows, dim int) []float32{"clustered": clustered, "spiky": spiky} {
			for _, c := range []struct{ rows, dim, k, queries int }{{1, 5, 10, 1}, {3000, 70, 10, 1}, {3000, 24, 1, 5}, {30_000, 16, 3, 2}, {30_000, 16, 3, 9}, {700, 33, 1000, 3}} {
				t.Run(fmt.Sprintf("%s/%s/%+v", name, kind, c), func(t *testing.T) {
					values := make(r, c.rows, c.dim)
					vectors, column := codedVectors(values, c.dim), vectorColumn(values, c.dim)
					defer column.Release()
					var queries [][]float32
					for range c.queries {
						queries = append(queries, screenable(r, c.dim, make))
					}
					if near := values[:c.dim]; isScreenable(near) {
						queries[0] = near
					}
					metric, _ := udf.MetricNamed(name)
					for _, all := range []bool{true, false} {
						search := NewScreen(NewBatch(metric, queries, c.k, order), c.dim)
						if search == nil {
							t.Fatalf("there is no screen for %v", queries)
						}
						want := NewBatch(metric, queries, c.k, order)
						addresses := addressesFrom(r, base, c.rows, all)
						for from := 0; from < len(addresses); from += 1000 {
							some := addresses[from:min(from+1000, len(addresses))]
							if err := search.Add(t.Context(), vectors, base, some); err != nil {
								t.Fatal(err)
							}
							for _, a := range some {
								row := array.NewSlice(column, a-base, a-base+1)
								if err := want.Add(t.Context(), row, []int64{a}); err != nil {
									t.Fatal(err)
								}
								row.Release()
							}
						}
						for i := range queries {
							if got, want := search.Nearest(i).Sorted(), want.Nearest(i).Sorted(); !same(got, want) {
								t.Errorf("query %d\ngot  %v\nwant %v", i, got, want)
							}
						}
						if n := int64(len(addresses) * c.queries); search.Rows != n || search.Measured > n || search.Measured < min(n, int64(c.k)) {
							t.Errorf("measured %d of %d rows, want %d", search.Measured, search.Rows, n)
						}
					}
				})
			}
		}
	}
}

// TestPoorScreen: many rows that codes do not tell apart are measured without asking them.
func TestPoorScreen(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	const rows, dim = 3 * judged, 24
	for kind, values := range map[string][]float32{"clustered": clustered(r, rows, dim), "spiky": spiky(r, rows, dim)} {
		metric, _ := udf.MetricNamed("l2_distance")
		query := slices.Clone(values[7*dim : 8*dim])
		query[1]++
		search := NewScreen(NewBatch(metric, [][]float32{query}, 10, Order{}), dim)
		if err := search.Add(t.Context(), codedVectors(values, dim), 0, addressesFrom(r, 0, rows, true)); err != nil {
			t.Fatal(err)
		}
		if poor := kind == "spiky"; search.Poor != poor || poor != (search.Measured > rows/2) {
			t.Errorf("%s: measured %d of %d rows, poor: %v", kind, search.Measured, rows, search.Poor)
		}
	}
}

func TestNoScreen(t *testing.T) {
	for name, c := range map[string]struct {
		metric string
		query  []float32
		order  Order
	}{
		"NULL":           {"l2_distance", nil, Order{}},
		"another length": {"l2_distance", []float32{1, 2}, Order{}},
		"zero":           {"l2_distance", []float32{0, 0, 0}, Order{}},
		"farthest":       {"l2_distance", []float32{1, 2, 3}, Order{Descending: true}},
		"taxicab":        {"l1_distance", []float32{1, 2, 3}, Order{}},
	} {
		metric, _ := udf.MetricNamed(c.metric)
		if NewScreen(NewBatch(metric, [][]float32{{1, 1, 1}, c.query}, 1, c.order), 3) != nil {
			t.Errorf("%s is screened", name)
		}
	}
}

// BenchmarkScreen is BenchmarkExact's search, of unit vectors, by their codes; "spiky" are vectors that those do not tell apart.
func BenchmarkScreen(b *testing.B) {
	const rows, dim = 100_000, 384
	r := rand.New(rand.NewPCG(1, 2))
	addresses := addressesFrom(r, 0, rows, true)
	normal := make([]float32, rows*dim)
	for i := range normal {
		normal[i] = float32(r.NormFloat64())
	}
	for kind, values := range map[string][]float32{"normal": normal, "spiky": spiky(r, rows, dim)} {
		vectors, query := codedVectors(values, dim), slices.Clone(values[:dim])
		query[1]++
		for name, order := range screenedOrders {
			metric, _ := udf.MetricNamed(name)
			b.Run(kind+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					search := NewScreen(NewBatch(metric, [][]float32{query}, 10, order), dim)
					for from := 0; from < rows; from += 8192 {
						if err := search.Add(b.Context(), vectors, 0, addresses[from:min(from+8192, rows)]); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(search.Measured), "measured")
				}
			})
		}
	}
}

// BenchmarkScreenTogether is BenchmarkScreen's search for sixty-four queries, one by one and at once.
func BenchmarkScreenTogether(b *testing.B) {
	const rows, dim, queries = 100_000, 384, 64
	r := rand.New(rand.NewPCG(1, 2))
	addresses := addressesFrom(r, 0, rows, true)
	values := clustered(r, rows, dim)
	vectors := codedVectors(values, dim)
	var asked [][]float32
	for range queries {
		asked = append(asked, screenable(r, dim, clustered))
	}
	for name, order := range screenedOrders {
		metric, _ := udf.MetricNamed(name)
		for _, together := range []int{1, queries} {
			b.Run(fmt.Sprintf("%s/%d", name, together), func(b *testing.B) {
				for b.Loop() {
					for some := range slices.Chunk(asked, together) {
						search := NewScreen(NewBatch(metric, some, 10, order), dim)
						for from := 0; from < rows; from += 8192 {
							if err := search.Add(b.Context(), vectors, 0, addresses[from:min(from+8192, rows)]); err != nil {
								b.Fatal(err)
							}
						}
					}
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/queries, "us/query")
			})
		}
	}
}
