package ivf

import (
	"math/rand/v2"
	"testing"
)

// TestStrangersAreAnswered asks for vectors unlike all rows, of which calibration knows nothing.
func TestStrangersAreAnswered(t *testing.T) {
	const dim = 100
	r := rand.New(rand.NewPCG(81, 82))
	data := &files{dim: dim}
	data.add(clustered(r, 8000, dim))
	asked := make([]float32, 50*dim)
	for i := range asked {
		asked[i] = 2 * float32(r.NormFloat64())
	}
	ix := build(t, "l2_distance", data, 0, 2)
	ix.probing = true
	if found, _ := newExam(ix, data, asked, 10, nil).sit(t, 0.95, 10); found < 0.94 {
		t.Errorf("recall is %.4f where 0.95 was asked for", found)
	}
}
