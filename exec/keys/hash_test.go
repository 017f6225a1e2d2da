package keys

import (
	"math/rand"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Rows that a table takes for one key have one hash, and others have others.
func TestHashes(t *testing.T) {
	for _, c := range ascending {
		for _, second := range []arrow.DataType{nil, arrow.PrimitiveTypes.Int16, arrow.BinaryTypes.String} {
			types := []arrow.DataType{c.dt}
			if second != nil {
				types = append(types, second)
			}
			hasher, err := NewHasher(types)
			if err != nil {
				t.Fatal(err)
			}
			table, _ := NewTable(types)
			columns, _ := randomRows(rand.New(rand.NewSource(1)), parse(t, c.dt, c.json), second, 1000)
			ids := make([]uint32, 1000)
			table.Insert(&Scratch{}, columns, 1000, ids, nil)
			of, seen := map[uint32]uint64{}, map[uint64]uint32{}
			for i, h := range hasher.Hash(columns, 1000, nil) {
				if old, ok := of[ids[i]]; ok && old != h {
					t.Fatalf("%v: two hashes of key %d", types, ids[i])
				}
				if old, ok := seen[h]; ok && old != ids[i] {
					t.Fatalf("%v: keys %d and %d have one hash", types, old, ids[i])
				}
				of[ids[i]], seen[h] = h, ids[i]
			}
		}
	}
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	negative := -zero
	b.AppendValues([]float64{zero, 0 * -1, negative, zero / zero, -(zero / zero)}, nil)
	hasher, _ := NewHasher([]arrow.DataType{arrow.PrimitiveTypes.Float64})
	h := hasher.Hash([]arrow.Array{b.NewArray()}, 5, nil)
	if h[0] != h[1] || h[0] != h[2] || h[3] != h[4] || h[0] == h[3] {
		t.Errorf("hashes of zeros and NaN: %x", h)
	}
}

// The upper bits of the hashes of neighboring numbers spread evenly.
func TestHashesSpread(t *testing.T) {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range 32000 {
		b.Append(int64(i))
	}
	hasher, _ := NewHasher([]arrow.DataType{arrow.PrimitiveTypes.Int64})
	var counts [32]int
	for _, h := range hasher.Hash([]arrow.Array{b.NewArray()}, 32000, nil) {
		counts[h>>59]++
	}
	for i, n := range counts {
		if n < 800 || n > 1200 {
			t.Errorf("%d of 32000 in part %d of 32", n, i)
		}
	}
}
