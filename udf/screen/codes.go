package screen

import (
	"math"
	"unsafe"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// Codes stand for the vectors of rows 0 to Rows-1 of a file. They may be read by many once they are encoded.
type Codes struct {
	dim    int
	stride int       // bytes of a row's code: dim, rounded up
	codes  []byte    // 128 more than the numbers that they stand for
	bounds []factors // of each row
}

// factors are what a row's code lacks to bound an inner product.
type factors struct {
	scale, residual, norm float32
}

const factorBytes = int(unsafe.Sizeof(factors{}))

const (
	levels  = 127 // codes go from -levels to levels
	bias    = 128
	minNorm = 0x1p-40
	maxNorm = 0x1p40
)

// Screens says whether there are codes for vectors of so many elements.
func Screens(dim int) bool { return dim > 0 && dim <= simd.MostBytes }

func strideOf(dim int) int { return (dim + 63) &^ 63 }

// Bytes is the memory that codes take.
func Bytes(rows, dim int) int { return rows * (strideOf(dim) + factorBytes) }

// New makes codes in memory of Bytes(rows, dim) bytes, at an address that is a multiple of four. Screens(dim) holds.
func New(memory []byte, rows, dim int) *Codes {
	c := &Codes{dim: dim, stride: strideOf(dim)}
	end := rows * c.stride
	c.codes = memory[:end:end]
	if rows > 0 {
		c.bounds = unsafe.Slice((*factors)(unsafe.Pointer(&memory[end])), rows)
	}
	return c
}

// Rows is the number of rows.
func (c *Codes) Rows() int { return len(c.bounds) }

// Dim is the number of elements of their vectors.
func (c *Codes) Dim() int { return c.dim }

// Encode codes a row's vector, which has Dim elements.
func (c *Codes) Encode(row int, vector []float32) {
	code := c.codes[row*c.stride:][:c.dim]
	scale, residuals, squares := simd.Quantize(code, vector)
	norm := math.Sqrt(float64(squares))
	if !(norm >= minNorm && norm <= maxNorm) {
		clear(code)
		c.bounds[row] = factors{residual: float32(math.Inf(1))}
		return
	}
	c.bounds[row] = factors{scale: scale, residual: roundedUp(math.Sqrt(float64(residuals)), norm, c.dim), norm: float32(norm)}
}

// roundedUp is a residual in float32 that is no less than the true one. It was computed in float32: of n elements, each after a
// product that was rounded. Squares that float32 has no room for add less than 2^-66, and the norm is at least 2^-40.
func roundedUp(residual, norm float64, n int) float32 {
	return float32(residual*(1+float64(n+16)*0x1p-24) + norm*0x1p-22)
}
