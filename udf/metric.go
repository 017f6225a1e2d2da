package udf

import (
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A Metric tells how far apart or how alike two vectors are. Scalar functions and exact search compute it by the same
// kernels, so that a distance that is selected, one that is sorted by and one that a search finds are the same number:
// sums are real, as vectors are, and what follows the sum (square root, quotient) is double precision.
type Metric struct {
	Name string // the function's canonical name

	pair   func(a, b []float32) float32
	rows   func(query []float32, rows []byte, sums []float32)
	gather func(query []float32, rows []unsafe.Pointer, sums []float32)

	pairNorm   func(a, b []float32) (dot, norm float32) // these, where the metric depends on the vectors' norms
	rowsNorm   func(query []float32, rows []byte, dots, norms []float32)
	gatherNorm func(query []float32, rows []unsafe.Pointer, dots, norms []float32)

	// finish makes the metric of a sum or, with norms, of a cosine. It is nil where that is the metric.
	finish func(sum float64) float64
	// bound is what sums, or with norms their squares, are compared to in order to tell rows that are certainly beyond a
	// distance without a square root or a quotient. It leaves room for rounding. It is nil where that gains nothing.
	bound func(distance, queryNorm float64) float64
}

var metrics = []Metric{
	{Name: "l2_distance", pair: simd.L2Squared, rows: simd.L2SquaredRows, gather: simd.L2SquaredGather, finish: math.Sqrt, bound: l2Bound},
	{Name: "l1_distance", pair: simd.L1, rows: simd.L1Rows, gather: simd.L1Gather},
	{Name: "inner_product", pair: simd.Dot, rows: simd.DotRows, gather: simd.DotGather},
	{Name: "negative_inner_product", pair: simd.Dot, rows: simd.DotRows, gather: simd.DotGather, finish: negative},
	{Name: "cosine_distance", pairNorm: simd.DotNorm, rowsNorm: simd.DotNormRows, gatherNorm: simd.DotNormGather, finish: oneMinus, bound: cosineBound},
	{Name: "cosine_similarity", pairNorm: simd.DotNorm, rowsNorm: simd.DotNormRows, gatherNorm: simd.DotNormGather},
}

func negative(x float64) float64 { return 0 - x } // not -x: 0 has no sign here
func oneMinus(x float64) float64 { return 1 - x }

// l2Bound is what the sum of squares is above.
func l2Bound(distance, _ float64) float64 { return distance * distance * (1 + slack) }

// cosineBound is what the square of the inner product, with the inner product's sign, divided by the row's norm is below.
func cosineBound(distance, queryNorm float64) float64 {
	cosine := 1 - distance - slack
	bound := cosine * math.Abs(cosine) * queryNorm
	return bound - slack*math.Abs(bound)
}

// slack is far above the rounding of double precision and far below what would let many rows pass.
const slack = 0x1p-36

// MetricNamed finds a metric by the canonical name of its function.
func MetricNamed(name string) (*Metric, bool) {
	for i := range metrics {
		if metrics[i].Name == name {
			return &metrics[i], true
		}
	}
	return nil, false
}

// between is the metric of two vectors of equal length.
func (m *Metric) between(a, b []float32) float64 {
	if m.pairNorm == nil {
		return m.finished(float64(m.pair(a, b)))
	}
	dot, norm := m.pairNorm(a, b)
	return m.finished(cosine(float64(dot), float64(norm), float64(simd.Norm2(a))))
}

func (m *Metric) finished(sum float64) float64 {
	if m.finish == nil {
		return sum + 0 // -0 becomes 0
	}
	return m.finish(sum)
}

// cosine is NaN where a vector is zero: it has no direction. Rounding takes it no further than 1.
func cosine(dot, norm, queryNorm float64) float64 {
	x := dot / math.Sqrt(norm*queryNorm)
	switch {
	case x > 1:
		return 1
	case x < -1:
		return -1
	}
	return x
}

// A Measure is a metric from one vector, the query, to many. It is used by one goroutine at a time.
type Measure struct {
	metric      *Metric
	query       []float32
	norm        float64
	block       int // rows that a kernel takes at once
	sums, norms [maxBlock]float32
	rounded     []float32
}

// A block is enough rows to make the call cheap, few enough for the sums to stay in the fastest cache, and some hundred
// kilobytes: an assembly routine cannot be interrupted for the garbage collector.
const (
	maxBlock   = 256
	blockBytes = 1 << 20
)

// From prepares the metric for a query, which must not change from here on.
func (m *Metric) From(query []float32) *Measure {
	measure := new(Measure)
	measure.Reset(m, query)
	return measure
}

// Reset makes the measure one of another metric or query, as From would.
func (m *Measure) Reset(metric *Metric, query []float32) {
	m.metric, m.query = metric, query
	m.norm = float64(simd.Norm2(query))
	m.block = min(max(blockBytes/(4*len(query)+1), 1), maxBlock)
}

// Column stores the metric of the rows [from, from+len(out)) of a column of type vector(n), real[], double precision[] or
// integer[]. What it stores for NULL means nothing. Vectors of another length than the query's are an *Error 22000, an element that
// is NULL is one of 22004.
func (m *Measure) Column(column arrow.Array, from int, out []float64) error {
	return m.Within(math.Inf(1), column, from, out)
}

// Within does the same for a reader who does not look at distances above limit: it may store +Inf for such rows.
func (m *Measure) Within(limit float64, column arrow.Array, from int, out []float64) error {
	bound := m.bound(limit)
	v := vectorsOf(column)
	v.rounded = m.rounded
	end := from + len(out)
	if err := v.check(from, end); err != nil {
		return inFunction(m.metric.Name, err)
	}
	for i := v.skipNulls(from, end); i < end; i = v.skipNulls(i, end) {
		if dims := v.dims(i); dims != len(m.query) {
			return inFunction(m.metric.Name, differentDimensions(dims, len(m.query)))
		}
		rows, n := v.run(i, min(i+m.block, end))
		m.measure(rows, bound, out[i-from:i-from+n])
		i += n
	}
	m.rounded = v.rounded
	return nil
}

// bound is what sums are compared to for distances above limit.
func (m *Measure) bound(limit float64) float64 {
	if m.metric.bound == nil {
		return math.Inf(1)
	}
	return m.metric.bound(limit, m.norm)
}

// measure stores the metric of at most a block of vectors that lie one after another.
func (m *Measure) measure(rows []byte, bound float64, out []float64) {
	if m.metric.rowsNorm == nil {
		m.metric.rows(m.query, rows, m.sums[:len(out)])
	} else {
		m.metric.rowsNorm(m.query, rows, m.sums[:len(out)], m.norms[:len(out)])
	}
	m.finish(bound, out)
}

// finish stores the metric of at most a block of sums, with norms where the metric has them. No comparison holds for NaN, so
// that it is never beyond the bound.
func (m *Measure) finish(bound float64, out []float64) {
	sums := m.sums[:len(out)]
	if m.metric.rowsNorm == nil {
		switch {
		case m.metric.finish == nil:
			for i, sum := range sums {
				out[i] = float64(sum) + 0
			}
		case m.metric.bound == nil:
			for i, sum := range sums {
				out[i] = m.metric.finish(float64(sum))
			}
		default:
			for i, sum := range sums {
				if out[i] = math.Inf(1); !(float64(sum) > bound) {
					out[i] = m.metric.finish(float64(sum))
				}
			}
		}
		return
	}
	norms := m.norms[:len(out)]
	for i, sum := range sums {
		dot, norm := float64(sum), float64(norms[i])
		if out[i] = math.Inf(1); m.metric.bound == nil || !(dot*math.Abs(dot) < bound*norm) {
			out[i] = m.metric.finished(cosine(dot, norm, m.norm))
		}
	}
}
