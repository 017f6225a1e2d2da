package simd

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unsafe"
)

// generic is every kernel in plain Go. Sums run in four lanes, which the processor can add up side by side.
var generic = Kernels{
	Name:            "generic",
	Dot:             dot,
	L2Squared:       l2Squared,
	L1:              l1,
	DotNorm:         dotNorm,
	DotRows:         rowByRow(dot),
	L2SquaredRows:   rowByRow(l2Squared),
	L1Rows:          rowByRow(l1),
	DotNormRows:     dotNormRows,
	DotGather:       gather(dot),
	L2SquaredGather: gather(l2Squared),
	L1Gather:        gather(l1),
	DotNormGather:   dotNormGather,
	DotBlock:        dotBlock,
	MaxDifference:   maxDifference,
	ScanCodes:       scanCodes,
	ScanCodes4:      scanCodes,
	DotBytes:        dotBytes,
	DotBytes4:       eachOfFour(dotBytes),
	Quantize:        quantize,
	AddPart:         addPart,
	Hadamard:        hadamard,
	Butterfly:       butterfly,
	Hamming:         hamming,
	Add:             add,
	Sub:             sub,
	Mul:             mul,
	Scale:           scale,
	Float16:         float16,
}

func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i := range a {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + (s2 + s3)
}

func l2Squared(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		d0, d1, d2, d3 := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
		a, b = a[4:], b[4:]
	}
	for i := range a {
		d := a[i] - b[i]
		s0 += d * d
	}
	return s0 + s1 + (s2 + s3)
}

func l1(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += abs(a[0] - b[0])
		s1 += abs(a[1] - b[1])
		s2 += abs(a[2] - b[2])
		s3 += abs(a[3] - b[3])
		a, b = a[4:], b[4:]
	}
	for i := range a {
		s0 += abs(a[i] - b[i])
	}
	return s0 + s1 + (s2 + s3)
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

func dotNorm(a, b []float32) (float32, float32) {
	var s0, s1, s2, s3, n0, n1, n2, n3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		n0 += b[0] * b[0]
		n1 += b[1] * b[1]
		n2 += b[2] * b[2]
		n3 += b[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i := range a {
		s0 += a[i] * b[i]
		n0 += b[i] * b[i]
	}
	return s0 + s1 + (s2 + s3), n0 + n1 + (n2 + n3)
}

func rowByRow(pair func(a, b []float32) float32) func(query []float32, rows []byte, out []float32) {
	return func(query []float32, rows []byte, out []float32) {
		for i := range out {
			out[i] = pair(query, row(rows, i, len(query)))
		}
	}
}

func dotNormRows(query []float32, rows []byte, dots, norms []float32) {
	for i := range dots {
		dots[i], norms[i] = dotNorm(query, row(rows, i, len(query)))
	}
}

// row is row i where it lies. Its address may be odd: every processor that Go's 64-bit ports run on loads from there,
// and the runtime's pointer checks ask alignment only of types that hold pointers.
func row(rows []byte, i, dim int) []float32 {
	bytes := rows[4*i*dim : 4*(i+1)*dim]
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(bytes))), dim)
}

func hamming(a, b []byte) int {
	n := 0
	for len(a) >= 8 && len(b) >= 8 {
		n += bits.OnesCount64(binary.NativeEndian.Uint64(a) ^ binary.NativeEndian.Uint64(b))
		a, b = a[8:], b[8:]
	}
	for i := range a {
		n += bits.OnesCount8(a[i] ^ b[i])
	}
	return n
}

func add(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func sub(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func mul(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func scale(dst, a []float32, by float32) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * by
	}
}

// float16 shifts exponent and fraction into float32's places and multiplies by the ratio of the exponents' biases, which
// is exact and makes half precision's subnormal numbers normal. Infinity and NaN come out too low by the same ratio, and
// are set right.
func float16(dst []float32, src []byte) {
	src = src[:2*len(dst)]
	for i := range dst {
		half := uint32(binary.LittleEndian.Uint16(src[2*i:]))
		rest := half & 0x7fff
		x := math.Float32bits(math.Float32frombits(rest<<13) * 0x1p112)
		if rest >= 0x7c00 {
			x |= 0xff << 23
		}
		dst[i] = math.Float32frombits(x | half>>15<<31)
	}
}
