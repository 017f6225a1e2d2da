package catalog

import (
	"math/rand/v2"
	"testing"
)

func TestRowSetIsASet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var sets [2]RowSet
		want := map[int64]bool{}
		for i := range sets {
			addresses := make([]int64, r.IntN(300))
			for j := range addresses {
				addresses[j] = int64(r.IntN(4))<<32 | int64(r.IntN(500))
				want[addresses[j]] = true
			}
			sets[i].Add(addresses)
		}
		all := &sets[0]
		all.Merge(&sets[1])
		if all.Len() != int64(len(want)) {
			t.Fatalf("%d rows, want %d", all.Len(), len(want))
		}
		for file := range int64(6) {
			for row := range int64(600) {
				a := file<<32 | row
				if all.Contains(a) != want[a] {
					t.Fatalf("row %d of file %d: %v", row, file, !want[a])
				}
			}
		}
	}
}
