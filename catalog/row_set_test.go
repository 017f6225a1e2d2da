package catalog

import (
	"math/rand/v2"
	"slices"
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

func TestRowSetAll(t *testing.T) {
	var set RowSet
	set.Add([]int64{1<<32 | 64, 3, 0, 1<<32 | 63, 3})
	want := []int64{0, 3, 1<<32 | 63, 1<<32 | 64}
	if got := slices.Collect(set.All()); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
