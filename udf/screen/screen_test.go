package screen_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/screen"
)

// orders are the metrics that are screened.
var orders = []struct {
	metric     string
	descending bool
}{
	{"l2_distance", false},
	{"cosine_distance", false},
	{"negative_inner_product", false},
	{"inner_product", true},
	{"cosine_similarity", true},
}

// kinds of vectors are made from random numbers and from the vector before.
var kinds = map[string]func(r *rand.Rand, last, v []float32){
	"normal": func(r *rand.Rand, _, v []float32) {
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
	},
	"unit": func(r *rand.Rand, _, v []float32) {
		norm := 0.0
		for i := range v {
			v[i] = float32(r.NormFloat64())
			norm += float64(v[i]) * float64(v[i])
		}
		for i := range v {
			v[i] /= float32(math.Sqrt(norm))
		}
	},
	"heavy tails": func(r *rand.Rand, _, v []float32) {
		for i := range v {
			v[i] = float32(math.Exp(6*r.NormFloat64())) * float32(1-2*r.IntN(2))
		}
	},
	"all magnitudes": func(r *rand.Rand, _, v []float32) {
		for i := range v {
			v[i] = math.Float32frombits(r.Uint32() &^ (1 << 30)) // below 2, down to subnormal ones
		}
	},
	"large": func(r *rand.Rand, _, v []float32) {
		for i := range v {
			v[i] = float32(r.NormFloat64()) * 0x1p34
		}
	},
	"tiny": func(r *rand.Rand, _, v []float32) {
		for i := range v {
			v[i] = float32(r.NormFloat64()) * 0x1p-38
		}
	},
	"subnormal": func(r *rand.Rand, _, v []float32) {
		for i := range v {
			v[i] = math.Float32frombits(r.Uint32() >> 10)
		}
	},
	"whole numbers": func(r *rand.Rand, _, v []float32) {
		for i := range v {
			v[i] = float32(r.IntN(5) - 2)
		}
	},
	"one element":         func(r *rand.Rand, _, v []float32) { v[r.IntN(len(v))] = float32(r.NormFloat64()) },
	"zero":                func(*rand.Rand, []float32, []float32) {},
	"as before":           func(_ *rand.Rand, last, v []float32) { copy(v, last) },
	"next to that before": func(r *rand.Rand, last, v []float32) { nextTo(r, last, v) },
	"opposite to that before": func(_ *rand.Rand, last, v []float32) {
		for i, x := range last {
			v[i] = -x
		}
	},
	"infinite": func(r *rand.Rand, _, v []float32) { v[r.IntN(len(v))] = float32(math.Inf(1)) },
	"NaN":      func(r *rand.Rand, _, v []float32) { v[r.IntN(len(v))] = float32(math.NaN()) },
}

func nextTo(r *rand.Rand, last, v []float32) {
	copy(v, last)
	i := r.IntN(len(v))
	v[i] = math.Nextafter32(v[i], 2)
}

// vectors makes rows, each of some kind and most of the first one.
func vectors(r *rand.Rand, names []string, rows, dim int) [][]float32 {
	all := make([][]float32, rows)
	last := make([]float32, dim)
	most := names[r.IntN(len(names))]
	for i := range all {
		name := most
		if r.IntN(3) == 0 {
			name = names[r.IntN(len(names))]
		}
		all[i] = make([]float32, dim)
		kinds[name](r, last, all[i])
		last = all[i]
	}
	return all
}

func coded(vectors [][]float32) *screen.Codes {
	rows, dim := len(vectors), len(vectors[0])
	c := screen.New(make([]byte, screen.Bytes(rows, dim)), rows, dim)
	for i, v := range vectors {
		c.Encode(i, v)
	}
	return c
}

// distances are the values of the metric, negated where it ranks in descending order.
func distances(metric string, descending bool, query []float32, vectors [][]float32) []float64 {
	m, _ := udf.MetricNamed(metric)
	pointers, out := make([]unsafe.Pointer, len(vectors)), make([]float64, len(vectors))
	for i, v := range vectors {
		pointers[i] = unsafe.Pointer(&v[0])
	}
	m.From(query).Gather(pointers, out)
	if descending {
		for i := range out {
			out[i] = -out[i]
		}
	}
	return out
}

