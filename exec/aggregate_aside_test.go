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
	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/udf"
)

// Most keys come once, so that workers set rows aside, until memory is refused.
func TestAggregateAside(t *testing.T) {
	const rows = 340_000
	r := rand.New(rand.NewSource(1))
	schema := arrow.NewSchema([]arrow.Field{Field("t", text), Field("k", bigint), {Name: "v", Type: bigint}}, nil)
	type group struct {
		sum    int
		values map[int]bool
	}
	want := map[string]*group{}
	var batches []arrow.RecordBatch
	for from := 0; from < rows; from += 17_000 {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for row := range 17_000 {
			k, v, name := r.Intn(1_000_000), row%7, "NULL"
			if k%9 == 0 {
				b.Field(0).AppendNull()
			} else {
				name = fmt.Sprint("name ", k)
				b.Field(0).(*array.StringBuilder).Append(name)
			}
			b.Field(1).(*array.Int64Builder).Append(int64(k) << 30)
			b.Field(2).(*array.Int64Builder).Append(int64(v))
			key := fmt.Sprint(name, "|", int64(k)<<30)
			g := want[key]
			if g == nil {
				g = &group{values: map[int]bool{}}
				want[key] = g
			}
			g.sum += v
			g.values[v] = true
		}
		batches = append(batches, b.NewRecordBatch())
	}
	table := memtable.New(catalog.Name{Schema: "main", Table: "names"}, batches...)
	for _, workers := range []int{1, 2} {
		for _, spillAt := range []int64{0, 24 << 20, 60 << 20} {
			t.Run(fmt.Sprintf("workers=%d spill at %d", workers, spillAt), func(t *testing.T) {
				var p Plan
				distinct := p.Measure("count", Col(2))
				distinct.Measure.Invocation = pb.AggregateFunction_AGGREGATION_INVOCATION_DISTINCT
				plan := p.Bytes(Aggregate(p.Scan(table, nil, 0, 1, 2), []*pb.Expression{Col(0), Col(1)}, p.Measure("sum", Col(2)), distinct), "t", "k", "s", "n")
				mem := memory.NewCheckedAllocator(Poison{})
				defer mem.AssertSize(t, 0)
				folder, err := spill.Open(t.TempDir(), 0)
				if err != nil {
					t.Fatal(err)
				}
				env := exec.Env{Catalog: memtable.NewCatalog(table), Functions: udf.Builtin(), Workers: workers, Mem: mem, Memory: exec.NewMemory(0), Spill: folder}
				env.Memory.SpillAt(spillAt)
				q, err := exec.Compile(t.Context(), plan, env)
				if err != nil {
					t.Fatal(err)
				}
				got := 0
				for batch, err := range q.Run(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					for i := range int(batch.NumRows()) {
						name := "NULL"
						if batch.Column(0).IsValid(i) {
							name = batch.Column(0).ValueStr(i)
						}
						g := want[name+"|"+batch.Column(1).ValueStr(i)]
						sum, count := batch.Column(2).(*array.Decimal128).Value(i).BigInt().Int64(), batch.Column(3).(*array.Int64).Value(i)
						if g == nil || int64(g.sum) != sum || int64(len(g.values)) != count {
							t.Fatalf("%s has sum %d of %d values, want %+v", name, sum, count, g)
						}
						got++
					}
				}
				if got != len(want) {
					t.Errorf("%d groups, want %d", got, len(want))
				}
				if used := env.Memory.Used(); used != 0 {
					t.Errorf("%d bytes are still reserved", used)
				}
				if used := folder.Used(); used != 0 {
					t.Errorf("%d bytes are left in files", used)
				}
			})
		}
	}
}
