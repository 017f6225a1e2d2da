package ivf

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// kmeans finds k centers of points, at most as many as there are points, by Lloyd's iterations from random points. Centers
// that lose all points move to where a large one is.
func kmeans(ctx context.Context, points []float32, dims, k, iterations, workers int, random *rand.Rand) ([]float32, []uint32, error) {
	n := len(points) / dims
	k = min(k, n)
	if k == 0 {
		return nil, nil, nil
	}
	centers := make([]float32, k*dims)
	for i, p := range random.Perm(n)[:k] {
		copy(centers[i*dims:(i+1)*dims], points[p*dims:(p+1)*dims])
	}
	nearest := make([]uint32, n)
	for range iterations {
		if err := assign(ctx, points, centers, dims, workers, nearest); err != nil {
			return nil, nil, err
		}
		if !average(points, nearest, centers, dims, random) {
			break
		}
	}
	return centers, nearest, assign(ctx, points, centers, dims, workers, nearest)
}

// assign stores the nearest center of each point.
func assign(ctx context.Context, points, centers []float32, dims, workers int, nearest []uint32) error {
	k := len(centers) / dims
	halves := make([]float32, k) // of the centers' squared lengths
	for j := range halves {
		halves[j] = simd.Norm2(centers[j*dims:(j+1)*dims]) / 2
	}
	const block = 64
	return parallel(ctx, len(nearest), block, workers, func() func(from, to int) error {
		dots := make([]float32, block*k)
		return func(from, to int) error {
			simd.DotBlock(points[from*dims:to*dims], centers, dims, dots)
			for i := from; i < to; i++ {
				at := i - from
				nearest[i] = uint32(max(simd.MaxDifference(dots[at*k:(at+1)*k], halves), 0))
			}
			return nil
		}
	})
}

// average moves each center to the mean of its points, and centers without points next to large ones, which share their
// points with them from then on. It is false if no center moved much.
func average(points []float32, nearest []uint32, centers []float32, dims int, random *rand.Rand) bool {
	k := len(centers) / dims
	sums := make([]float32, len(centers))
	counts := make([]int, k)
	for i, c := range nearest {
		sum := sums[int(c)*dims : (int(c)+1)*dims]
		simd.Add(sum, sum, points[i*dims:(i+1)*dims])
		counts[c]++
	}
	moved, size := 0.0, 0.0
	for c, count := range counts {
		if count == 0 {
			continue
		}
		sum, center := sums[c*dims:(c+1)*dims], centers[c*dims:(c+1)*dims]
		simd.Scale(sum, sum, 1/float32(count))
		moved += float64(simd.L2Squared(sum, center)) * float64(count)
		size += float64(simd.Norm2(sum)) * float64(count)
		copy(center, sum)
	}
	for c, count := range counts {
		if count > 0 {
			continue
		}
		// A point drawn at random is in a large cluster as likely as that is large.
		copy(centers[c*dims:(c+1)*dims], points[random.IntN(len(nearest))*dims:][:dims])
		moved = math.Inf(1)
	}
	return moved > 1e-4*size
}
