package exec

import (
	"math/rand/v2"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

func TestRowRanks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		set := &catalog.RowSet{}
		var want []int64
		for file := range 1 + r.Int64N(5) {
			share := []float64{0, 0.001, 0.3, 0.999, 1}[r.IntN(5)]
			for row := range r.Int64N(3000) {
				if r.Float64() < share {
					want = append(want, file<<32|row)
				}
			}
		}
		set.Add(want)
		ranks := ranksOf(set)
		if ranks.count() != int64(len(want)) {
			t.Fatalf("%d rows of %d", ranks.count(), len(want))
		}
		for i, address := range want {
			if got := ranks.address(int64(i)); got != address {
				t.Fatalf("row %d of %d is at %x, want %x", i, len(want), got, address)
			}
		}
	}
	files := ranksOfFiles([]catalog.FileInfo{{Rows: 2}, {}, {Rows: 1}})
	if files.count() != 3 || files.address(1) != 1 || files.address(2) != 2<<32 {
		t.Errorf("%+v", files)
	}
}