// TestNoRowIsLost: a row is kept whose computed distance is just the limit, and any that is not above it, NaN included.
func TestNoRowIsLost(t *testing.T) {
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	r := rand.New(rand.NewPCG(1, 2))
	screened := map[string]int{}
	for range 300 {
		rows, dim := 1+r.IntN(600), 1+r.IntN(130)
		all := vectors(r, names, rows+1, dim)
		query, rest := all[rows], all[:rows]
		if r.IntN(3) == 0 {
			query = rest[r.IntN(rows)]
		}
		codes := coded(rest)
		for _, o := range orders {
			q := screen.NewQuery(o.metric, o.descending, query)
			if q == nil {
				continue
			}
			far := distances(o.metric, o.descending, query, rest)
			for range 40 {
				limit := far[r.IntN(rows)]
				if limit != limit {
					limit = math.Inf(1)
				}
				from := r.IntN(rows)
				kept := q.Among(codes, from, rows, limit, nil)
				screened[o.metric] += rows - from - len(kept)
				for i := from; i < rows; i++ {
					if !(far[i] > limit) && !slices.Contains(kept, uint32(i)) {
						t.Fatalf("%s: row %d of %d at %g is lost at limit %g\nquery %v\nrow   %v", o.metric, i, rows, far[i], limit, query, rest[i])
					}
				}
			}
		}
	}
	for _, o := range orders {
		if screened[o.metric] < 1000 {
			t.Errorf("%s: only %d rows were screened off", o.metric, screened[o.metric])
		}
	}
}

// TestTogether holds a group to each of its queries alone.
func TestTogether(t *testing.T) {
	names := []string{"normal", "unit", "heavy tails"}
	r := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		rows, dim := 1+r.IntN(600), 1+r.IntN(130)
		all := vectors(r, names, rows+screen.Together, dim)
		codes := coded(all[:rows])
		for _, o := range orders {
			var queries [screen.Together]*screen.Query
			var limits [screen.Together]float64
			for i := range queries {
				queries[i] = screen.NewQuery(o.metric, o.descending, all[rows+i])
				limits[i] = distances(o.metric, o.descending, all[rows+i], all[:rows])[r.IntN(rows)]
			}
			if slices.Contains(queries[:], nil) {
				continue
			}
			from := r.IntN(rows)
			var together [screen.Together][]uint32
			screen.NewGroup(queries).Among(codes, from, rows, &limits, &together)
			for i, q := range queries {
				if alone := q.Among(codes, from, rows, limits[i], nil); !slices.Equal(alone, together[i]) {
					t.Fatalf("%s: rows %v are left together, %v alone", o.metric, together[i], alone)
				}
			}
		}
	}
}

// TestFewRowsAreLeft of vectors as models make them.
func TestFewRowsAreLeft(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const rows, dim, k = 20_000, 384, 10
	all := vectors(r, []string{"unit"}, rows+1, dim)
	query, rest := all[rows], all[:rows]
	codes := coded(rest)
	for _, o := range orders {
		sorted := distances(o.metric, o.descending, query, rest)
		slices.Sort(sorted)
		kept := screen.NewQuery(o.metric, o.descending, query).Among(codes, 0, rows, sorted[k-1], nil)
		if len(kept) > 20*k {
			t.Errorf("%s: %d rows are left for %d", o.metric, len(kept), k)
		}
	}
}

func TestNotScreened(t *testing.T) {
	zero, ones := make([]float32, 3), []float32{1, 1, 1}
	for _, c := range []struct {
		metric     string
		descending bool
		query      []float32
	}{
		{"l1_distance", false, ones},
		{"l2_distance", true, ones},
		{"inner_product", false, ones},
		{"l2_distance", false, zero},
		{"l2_distance", false, []float32{float32(math.NaN())}},
		{"l2_distance", false, []float32{float32(math.Inf(-1))}},
		{"l2_distance", false, []float32{0x1p-60}},
		{"l2_distance", false, []float32{0x1p60}},
		{"l2_distance", false, nil},
		{"l2_distance", false, make([]float32, 1<<16+1)},
	} {
		if screen.NewQuery(c.metric, c.descending, c.query) != nil {
			t.Errorf("%s %v of %d elements is screened", c.metric, c.descending, len(c.query))
		}
	}
}

func BenchmarkAmong(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const rows, dim = 100_000, 384
	all := vectors(r, []string{"unit"}, rows, dim)
	codes := coded(all)
	into := make([]uint32, 0, rows)
	for _, o := range orders[:3] {
		q := screen.NewQuery(o.metric, o.descending, all[0])
		far := distances(o.metric, o.descending, all[0], all)
		slices.Sort(far)
		b.Run(o.metric, func(b *testing.B) {
			for b.Loop() {
				into = q.Among(codes, 0, rows, far[9], into[:0])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			b.ReportMetric(float64(len(into)), "rows")
		})
	}
	b.Run("cached", func(b *testing.B) {
		q := screen.NewQuery("cosine_distance", false, all[0])
		for b.Loop() {
			into = q.Among(codes, 0, 256, 0.1, into[:0])
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/row")
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			for i := range 1000 {
				codes.Encode(i, all[i])
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/row")
	})
}
