package ivf

import (
	"math/rand/v2"
	"testing"
)

// TestCalibrateFewRows: an index of next to nothing has a curve too.
func TestCalibrateFewRows(t *testing.T) {
	for _, metric := range metricNames {
		for _, rows := range []int{1, 2, 3, 11, 12, 99, 130} {
			for _, same := range []bool{false, true} {
				data := &files{dim: 3}
				vectors := clustered(rand.New(rand.NewPCG(51, uint64(rows))), rows, 3)
				if same {
					for i := range vectors {
						vectors[i] = 1
					}
				}
				data.add(vectors)
				ix := build(t, metric, data, 0, 2)
				if _, err := OpenCurve(ix.Curve.Bytes()); err != nil {
					t.Errorf("%s, %d rows, all the same: %v: %v", metric, rows, same, err)
				}
				ix.probing = true
				newExam(ix, data, vectors[:3], 10, nil).sit(t, 0.9, 10)
			}
		}
	}
}
