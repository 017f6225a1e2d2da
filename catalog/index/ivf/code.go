package ivf

import (
	"math"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A code stands for a vector o in the list of a centroid c: the signs of the residual r = o - c and two factors. For a
// query q, and u the vector of the signs' halves (1/2 where r is positive, -1/2 elsewhere),
//
//	|q-o|^2  =  |q-c|^2 + |r|^2 - 2 <q-c,r>  and  <q-c,r>  is about  |r|^2/<r,u> * <q-c,u>
//
// as r's direction and u's differ by something that is as good as random after a rotation (RaBitQ, arXiv 2405.12497). The
// factors take in all that does not depend on the query:
//
//	add   = |r|^2 + 2 |r|^2 <c,u>/<r,u>
//	scale = -2 |r|^2/<r,u>
//	|q-o|^2 is about |q-c|^2 + add + scale * <q,u>
//
// so that one table of the query serves all lists. The error is, but for one in some hundred codes, below
// |q-c| * |scale| * spread. spread hardly differs between codes, and a list keeps the largest; as scale is never positive,
//
//	|q-o|^2  >=  |q-c|^2 + add + scale * (<q,u> + spread*|q-c|).
//
// For inner products the order is by -2<q,o> = |q-o|^2 - |q|^2 - |o|^2: only add changes, by |o|^2.
type code struct {
	signs      []byte // a table's four in a byte: nibble t has the dimensions 4t to 4t+3, the first in the lowest bit
	add, scale float32
	spread     float32
}

// confidence is RaBitQ's epsilon: how many times its standard deviation an error may have.
const confidence = 1.9

// encode makes the code of a vector that is rotated. signs must have room for a byte for four dimensions.
func (c *code) encode(vector, centroid []float32, inner bool) {
	var norm, sum, along, whole float32 // |r|^2, <r,u> doubled, <c,u> doubled, |o|^2
	centroid = centroid[:len(vector)]
	for t := range c.signs {
		v, w := vector[4*t:4*t+4:4*t+4], centroid[4*t:4*t+4:4*t+4]
		nibble := byte(0)
		for i, x := range v {
			r := x - w[i]
			norm += r * r
			// The sign bit makes the code and gives <r,u> and <c,u> their signs, without a branch that nobody can predict.
			sign := math.Float32bits(r) >> 31
			nibble |= byte(1-sign) << i
			sum += math.Float32frombits(math.Float32bits(r) &^ (1 << 31))
			along += math.Float32frombits(math.Float32bits(w[i]) ^ sign<<31)
		}
		c.signs[t] = nibble
	}
	c.add, c.scale, c.spread = norm, 0, 0
	if ratio := norm / sum; sum > 0 && ratio < math.MaxFloat32 {
		c.add = norm + 2*ratio*along
		c.scale = -4 * ratio
		dims := float64(len(vector))
		apart := dims/4 - float64(sum)*float64(sum)/(4*float64(norm))
		c.spread = float32(confidence * math.Sqrt(max(apart, 0)/max(dims-1, 1)))
	}
	if inner {
		whole = simd.Norm2(vector)
		c.add -= whole
	}
}

// Codes lie in the blocks that simd.ScanCodes takes. The last plane of a block has the codes' rows.
const (
	blockCodes = simd.CodesInBlock
	planeBytes = 4 * blockCodes
	noRow      = math.MaxUint32
)

func blockStride(dims int) int { return simd.CodeBlockBytes(dims / 4) }

// place is the byte of a table in which a code is, and how far up.
func place(code int) (at, shift int) {
	at = code % 16
	if at < 8 {
		at *= 2
	} else {
		at = 2*at - 15
	}
	return at, code / 16 * 4
}

// put writes a code into a block. Its place there is empty.
func (c *code) put(block []byte, at int, row uint32) {
	j, shift := place(at)
	for t, nibble := range c.signs {
		block[16*t+j] |= nibble << shift
	}
	putFactors(block, len(c.signs), at, c.add, c.scale, row)
}

func putFactors(block []byte, tables, at int, add, scale float32, row uint32) {
	factors := block[16*tables:]
	putFloat(factors[4*at:], add)
	putFloat(factors[planeBytes+4*at:], scale)
	putUint32(factors[2*planeBytes+4*at:], row)
}

// clearCodes makes the places of a block from a certain one on such that no scan finds them.
func clearCodes(block []byte, tables, from int) {
	for at := from; at < blockCodes; at++ {
		putFactors(block, tables, at, float32(math.Inf(1)), 0, noRow)
	}
}

// move copies a code from one block to another. Its place there is empty.
func move(to []byte, toAt int, from []byte, fromAt, tables int, row uint32) {
	j, shift := place(toAt)
	i, down := place(fromAt)
	for t := range tables {
		to[16*t+j] |= from[16*t+i] >> down & 15 << shift
	}
	factors := from[16*tables:]
	putFactors(to, tables, toAt, float(factors[4*fromAt:]), float(factors[planeBytes+4*fromAt:]), row)
}
