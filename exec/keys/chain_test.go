package keys

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Keys that are numbered column by column have the numbers that a map gives them.
func TestChain(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text, bigint, short, double := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Float64
	for _, types := range [][]arrow.DataType{{bigint, bigint}, {bigint, text}, {text, text, bigint}, {double, bigint, text, short}} {
		t.Run(fmt.Sprint(types), func(t *testing.T) {
			table, err := NewTable(types)
			if err != nil {
				t.Fatal(err)
			}
			if table.chain == nil {
				t.Fatal("there is no chain")
			}
			batch := func(n, values int) (columns []arrow.Array, keys []string) {
				keys = make([]string, n)
				for _, dt := range types {
					b := array.NewBuilder(memory.DefaultAllocator, dt)
					for row := range n {
						v := random.IntN(values)
						if v == 0 {
							b.AppendNull()
							keys[row] += "NULL|"
							continue
						}
						if err := b.AppendValueFromString(fmt.Sprint(v)); err != nil {
							t.Fatal(err)
						}
						keys[row] += fmt.Sprint(v, "|")
					}
					columns = append(columns, b.NewArray())
				}
				return columns, keys
			}
			var insert, find Scratch
			want := map[string]uint32{}
			ids := make([]uint32, 500)
			var fresh []uint32
			for range 10 {
				columns, keys := batch(len(ids), 9)
				fresh = table.Insert(&insert, columns, len(ids), ids, fresh)
				var wantFresh []uint32
				for row, key := range keys {
					if _, ok := want[key]; !ok {
						want[key] = uint32(len(want))
						wantFresh = append(wantFresh, uint32(row))
					}
					if ids[row] != want[key] {
						t.Fatalf("number of %s is %d, want %d", key, ids[row], want[key])
					}
				}
				if fmt.Sprint(fresh) != fmt.Sprint(wantFresh) {
					t.Fatalf("new rows are %d, want %d", fresh, wantFresh)
				}
			}
			if table.Len() != len(want) {
				t.Errorf("%d keys, want %d", table.Len(), len(want))
			}
			columns, keys := batch(len(ids), 12)
			table.Find(&find, columns, len(ids), ids)
			for row, key := range keys {
				id, ok := want[key]
				if !ok {
					id = Missing
				}
				if ids[row] != id {
					t.Fatalf("%s is found as %d, want %d", key, ids[row], id)
				}
			}
		})
	}
}
