package ivf

import (
	"math"

	"github.com/mediaflight/mediaflight/udf/simd"
)

func mul(v, by []float32)             { simd.Mul(v, v, by) }
func scale(v []float32, by float32)   { simd.Scale(v, v, by) }
func dot(a, b []float32) float32      { return simd.Dot(a, b) }
func distance(a, b []float32) float32 { return simd.L2Squared(a, b) }

func hadamard(v []float32) {
	for h := 1; h < len(v); h *= 2 {
		for i := 0; i < len(v); i += 2 * h {
			a, b := v[i:i+h], v[i+h:i+2*h]
			for j, x := range a {
				y := b[j]
				a[j], b[j] = x+y, x-y
			}
		}
	}
}

// dotBlock stores the inner products of all of a with all of b.
func dotBlock(a, b []float32, dim int, out []float32) {
	na, nb := len(a)/dim, len(b)/dim
	for i := range na {
		simd.DotRows(a[i*dim:(i+1)*dim], simd.Bytes(b), out[i*nb:(i+1)*nb])
	}
}

type scanParams struct{ delta, offset, limit float32 }

// scanCodes is the specification in plain Go.
func scanCodes(blocks []byte, lut []byte, tables int, p scanParams, bounds []float32, masks []uint32) {
	stride := tables*16 + 3*planeBytes
	for b := range masks {
		if masks[b] == 0 {
			continue
		}
		block := blocks[b*stride : (b+1)*stride]
		var sums [32]uint32
		for t := range tables {
			table := lut[16*t : 16*t+16]
			for j, x := range block[16*t : 16*t+16] {
				v := j / 2
				if j%2 == 1 {
					v += 8
				}
				sums[v] += uint32(table[x&15])
				sums[v+16] += uint32(table[x>>4])
			}
		}
		factors := block[16*tables:]
		mask := uint32(0)
		for v, sum := range sums {
			bound := float(factors[4*v:]) + float(factors[planeBytes+4*v:])*(p.delta*float32(sum)+p.offset)
			bounds[32*b+v] = bound
			if bound < p.limit {
				mask |= 1 << v
			}
		}
		masks[b] &= mask
	}
}

var inf = float32(math.Inf(1))
