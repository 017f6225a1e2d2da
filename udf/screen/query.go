package screen

import (
	"math"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A Query screens rows by their codes. It is used by one goroutine at a time.
type Query struct {
	kind     kind
	code     []int8
	bias     int32   // what the codes' bias adds to products
	scale    float64 // t
	residual float64 // R
	norm     float64 // Q
	slack    float64

	products [maxRows]int32
}

// maxRows is how many rows a query screens at once: their products stay in the fastest cache.
const maxRows = 256

// A kind is how limits are made ones of inner products.
type kind int

const (
	byProduct kind = iota
	byCosineDistance
	bySimilarity
	byDistance
)

// kinds are the metrics that are screened, in the order in which their nearest rows come first.
var kinds = map[order]kind{
	{"negative_inner_product", false}: byProduct,
	{"inner_product", true}:           byProduct,
	{"cosine_distance", false}:        byCosineDistance,
	{"cosine_similarity", true}:       bySimilarity,
	{"l2_distance", false}:            byDistance,
}

type order struct {
	metric     string
	descending bool
}

// NewQuery prepares a query for rows in the order of a metric, by its canonical name. It is nil if such rows are not screened, or
// not for this vector.
func NewQuery(metric string, descending bool, vector []float32) *Query {
	kind, ok := kinds[order{metric, descending}]
	if !ok || !Screens(len(vector)) {
		return nil
	}
	q := &Query{kind: kind, code: make([]int8, strideOf(len(vector))), slack: 8 * float64(len(vector)+16) * 0x1p-24}
	largest, squares := 0.0, 0.0
	for _, x := range vector {
		largest = max(largest, math.Abs(float64(x)))
		squares += float64(x) * float64(x)
	}
	q.norm = math.Sqrt(squares)
	if !(q.norm >= minNorm && q.norm <= maxNorm) {
		return nil
	}
	q.scale = largest / levels
	residuals, sum := 0.0, 0
	for i, x := range vector {
		n := math.RoundToEven(float64(x) / q.scale)
		q.code[i] = int8(n)
		sum += int(n)
		r := float64(x) - q.scale*n
		residuals += r * r
	}
	q.bias = int32(bias * sum)
	q.residual = float64(roundedUp(math.Sqrt(residuals), q.norm, len(vector)))
	return q
}

// Among appends those of the rows [from, to) of codes to into that may not be beyond a limit: all rows but some whose distance is
// certainly above it. For a metric that ranks in descending order the distance is what it gives, negated. The codes are of
// vectors as long as the query's.
func (q *Query) Among(c *Codes, from, to int, limit float64, into []uint32) []uint32 {
	t := q.thresholdOf(limit)
	for ; from < to; from += maxRows {
		n := min(to-from, maxRows)
		products := q.products[:n]
		simd.DotBytes(q.code, c.codes[from*c.stride:(from+n)*c.stride], products)
		into = q.within(c.bounds[from:from+n], products, &t, from, into)
	}
	return into
}

// within appends the rows, the first of which is from, that the products of their codes do not show to be beyond a threshold.
func (q *Query) within(rows []factors, products []int32, t *threshold, from int, into []uint32) []uint32 {
	products = products[:len(rows)]
	for i := range rows {
		f := &rows[i]
		x := float64(f.norm)
		bound := float64(f.scale)*(t.scale*float64(products[i]-q.bias)) + float64(f.residual)*t.residual + x*(t.norm-x*t.square)
		if !(bound < t.below) { // NaN is not
			into = append(into, uint32(from+i))
		}
	}
	return into
}

// A threshold is what a query and a limit contribute to the comparison.
type threshold struct {
	scale, residual, norm, square, below float64
}

func (q *Query) thresholdOf(limit float64) threshold {
	t := threshold{scale: q.scale, residual: q.norm + q.residual}
	switch q.kind {
	case byProduct:
		t.norm, t.below = q.residual+q.slack*q.norm, -limit
	case byCosineDistance:
		t.norm = q.residual - (1-limit-q.slack)*q.norm
	case bySimilarity:
		t.norm = q.residual - (-limit-q.slack)*q.norm
	case byDistance:
		t.norm, t.square = q.residual, (1-q.slack)/2
		t.below = (q.norm*q.norm*(1-q.slack) - limit*limit*(1+q.slack)) / 2
	}
	return t
}
