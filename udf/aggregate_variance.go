package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A variance is the accumulator of variances and standard deviations, after Welford; variances merge after Chan. Neither
// subtracts large sums from each other.
type variance struct {
	mem    memory.Allocator
	finish func(moments) (float64, error)
	states []moments
	dense  dense[float64]
}

// A moments is a count, the mean and the sum of the squared distances from it.
type moments struct{ count, mean, squares float64 }

func newVariance(finish func(moments) (float64, error)) func(memory.Allocator, []arrow.DataType, arrow.DataType) Accumulator {
	return func(mem memory.Allocator, _ []arrow.DataType, _ arrow.DataType) Accumulator {
		return &variance{mem: mem, finish: finish}
	}
}

func varianceOfSample(m moments) (float64, error) {
	if m.count < 2 {
		return 0, errNull
	}
	return m.squares / (m.count - 1), nil
}

func varianceOfAll(m moments) (float64, error) {
	if m.count < 1 {
		return 0, errNull
	}
	return m.squares / m.count, nil
}

func rootOf(of func(moments) (float64, error)) func(moments) (float64, error) {
	return func(m moments) (float64, error) {
		v, err := of(m)
		return math.Sqrt(v), err
	}
}

func (s *variance) Grow(n int) { s.states = grown(s.states, n) }

func (s *variance) Add(groups []uint32, args []Arg) error {
	groups, values := s.dense.rows(groups, args[0], columnOf[float64](args[0]))
	if len(s.states) == 1 {
		s.states[0].merge(momentsOf(values))
		return nil
	}
	for i, v := range values {
		m := &s.states[groups[i]]
		m.count++
		delta := v - m.mean
		m.mean += delta / m.count
		m.squares += delta * (v - m.mean)
	}
	return nil
}

func (s *variance) Merge(other Accumulator, groups []uint32) error {
	return s.Combine(other, nil, groups)
}

func (s *variance) Combine(other Accumulator, from, to []uint32) error {
	states := other.(*variance).states
	for k, g := range to {
		s.states[g].merge(states[chosen(from, k)])
	}
	return nil
}

func (m *moments) merge(o moments) {
	switch {
	case o.count == 0:
	case m.count == 0:
		*m = o
	default:
		delta, count := o.mean-m.mean, m.count+o.count
		m.squares += o.squares + delta*delta*m.count*o.count/count
		m.mean += delta * o.count / count
		m.count = count
	}
}

// momentsOf goes over a batch twice, which is faster than a division a row.
func momentsOf(values []float64) moments {
	var total floatTotal
	sumLanes(&total, values)
	m := moments{count: float64(len(values))}
	if len(values) == 0 {
		return m
	}
	m.mean = total.total() / m.count
	var lanes [4]float64
	for i, v := range values {
		lanes[i&3] += (v - m.mean) * (v - m.mean)
	}
	m.squares = lanes[0] + lanes[1] + lanes[2] + lanes[3]
	return m
}

func (s *variance) Result() (arrow.Array, error) {
	return fixedResult(s.mem, float8Type, len(s.states), func(g int) (float64, error) { return s.finish(s.states[g]) })
}

func (s *variance) Bytes() int64 { return bytesOf(s.states) }
func (s *variance) Release()     { s.states = nil }
