package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var regressionAggregates = []Aggregate{
	pairAggregate("covar_pop", "The population covariance of the pairs without a NULL; NULL if there are none.",
		"(SELECT covar_pop(y, x) FROM (VALUES (1, 1), (3, 5)) AS t(y, x)) = 2",
		func(m pairMoments) (float64, error) { return quotient(m.xy, m.count) }),
	pairAggregate("covar_samp", "The sample covariance of the pairs without a NULL; NULL if there are fewer than two.",
		"(SELECT covar_samp(y, x) FROM (VALUES (1, 1), (3, 5)) AS t(y, x)) = 4",
		func(m pairMoments) (float64, error) { return quotient(m.xy, m.count-1) }),
	pairAggregate("corr", "Pearson's correlation of the pairs without a NULL; NULL if there are none, or if y or x is always the same.",
		"(SELECT corr(y, x) FROM (VALUES (1, 2), (2, 4), (3, 6)) AS t(y, x)) = 1",
		func(m pairMoments) (float64, error) { return quotient(m.xy, math.Sqrt(m.x.squares*m.y.squares)) }),
	pairAggregate("regr_avgx", "The mean of x over the pairs without a NULL; NULL if there are none.",
		"(SELECT regr_avgx(y, x) FROM (VALUES (1, 1), (3, 5), (NULL, 9)) AS t(y, x)) = 3",
		func(m pairMoments) (float64, error) { return valueIf(m.count > 0, m.x.mean) }),
	pairAggregate("regr_avgy", "The mean of y over the pairs without a NULL; NULL if there are none.",
		"(SELECT regr_avgy(y, x) FROM (VALUES (1, 1), (3, 5), (7, NULL)) AS t(y, x)) = 2",
		func(m pairMoments) (float64, error) { return valueIf(m.count > 0, m.y.mean) }),
	pairAggregate("regr_intercept", "Where the line of least squares through the pairs (x, y) meets x = 0; NULL if x is always the same.",
		"(SELECT regr_intercept(y, x) FROM (VALUES (3, 1), (5, 2), (7, 3)) AS t(y, x)) = 1",
		func(m pairMoments) (float64, error) {
			slope, err := quotient(m.xy, m.x.squares)
			return m.y.mean - slope*m.x.mean, err
		}),
	pairAggregate("regr_r2", "The square of the correlation of the pairs without a NULL; 1 if y is always the same, NULL if x is.",
		"(SELECT regr_r2(y, x) FROM (VALUES (3, 1), (5, 2), (7, 3)) AS t(y, x)) = 1",
		func(m pairMoments) (float64, error) {
			if m.count > 0 && m.x.squares != 0 && m.y.squares == 0 {
				return 1, nil
			}
			return quotient(m.xy*m.xy, m.x.squares*m.y.squares)
		}),
	pairAggregate("regr_slope", "The slope of the line of least squares through the pairs (x, y); NULL if x is always the same.",
		"(SELECT regr_slope(y, x) FROM (VALUES (3, 1), (5, 2), (7, 3)) AS t(y, x)) = 2",
		func(m pairMoments) (float64, error) { return quotient(m.xy, m.x.squares) }),
	pairAggregate("regr_sxx", "The sum of the squared distances of x from its mean, over the pairs without a NULL; NULL if there are none.",
		"(SELECT regr_sxx(y, x) FROM (VALUES (1, 1), (3, 5)) AS t(y, x)) = 8",
		func(m pairMoments) (float64, error) { return valueIf(m.count > 0, m.x.squares) }),
	pairAggregate("regr_sxy", "The sum of the products of the distances of y and x from their means, over the pairs without a NULL; NULL if there are none.",
		"(SELECT regr_sxy(y, x) FROM (VALUES (1, 1), (3, 5)) AS t(y, x)) = 4",
		func(m pairMoments) (float64, error) { return valueIf(m.count > 0, m.xy) }),
	pairAggregate("regr_syy", "The sum of the squared distances of y from its mean, over the pairs without a NULL; NULL if there are none.",
		"(SELECT regr_syy(y, x) FROM (VALUES (1, 1), (3, 5)) AS t(y, x)) = 2",
		func(m pairMoments) (float64, error) { return valueIf(m.count > 0, m.y.squares) }),
	{
		Name: "regr_count", Args: []string{"y", "x"},
		Doc:     "The number of pairs without a NULL.",
		Example: "(SELECT regr_count(y, x) FROM (VALUES (1, 1), (NULL, 2)) AS t(y, x)) = 1",
		Impls: []AggregateImpl{{In: []Type{float8, float8}, Out: returns(int8Type), New: func(mem memory.Allocator, _ []arrow.DataType, _ arrow.DataType) Accumulator {
			return &regression[int64]{mem: mem, out: int8Type, finish: func(m pairMoments) (int64, error) { return int64(m.count), nil }}
		}}},
	},
}

