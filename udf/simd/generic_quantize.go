package simd

import "math"

func quantize(dst []byte, v []float32) (scale, residual, norm float32) {
	largest := math.Float32frombits(largestBits(v))
	scale = largest / quantizedMost
	residual, norm = quantizeBy(dst, v, scale, quantizedMost/largest)
	return scale, residual, norm
}

func largestBits(v []float32) uint32 {
	largest := uint32(0)
	for _, x := range v {
		largest = max(largest, math.Float32bits(x)&^(1<<31))
	}
	return largest
}

func quantizeBy(dst []byte, v []float32, scale, per float32) (residual, norm float32) {
	// Added to a small number it leaves the nearest whole one, to even where two are, in the lowest bits.
	const magic = 0x1.8p23
	for i, x := range v {
		number := float32(x*per) + magic
		dst[i] = byte(math.Float32bits(number) + quantizedBias)
		r := x - float32(scale*(number-magic))
		residual += r * r
		norm += x * x
	}
	return residual, norm
}
