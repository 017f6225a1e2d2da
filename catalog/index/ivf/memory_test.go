package ivf

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/simd"
)

// files are data files in memory.
type files struct {
	dim   int
	files []file
	bits  int // of an index's codes; 0 for the default
}

type file struct {
	vectors []float32
	nulls   map[int]bool
	column  arrow.Array
}

func (f *files) add(vectors []float32, nulls ...int) {
	one := file{vectors: vectors, column: vectorColumn(vectors, f.dim)}
	if len(nulls) > 0 {
		one.nulls = map[int]bool{}
		for _, i := range nulls {
			one.nulls[i] = true
		}
	}
	f.files = append(f.files, one)
}

func (f *files) Files() int { return len(f.files) }

func (f *files) Rows(i int) int64 { return int64(len(f.files[i].vectors) / f.dim) }

func (f *files) Batches(ctx context.Context, i int, from, to int64) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		one := &f.files[i]
		for from < to {
			n := min(to-from, 100)
			b := Batch{Row: from, N: int(n), Vectors: simd.Bytes(one.vectors[int(from)*f.dim : int(from+n)*f.dim])}
			if start := int(from); one.nulls != nil {
				b.Null = func(i int) bool { return one.nulls[start+i] }
			}
			if !yield(b, nil) {
				return
			}
			from += n
		}
	}
}

func (f *files) Measure(m *udf.Measure, rows []uint64, distances []float64) error {
	var places [chunk]unsafe.Pointer
	for len(rows) > 0 {
		n := min(len(rows), chunk)
		for i, row := range rows[:n] {
			one := &f.files[row>>32]
			if one.nulls[int(uint32(row))] {
				panic("a NULL vector is measured")
			}
			places[i] = unsafe.Pointer(&one.vectors[int(uint32(row))*f.dim])
		}
		m.Gather(places[:n], distances[:n])
		rows, distances = rows[n:], distances[n:]
	}
	return nil
}

func vectorColumn(values []float32, dim int) arrow.Array {
	elements := array.NewData(arrow.PrimitiveTypes.Float32, len(values), []*memory.Buffer{nil, memory.NewBufferBytes(simd.Bytes(values))}, nil, 0, 0)
	defer elements.Release()
	vector := arrow.FixedSizeListOfNonNullable(int32(dim), arrow.PrimitiveTypes.Float32)
	data := array.NewData(vector, len(values)/dim, []*memory.Buffer{nil}, []arrow.ArrayData{elements}, 0, 0)
	defer data.Release()
	return array.NewFixedSizeListData(data)
}

// bases are addresses for files: the ordinals of a snapshot's files in another order than the index's.
func (f *files) bases() []int64 {
	base := make([]int64, len(f.files))
	for i := range base {
		base[i] = int64(len(f.files)-i) << 32
	}
	return base
}

// clustered makes vectors around some centers of different weights, as embeddings lie.
func clustered(r *rand.Rand, n, dim int) []float32 {
	centers := make([]float32, (1+n/50)*dim)
	for i := range centers {
		centers[i] = float32(r.NormFloat64())
	}
	vectors := make([]float32, n*dim)
	for i := range n {
		c := int(float64(len(centers)/dim) * r.Float64() * r.Float64())
		for j := range dim {
			vectors[i*dim+j] = centers[c*dim+j] + 0.6*float32(r.NormFloat64())
		}
	}
	return vectors
}

// bruteForce answers a query by the scalar function's own kernels.
func (f *files) bruteForce(metric string, view *View, query *catalog.VectorQuery) []catalog.Found {
	m, _ := udf.MetricNamed(metric)
	measure := m.From(query.Vector)
	var all []catalog.Found
	var d [1]float64
	for i, v := range view.files {
		if v.base < 0 {
			continue
		}
		for row := range f.Rows(i) {
			address := v.base + row
			if bit(v.deleted, uint32(row)) || query.Among != nil && !query.Among.Contains(address) || f.files[i].nulls[int(row)] {
				continue
			}
			if err := measure.Column(f.files[i].column, int(row), d[:]); err != nil {
				panic(err)
			}
			if d[0] <= query.Within || math.IsInf(query.Within, 1) {
				all = append(all, catalog.Found{Address: address, Distance: d[0]})
			}
		}
	}
	slices.SortFunc(all, func(a, b catalog.Found) int {
		if (&nearest{nanFirst: query.NaNFirst}).before(a, b) {
			return -1
		}
		return 1
	})
	if query.K > 0 && len(all) > query.K {
		all = all[:query.K]
	}
	return all
}

// none are vectors at no distance worth allocating for.
type none struct{}

func (none) Measure(_ *udf.Measure, rows []uint64, distances []float64) error {
	for i, row := range rows {
		distances[i] = float64(row % 1009)
	}
	return nil
}
