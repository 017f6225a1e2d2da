package ivf

import (
	"math"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A fineCode is a second code of a vector, of more than one bit for a dimension: a search asks it of the rows that the one-bit
// codes do not exclude, before it reads their vectors. It is of the residual r to the centroid c of the row's nearest list,
// whose elements it rounds to the nearest of 2^bits steps: u is the vector of the steps' middles, r_i = (e_i + 1/2) steps or its
// negative (extended RaBitQ, arXiv 2409.09913). All else is as it is with code:
//
//	|q-o|^2  >=  |q-c|^2 + add + scale * (<q,u> + spread*|q-c|)
//
// but for each code its own spread, which falls by half with each bit. A row has one such code, though it is in two lists.
type fineCode struct {
	numbers            []byte // u_i + (2^bits - 1)/2
	add, scale, spread float32
	residual           []float32 // scratch
}

// maxBits are as many as simd.Pack takes.
const maxBits = 8

// steps are the widths by bits, in standard deviations, at which rounding keeps most of the direction of a vector whose elements
// are normally distributed, as a rotation at random makes them (J. Max, Quantizing for minimum distortion, 1960).
var steps = [maxBits + 1]float64{2: 0.9957, 3: 0.5860, 4: 0.3352, 5: 0.1881, 6: 0.1041, 7: 0.0569, 8: 0.0308}

// middle is what numbers are above the steps they stand for.
func middle(bits int) float32 { return float32(int(1)<<bits-1) / 2 }

// encode makes the code of a vector that is rotated.
func (c *fineCode) encode(vector, centroid []float32, bits int, inner bool) {
	simd.Sub(c.residual, vector, centroid)
	norm := simd.Norm2(c.residual)
	dims := float64(len(vector))
	per := float32(math.Sqrt(dims/float64(norm)) / steps[bits])
	c.add, c.scale, c.spread = norm, 0, 0
	if norm > 0 && per < math.MaxFloat32 {
		// Steps doubled are odd whole numbers.
		least, most := 1<<(bits-1), int32(1<<(bits-1)-1)
		sum, along, squares := 0.0, 0.0, int64(0) // <r,u>, <c,u>, |u|^2
		for i, r := range c.residual {
			e := min(int32(abs(r)*per), most)
			sign := int32(math.Float32bits(r)) >> 31 // -1 where r is negative
			c.numbers[i] = byte(int32(least) + e ^ sign)
			u := 2*e + 1
			squares += int64(u) * int64(u)
			sum += float64(abs(r)) * float64(u)
			along += float64(centroid[i]) * float64((u^sign)-sign)
		}
		ratio := 2 * float64(norm) / sum
		c.add = float32(float64(norm) + ratio*along)
		c.scale = float32(-2 * ratio)
		apart := float64(squares)/4 - sum*sum/(4*float64(norm))
		c.spread = float32(confidence * math.Sqrt(max(apart, 0)/max(dims-1, 1)))
	}
	if inner {
		c.add -= simd.Norm2(vector)
	}
}

// The fine codes of a segment lie in the order of the rows' ordinals: add, scale, spread, the number of the list and the packed
// numbers. Rows without a code have zeros.
const fineHeader = 16

// fineStride is the bytes of a fine code, none for codes of one bit.
func fineStride(dims, bits int) int {
	if bits <= 1 {
		return 0
	}
	return fineHeader + simd.PackedBytes(dims, bits)
}

func (c *fineCode) put(to []byte, list uint32, bits int) {
	putFloat(to, c.add)
	putFloat(to[4:], c.scale)
	putFloat(to[8:], c.spread)
	putUint32(to[12:], list)
	simd.Pack(to[fineHeader:], c.numbers, bits)
}

// fineOf is the fine code of a row.
func (s *Segment) fineOf(ordinal uint32) []byte {
	at := int(ordinal) * s.fineStride
	return s.fine[at : at+s.fineStride]
}
