package ivf

import (
	"math"

	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/simd"
)

// A space is where lists and codes live: vectors less the mean of all, padded to a multiple of 64 dimensions and rotated.
// Squared Euclidean distance there gives every metric's order:
//
//	l2_distance             its square is the distance of the vectors
//	cosine_distance         twice it is the distance of the vectors scaled to length 1
//	negative_inner_product  twice it is the distance less both squared lengths, where only rows are moved by the mean
type space struct {
	metric   *udf.Metric
	kind     metricKind
	dim      int       // of the vectors
	dims     int       // of the space
	mean     []float32 // before rotation
	rotation *rotation
}

type metricKind uint32

const (
	euclidean metricKind = iota + 1
	angular
	inner
)

var metricKinds = map[string]metricKind{
	"l2_distance":            euclidean,
	"cosine_distance":        angular,
	"negative_inner_product": inner,
}

// dimsFor is the number of dimensions of the space of vectors.
func dimsFor(dim int) int { return (dim + 63) / 64 * 64 }

// A vector whose squared length is beyond these cannot be computed with in single precision: it is measured itself, always.
const (
	tinyNorm = 1e-30
	hugeNorm = 1e30
)

// A nature tells what can be said of a vector's distances without a query.
type nature int

const (
	regular nature = iota
	odd            // not in the lists: infinite, or of a length out of range
	lost           // its distance to any query is NaN: it has a NaN element, or is zero under cosine distance
)

// nature tells what a row's vector is.
func (s *space) nature(vector []float32) nature {
	norm := simd.Norm2(vector)
	switch {
	case norm != norm && anyNaN(vector):
		return lost
	case s.kind == angular && norm == 0 && allZero(vector):
		return lost
	case !(norm <= hugeNorm) || s.kind == angular && norm < tinyNorm:
		return odd
	}
	return regular
}

// enterRow brings a row's vector, which is regular, into the space.
func (s *space) enterRow(to, vector []float32) {
	s.place(to, vector, simd.Norm2(vector), true)
}

// enterQuery brings a query into the space. It cannot if the query's distances are not to be had from there.
func (s *space) enterQuery(to, vector []float32) bool {
	norm := simd.Norm2(vector)
	if !(norm <= hugeNorm) || s.kind == angular && norm < tinyNorm {
		return false
	}
	s.place(to, vector, norm, s.kind != inner)
	return true
}

func (s *space) place(to, vector []float32, norm float32, centered bool) {
	n := copy(to, vector)
	clear(to[n:])
	if s.kind == angular {
		simd.Scale(to[:n], to[:n], float32(1/math.Sqrt(float64(norm))))
	}
	if centered {
		simd.Sub(to[:n], to[:n], s.mean)
	}
	s.rotation.turn(to)
}

// score is a metric's value as the square of a distance in the space, of which an inner product is lifted by |q|^2 + |o|^2.
// shift is twice the inner product of the query and the mean, for inner products.
func (s *space) score(distance float64, shift float32) float64 {
	switch s.kind {
	case euclidean:
		return distance * math.Abs(distance)
	case angular:
		return 2 * distance
	}
	return 2*distance + float64(shift)
}

func anyNaN(v []float32) bool {
	for _, x := range v {
		if x != x {
			return true
		}
	}
	return false
}

func allZero(v []float32) bool {
	for _, x := range v {
		if x != 0 {
			return false
		}
	}
	return true
}
