package exec_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// benchTable has numbers from 0 to rows-1 in random order, groups of about ten and of 1/10 of the rows, texts and prices.
func benchTable(rows int) *memtable.Table {
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: bigint}, {Name: "few", Type: bigint}, {Name: "many", Type: bigint},
		{Name: "flag", Type: text}, {Name: "price", Type: double}}, nil)
	r := rand.New(rand.NewSource(1))
	ids := r.Perm(rows)
	var batches []arrow.RecordBatch
	for len(ids) > 0 {
		n := min(len(ids), 32768)
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for _, id := range ids[:n] {
			b.Field(0).(*array.Int64Builder).Append(int64(id))
			b.Field(1).(*array.Int64Builder).Append(int64(r.Intn(10)))
			b.Field(2).(*array.Int64Builder).Append(int64(r.Intn(rows / 10)))
			b.Field(3).(*array.StringBuilder).Append([]string{"A", "N", "R"}[r.Intn(3)])
			b.Field(4).(*array.Float64Builder).Append(r.Float64())
		}
		batches = append(batches, b.NewRecordBatch())
		ids = ids[n:]
	}
	return memtable.New(catalog.Name{Schema: "main", Table: "bench"}, batches...)
}

func BenchmarkQuery(b *testing.B) {
	const rows = 1 << 20
	table := benchTable(rows)
	lake := memtable.NewCatalog(table)
	var p Plan
	scan := func(columns ...int) *pb.Rel { return p.Scan(table, nil, columns...) }
	small := p.Scan(table, p.Call("lt", Col(0), p.Int(rows/10)), 0, 1)
	for _, q := range []struct {
		name string
		plan []byte
	}{
		{"filter half", p.Bytes(Aggregate(p.Scan(table, p.Call("lt", Col(4), p.Lit(double, "0.5")), 0), nil, p.Measure("count")), "n")},
		{"sum", p.Bytes(Aggregate(scan(4), nil, p.Measure("sum", Col(0))), "n")},
		{"sum by few", p.Bytes(Aggregate(scan(1, 4), []*pb.Expression{Col(0)}, p.Measure("sum", Col(1)), p.Measure("count")), "k", "s", "n")},
		{"sum by text", p.Bytes(Aggregate(scan(3, 4), []*pb.Expression{Col(0)}, p.Measure("sum", Col(1)), p.Measure("count")), "k", "s", "n")},
		{"sum by two", p.Bytes(Aggregate(scan(1, 3, 4), []*pb.Expression{Col(0), Col(1)}, p.Measure("sum", Col(2)), p.Measure("count")), "k", "l", "s", "n")},
		{"sum by many", p.Bytes(Aggregate(scan(2, 4), []*pb.Expression{Col(0)}, p.Measure("sum", Col(1)), p.Measure("count")), "k", "s", "n")},
		{"join", p.Bytes(Aggregate(Join(inner, scan(0, 4), small, p.Call("equal", Col(0), Col(2))), nil, p.Measure("count"), p.Measure("sum", Col(1))), "n", "s")},
		{"join all", p.Bytes(Aggregate(Join(inner, scan(0, 4), scan(0, 1), p.Call("equal", Col(0), Col(2))), nil, p.Measure("count"), p.Measure("sum", Col(3))), "n", "s")},
		{"semi join", p.Bytes(Aggregate(Join(semi, scan(0), small, p.Call("equal", Col(0), Col(1))), nil, p.Measure("count")), "n")},
		{"sort", p.Bytes(Sort(scan(0, 4), Key(Col(0), AscLast)), "a", "b")},
		{"sort by two", p.Bytes(Sort(scan(1, 4), Key(Col(0), AscLast), Key(Col(1), DescLast)), "a", "b")},
		{"top 100", p.Bytes(Fetch(Sort(scan(0, 4), Key(Col(1), DescLast)), nil, p.Int(100)), "a", "b")},
		{"distinct", p.Bytes(Aggregate(scan(2), []*pb.Expression{Col(0)}), "a")},
	} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", q.name, workers), func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					drain(b, q.plan, exec.Env{Catalog: lake, Functions: udf.Builtin(), Workers: workers})
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			})
		}
	}
}

// BenchmarkSmallQuery is what a query of a few rows costs from the plan's bytes to the last row.
func BenchmarkSmallQuery(b *testing.B) {
	var p Plan
	functions := udf.Builtin()
	for _, q := range []struct {
		name   string
		filter *pb.Expression
	}{{"filter", p.Call("gt", Col(0), p.Int(1))}, {"first", nil}} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			plan := p.Bytes(Fetch(p.Scan(clips, q.filter, 0, 1), nil, p.Int(10)), "id", "title")
			for range b.N {
				drain(b, plan, exec.Env{Catalog: lake, Functions: functions, Workers: 2})
			}
		})
	}
}

func drain(b *testing.B, plan []byte, env exec.Env) {
	q, err := exec.Compile(b.Context(), plan, env)
	if err != nil {
		b.Fatal(err)
	}
	for _, err := range q.Run(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVectorTopK is one query at a time over vectors in memory; the figure is the rate at which they are read.
func BenchmarkVectorTopK(b *testing.B) {
	const rows, dims = 100_000, 384
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: bigint}, Field("embedding", substrait.VectorOf(dims))}, nil)
	r := rand.New(rand.NewSource(1))
	var batches []arrow.RecordBatch
	for n := 0; n < rows; n += 10_000 {
		rb := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		vectors := rb.Field(1).(*array.FixedSizeListBuilder)
		for i := range 10_000 {
			rb.Field(0).(*array.Int64Builder).Append(int64(n + i))
			vectors.Append(true)
			for range dims {
				vectors.ValueBuilder().(*array.Float32Builder).Append(r.Float32())
			}
		}
		batches = append(batches, rb.NewRecordBatch())
	}
	table := memtable.New(catalog.Name{Schema: "main", Table: "vectors"}, batches...)
	lake := memtable.NewCatalog(table)
	var p Plan
	query := p.Lit(substrait.VectorOf(dims), "["+"0.5"+repeat(",0.25", dims-1)+"]")
	for _, metric := range []string{"cosine_distance", "l2_distance"} {
		plan := p.Bytes(Fetch(Sort(p.Scan(table, nil), Key(p.Call(metric, Col(1), query), AscLast)), nil, p.Int(10)), "id", "embedding")
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", metric, workers), func(b *testing.B) {
				b.SetBytes(rows * dims * 4)
				for range b.N {
					drain(b, plan, exec.Env{Catalog: lake, Functions: udf.Builtin(), Workers: workers})
				}
			})
		}
	}
}

func repeat(s string, n int) string {
	out := ""
	for range n {
		out += s
	}
	return out
}
