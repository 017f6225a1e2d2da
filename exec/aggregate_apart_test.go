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
)

// Keys of neighboring rows are alike, so that workers meet different ones but for those at borders; or half of them are anywhere.
func TestAggregateOfNeighbors(t *testing.T) {
	const rows, each = 160_000, 4
	for name, stray := range map[string]func(r *rand.Rand, row int) (key int, isNull bool){
		"apart": func(_ *rand.Rand, row int) (int, bool) { return row / each, false },
		"NULLs": func(_ *rand.Rand, row int) (int, bool) { return row / each, row%20_000 == 7 },
		"some anywhere": func(r *rand.Rand, row int) (int, bool) {
			return pick(row%20_000 == 7, r.Intn(rows/each), row/each), false
		},
		"many anywhere":  func(r *rand.Rand, row int) (int, bool) { return pick(row%2 == 1, r.Intn(rows/each), row/each), false },
		"from the end":   func(_ *rand.Rand, row int) (int, bool) { return -row / each, false },
		"far and nearby": func(_ *rand.Rand, row int) (int, bool) { return row/each + row/(rows/2)<<40, false },
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewSource(1))
			schema := arrow.NewSchema([]arrow.Field{{Name: "k", Type: bigint, Nullable: true}, {Name: "v", Type: bigint}}, nil)
			want := map[string]int{}
			var batches []arrow.RecordBatch
			for from := 0; from < rows; from += 10_001 {
				b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
				for row := from; row < min(from+10_001, rows); row++ {
					key, isNull := stray(r, row)
					text := fmt.Sprint(key)
					if isNull {
						b.Field(0).AppendNull()
						text = "NULL"
					} else {
						b.Field(0).(*array.Int64Builder).Append(int64(key))
					}
					b.Field(1).(*array.Int64Builder).Append(int64(row))
					want[text] += row
				}
				batches = append(batches, b.NewRecordBatch())
			}
			table := memtable.New(catalog.Name{Schema: "main", Table: "lines"}, batches...)
			var p Plan
			plan := p.Bytes(Aggregate(p.Scan(table, nil, 0, 1), []*pb.Expression{Col(0)}, p.Measure("sum", Col(1))), "k", "s")
			mem := memory.NewCheckedAllocator(Poison{})
			defer mem.AssertSize(t, 0)
			q, err := exec.Compile(t.Context(), plan, exec.Env{Catalog: memtable.NewCatalog(table), Functions: udf.Builtin(), Workers: 3, Mem: mem})
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			for batch, err := range q.Run(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				for i := range int(batch.NumRows()) {
					key, sum := "NULL", batch.Column(1).(*array.Decimal128).Value(i).BigInt().Int64()
					if batch.Column(0).IsValid(i) {
						key = batch.Column(0).ValueStr(i)
					}
					if int64(want[key]) != sum {
						t.Fatalf("sum of %s is %d, want %d", key, sum, want[key])
					}
					got++
				}
			}
			if got != len(want) {
				t.Errorf("%d groups, want %d", got, len(want))
			}
		})
	}
}

func pick(first bool, a, b int) int {
	if first {
		return a
	}
	return b
}
