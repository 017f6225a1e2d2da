package ivf

import (
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A rotation turns vectors at random, so that every dimension carries as much as any other and a sign says the same of
// each: four rounds of random signs and Walsh-Hadamard transforms, over the first and the last power of two of dimensions
// by turns, with the halves mixed where the two do not cover all. It takes O(d log d) operations and 4 bits a dimension.
type rotation struct {
	dims  int
	width int // the power of two
	signs [rounds][]float32
	scale float32
}

const rounds = 4

func newRotation(dims int, seed uint64) *rotation {
	r := &rotation{dims: dims, width: 1 << (bits.Len(uint(dims)) - 1)}
	r.scale = float32(1 / math.Sqrt(float64(r.width)))
	random := rand.New(rand.NewPCG(seed, 0x726f746174696f6e))
	for i := range r.signs {
		r.signs[i] = make([]float32, dims)
		for j := range r.signs[i] {
			r.signs[i][j] = float32(1 - 2*int(random.Uint64()>>63))
		}
	}
	return r
}

// turn rotates v in place.
func (r *rotation) turn(v []float32) {
	for round, signs := range r.signs {
		simd.Mul(v, v, signs)
		part := v[:r.width]
		if round%2 == 1 {
			part = v[r.dims-r.width:]
		}
		simd.Hadamard(part)
		simd.Scale(part, part, r.scale)
		if r.width < r.dims {
			half := r.dims / 2
			simd.Butterfly(v[:half], v[half:], math.Sqrt2/2)
		}
	}
}
