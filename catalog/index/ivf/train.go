package ivf

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A Config is what an index is asked to be.
type Config struct {
	Metric  string // l2_distance, cosine_distance or negative_inner_product
	Dim     int
	Lists   int    // 0 to choose from Rows
	Bits    int    // of code for a dimension, up to 8; 0 for 1
	Seed    uint64 // equal seeds give equal indexes
	Workers int    // goroutines; 0 for one
	Rows    int64  // that the index will have
}

// ListsFor is the number of lists for so many rows: four times the square root, and fewer where lists would have less than
// four blocks of codes.
func ListsFor(rows int64) int {
	lists := min(4*math.Sqrt(float64(rows)), float64(rows)/64)
	return int(min(max(lists, 1), maxLists))
}

// SampleFor is the number of vectors to train on.
func SampleFor(lists int) int { return max(64*lists, 4096) }

// Train finds the lists' centroids from a sample of the vectors, which it overwrites. watch is told of
// progress, by several goroutines; it may be nil.
func Train(ctx context.Context, cfg Config, sample []float32, watch func(done, all int64)) (*Quantizer, error) {
	kind, ok := metricKinds[cfg.Metric]
	if !ok || cfg.Dim < 1 || cfg.Dim > maxDim {
		return nil, errMetric(cfg.Metric, cfg.Dim)
	}
	if cfg.Lists < 0 || cfg.Lists > maxLists {
		return nil, fmt.Errorf("vector index: %d lists", cfg.Lists)
	}
	if cfg.Bits == 0 {
		cfg.Bits = 1
	}
	if cfg.Bits < 1 || cfg.Bits > maxBits {
		return nil, fmt.Errorf("vector index: codes of %d bits", cfg.Bits)
	}
	if cfg.Lists == 0 {
		cfg.Lists = ListsFor(cfg.Rows)
	}
	if watch == nil {
		watch = func(int64, int64) {}
	}
	t := &training{
		Config: cfg,
		watch:  watch,
		random: rand.New(rand.NewPCG(cfg.Seed, 0x747261696e)),
		space:  space{kind: kind, dim: cfg.Dim, dims: dimsFor(cfg.Dim), mean: make([]float32, cfg.Dim)},
	}
	t.rotation = newRotation(t.dims, cfg.Seed)
	t.enter(sample)
	centroids, err := t.centroids(ctx)
	if err != nil {
		return nil, err
	}
	return newQuantizer(cfg, kind, t.mean, centroids)
}

type training struct {
	Config
	space
	watch  func(done, all int64) // of three thirds: cells, lists in them, lists once more
	done   atomic.Int64
	random *rand.Rand
	points []float32 // in the space
}

// enter brings the sample into the space, of which it decides the mean.
func (t *training) enter(sample []float32) {
	n := len(sample) / t.dim
	regulars := 0
	sum := make([]float64, t.dim)
	for i := range n {
		v := sample[i*t.dim : (i+1)*t.dim]
		if t.nature(v) != regular {
			continue
		}
		if t.kind == angular {
			simd.Scale(v, v, float32(1/math.Sqrt(float64(simd.Norm2(v)))))
		}
		copy(sample[regulars*t.dim:], v)
		regulars++
		for j, x := range v {
			sum[j] += float64(x)
		}
	}
	for j, x := range sum {
		if regulars > 0 {
			t.mean[j] = float32(x / float64(regulars))
		}
	}
	t.points = make([]float32, regulars*t.dims)
	_ = parallel(context.Background(), regulars, 256, t.Workers, func() func(from, to int) error {
		return func(from, to int) error {
			for i := from; i < to; i++ {
				t.enterRow(t.points[i*t.dims:(i+1)*t.dims], sample[i*t.dim:(i+1)*t.dim])
			}
			return nil
		}
	})
}

// centroids clusters in two levels: some hundred times fewer products than comparing each point to each centroid. Cells
// get lists by their numbers of points.
func (t *training) centroids(ctx context.Context) ([]float32, error) {
	n := len(t.points) / t.dims
	if n == 0 {
		return make([]float32, t.dims), nil // one list, at the mean
	}
	lists := min(t.Lists, n)
	cells := int(math.Sqrt(float64(lists)))
	if lists <= 64 {
		centers, _, err := kmeans(ctx, t.points, t.dims, lists, 12, t.Workers, t.random)
		return centers, err
	}
	coarse := t.points[:min(n, 256*cells)*t.dims]
	centers, _, err := kmeans(ctx, coarse, t.dims, cells, 10, t.Workers, t.random)
	if err != nil {
		return nil, err
	}
	nearest := make([]uint32, n)
	if err := assign(ctx, t.points, centers, t.dims, t.Workers, nearest); err != nil {
		return nil, err
	}
	members := make([][]uint32, len(centers)/t.dims)
	for i, c := range nearest {
		members[c] = append(members[c], uint32(i))
	}
	t.advance(n)
	shares := share(members, lists)
	leaves := make([][]float32, len(members))
	seeds := make([]uint64, len(members))
	for i := range seeds {
		seeds[i] = t.random.Uint64()
	}
	err = parallel(ctx, len(members), 1, t.Workers, func() func(from, to int) error {
		return func(from, to int) error {
			points := make([]float32, 0, len(members[from])*t.dims)
			for _, i := range members[from] {
				points = append(points, t.points[int(i)*t.dims:(int(i)+1)*t.dims]...)
			}
			var err error
			leaves[from], _, err = kmeans(ctx, points, t.dims, shares[from], 8, 1, rand.New(rand.NewPCG(seeds[from], 1)))
			t.advance(len(members[from]))
			return err
		}
	})
	if err != nil {
		return nil, err
	}
	return t.refine(ctx, slices.Concat(leaves...))
}

// maxRefined is the most lists whose centroids are refined, as that takes time by their square.
const maxRefined = 5000

// refine moves the centroids once more, now that each point may go to the list of another cell: for the same recall, a tenth
// fewer codes are to be scanned.
func (t *training) refine(ctx context.Context, centroids []float32) ([]float32, error) {
	if len(centroids)/t.dims > maxRefined {
		return centroids, nil
	}
	nearest := make([]uint32, len(t.points)/t.dims)
	if err := assign(ctx, t.points, centroids, t.dims, t.Workers, nearest); err != nil {
		return nil, err
	}
	average(t.points, nearest, centroids, t.dims, t.random)
	t.advance(len(nearest))
	return centroids, nil
}

// advance tells of progress.
func (t *training) advance(points int) {
	t.watch(t.done.Add(int64(points)), 3*int64(len(t.points)/t.dims))
}

// share gives cells so many lists in all, in proportion to their members and at most one a member, by Sainte-Laguë's
// method: the next list goes to the cell with the most members for each list that it would have, less a half.
func share(members [][]uint32, lists int) []int {
	shares := make([]int, len(members))
	for range lists {
		best, most := -1, -1.0
		for c, m := range members {
			if per := float64(len(m)) / (float64(shares[c]) + 0.5); per > most && shares[c] < len(m) {
				best, most = c, per
			}
		}
		if best < 0 {
			break
		}
		shares[best]++
	}
	return shares
}

func errMetric(metric string, dim int) error {
	return fmt.Errorf("vector index: cannot be built for %q of vectors of %d elements", metric, dim)
}
