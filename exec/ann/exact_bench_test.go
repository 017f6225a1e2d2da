package ann

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/simd"
)

// BenchmarkExact searches 100,000 vectors of 384 elements, which no cache holds, for the ten nearest of a query, in
// batches of 8192 rows; "read" is a loop over the same memory that only loads.
func BenchmarkExact(b *testing.B) {
	const rows, dim, batch = 100_000, 384, 8192
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, rows*dim)
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	column := vectorColumn(values, dim)
	defer column.Release()
	query := vectorColumn(values[:dim], dim)
	defer query.Release()
	addresses := make([]int64, rows)
	for i := range addresses {
		addresses[i] = int64(i)
	}
	var batches []arrow.Array
	for from := 0; from < rows; from += batch {
		batches = append(batches, array.NewSlice(column, int64(from), int64(min(from+batch, rows))))
	}
	run := func(name string, scan func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(rows * dim * 4)
			b.ReportAllocs()
			for b.Loop() {
				scan()
			}
		})
	}
	run("read", func() { readAll(simd.Bytes(values)) })
	for _, name := range metricNames {
		metric, _ := udf.MetricNamed(name)
		run(name, func() {
			search, err := NewExact(metric, query, 10, Order{})
			if err != nil {
				b.Fatal(err)
			}
			from := 0
			for _, vectors := range batches {
				if err := search.Add(vectors, addresses[from:from+vectors.Len()]); err != nil {
					b.Fatal(err)
				}
				from += vectors.Len()
			}
		})
	}
}

// vectorColumn is a column of type vector(dim) over the values.
func vectorColumn(values []float32, dim int) arrow.Array {
	elements := array.NewData(arrow.PrimitiveTypes.Float32, len(values), []*memory.Buffer{nil, memory.NewBufferBytes(simd.Bytes(values))}, nil, 0, 0)
	defer elements.Release()
	vector := arrow.FixedSizeListOfNonNullable(int32(dim), arrow.PrimitiveTypes.Float32)
	data := array.NewData(vector, len(values)/dim, []*memory.Buffer{nil}, []arrow.ArrayData{elements}, 0, 0)
	defer data.Release()
	return array.NewFixedSizeListData(data)
}

var read uint64

// readAll loads every byte and does next to nothing with it.
func readAll(block []byte) {
	var x0, x1, x2, x3 uint64
	for len(block) >= 64 {
		b := block[:64]
		x0 |= binary.NativeEndian.Uint64(b) | binary.NativeEndian.Uint64(b[8:])
		x1 |= binary.NativeEndian.Uint64(b[16:]) | binary.NativeEndian.Uint64(b[24:])
		x2 |= binary.NativeEndian.Uint64(b[32:]) | binary.NativeEndian.Uint64(b[40:])
		x3 |= binary.NativeEndian.Uint64(b[48:]) | binary.NativeEndian.Uint64(b[56:])
		block = block[64:]
	}
	read = x0 | x1 | x2 | x3
}