// pairAggregate is an aggregate of pairs (y, x), in the order of PostgreSQL's arguments.
func pairAggregate(name, doc, example string, finish func(pairMoments) (float64, error)) Aggregate {
	return Aggregate{Name: name, Args: []string{"y", "x"}, Doc: doc, Example: example,
		Impls: []AggregateImpl{{In: []Type{float8, float8}, Out: returns(float8Type), New: func(mem memory.Allocator, _ []arrow.DataType, _ arrow.DataType) Accumulator {
			return &regression[float64]{mem: mem, out: float8Type, finish: finish}
		}}}}
}

// quotient is NULL where there is nothing to divide by.
func quotient(a, b float64) (float64, error) {
	if b <= 0 {
		return 0, errNull
	}
	return a / b, nil
}

func valueIf(is bool, v float64) (float64, error) {
	if !is {
		return 0, errNull
	}
	return v, nil
}

// A regression is the accumulator of covariances and of lines of least squares, by the updates of Youngs and Cramer ("Some
// Results Relevant to Choice of Sum and Sum-of-Product Algorithms", 1971), merged after Chan.
type regression[T int64 | float64] struct {
	mem    memory.Allocator
	out    arrow.DataType
	finish func(pairMoments) (T, error)
	states []pairMoments
}

// pairMoments are those of pairs: xy is the sum of the products of the distances from the two means. The count is kept once
// more than needed, in x and in y, so that moments merge on their own.
type pairMoments struct {
	count float64
	x, y  moments
	xy    float64
}

func (s *regression[T]) Grow(n int) { s.states = grown(s.states, n) }

func (s *regression[T]) Add(groups []uint32, args []Arg) error {
	if allNullArg(args[0]) || allNullArg(args[1]) {
		return nil
	}
	ys, xs := columnOf[float64](args[0]), columnOf[float64](args[1])
	for i, g := range groups {
		if !isNullAt(args[0], i) && !isNullAt(args[1], i) {
			s.states[g].add(xs.at(i), ys.at(i))
		}
	}
	return nil
}

func (m *pairMoments) add(x, y float64) {
	m.count++
	dx, dy := x-m.x.mean, y-m.y.mean
	m.x.mean += dx / m.count
	m.y.mean += dy / m.count
	m.x.squares += dx * (x - m.x.mean)
	m.y.squares += dy * (y - m.y.mean)
	m.xy += dx * (y - m.y.mean)
	m.x.count, m.y.count = m.count, m.count
}

func (s *regression[T]) Merge(other Accumulator, groups []uint32) error {
	return s.Combine(other, nil, groups)
}

func (s *regression[T]) Combine(other Accumulator, from, to []uint32) error {
	states := other.(*regression[T]).states
	for k, g := range to {
		s.states[g].merge(states[chosen(from, k)])
	}
	return nil
}

func (m *pairMoments) merge(o pairMoments) {
	if m.count > 0 && o.count > 0 {
		m.xy += o.xy + (o.x.mean-m.x.mean)*(o.y.mean-m.y.mean)*m.count*o.count/(m.count+o.count)
	} else {
		m.xy += o.xy
	}
	m.count += o.count
	m.x.merge(o.x)
	m.y.merge(o.y)
}

func (s *regression[T]) Result() (arrow.Array, error) {
	return fixedResult(s.mem, s.out, len(s.states), func(g int) (T, error) { return s.finish(s.states[g]) })
}

func (s *regression[T]) Bytes() int64 { return bytesOf(s.states) }
func (s *regression[T]) Release()     { s.states = nil }
