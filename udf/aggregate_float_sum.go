package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A floatSum sums in double precision after Neumaier: what each addition loses is added up apart.
type floatSum[T float] struct {
	mem      memory.Allocator
	out      arrow.DataType
	isMean   bool
	of       *floatSum[T] // whose states these are, if not its own
	infinite bool         // a value was not finite, so the sum may not be
	states   []floatTotal
	dense    dense[T]
}

type floatTotal struct {
	sum, lost float64
	count     int64
}

// nothing is what values are added to: -0, which leaves even -0 as it is, where 0 would not.
var nothing = floatTotal{sum: math.Copysign(0, -1)}

func newFloatSum[T float](mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &floatSum[T]{mem: mem, out: out}
}

func newFloatMean[T float](mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &floatSum[T]{mem: mem, out: out, isMean: true}
}

func (s *floatSum[T]) Grow(n int) {
	had := len(s.states)
	s.states = grown(s.states, n)
	for g := had; g < len(s.states); g++ {
		s.states[g] = nothing
	}
}

func (s *floatSum[T]) Add(groups []uint32, args []Arg) error {
	groups, values := s.dense.rows(groups, args[0], columnOf[T](args[0]))
	var special T // NaN once a value is not finite
	if len(s.states) == 1 {
		special = sumLanes(&s.states[0], values)
	} else {
		for i, v := range values {
			special += v - v
			state := &s.states[groups[i]]
			state.add(float64(v))
			state.count++
		}
	}
	s.infinite = s.infinite || special != 0
	return nil
}

// sumLanes adds values to a total, in four lanes, because each addition in a lane waits for the one before. It answers
// NaN if a value is not finite.
func sumLanes[T float](t *floatTotal, values []T) (special T) {
	t.count += int64(len(values))
	s0, s1, s2, s3 := nothing.sum, nothing.sum, nothing.sum, nothing.sum
	var l0, l1, l2, l3 float64 // in registers, as elements of an array are not
	rest := values
	for ; len(rest) >= 4; rest = rest[4:] {
		s0, l0 = sumLosing(s0, l0, float64(rest[0]))
		s1, l1 = sumLosing(s1, l1, float64(rest[1]))
		s2, l2 = sumLosing(s2, l2, float64(rest[2]))
		s3, l3 = sumLosing(s3, l3, float64(rest[3]))
	}
	for _, v := range rest {
		t.add(float64(v))
	}
	for _, sum := range [4]float64{s0, s1, s2, s3} {
		t.add(sum)
	}
	t.lost += l0 + l1 + l2 + l3
	if t.sum-t.sum == 0 {
		return 0
	}
	for _, v := range values {
		special += v - v
	}
	return special
}

func (t *floatTotal) add(v float64) { t.sum, t.lost = sumLosing(t.sum, t.lost, v) }

// sumLosing adds v to sum, and what that loses to lost: what of v is not in the new sum and what of the old one is not, after
// Knuth, which unlike a comparison of the two costs no branch.
func sumLosing(sum, lost, v float64) (float64, float64) {
	total := sum + v
	of := total - sum
	return total, lost + ((sum - (total - of)) + (v - of))
}

// total is the sum, of which the losses mean nothing once it is infinite or NaN. Without any it may be -0.
func (t *floatTotal) total() float64 {
	if t.sum-t.sum != 0 || t.lost == 0 {
		return t.sum
	}
	return t.sum + t.lost
}

func (s *floatSum[T]) Merge(other Accumulator, groups []uint32) error {
	return s.Combine(other, nil, groups)
}

func (s *floatSum[T]) Combine(other Accumulator, from, to []uint32) error {
	o := other.(*floatSum[T])
	s.infinite = s.infinite || o.infinite
	for k, g := range to {
		part, sum := &o.states[chosen(from, k)], &s.states[g]
		sum.add(part.sum)
		sum.lost += part.lost
		sum.count += part.count
	}
	return nil
}

// Share shares the states of sums and means of the same values.
func (s *floatSum[T]) Share(other Accumulator) bool {
	s.of, _ = other.(*floatSum[T])
	return s.of != nil
}

func (s *floatSum[T]) Result() (arrow.Array, error) {
	from := s
	if s.of != nil {
		from = s.of
	}
	value := func(g int) (float64, error) {
		state := &from.states[g]
		if state.count == 0 {
			return 0, errNull
		}
		v := state.total()
		if math.IsInf(v, 0) && !from.infinite {
			return 0, errOverflow()
		}
		if s.isMean {
			v = v/float64(state.count) + 0 // PostgreSQL's averages begin with 0
		}
		return v, nil
	}
	if s.out.ID() == arrow.FLOAT64 {
		return fixedResult(s.mem, s.out, len(from.states), value)
	}
	return fixedResult(s.mem, s.out, len(from.states), func(g int) (float32, error) {
		v, err := value(g)
		if err != nil {
			return 0, err
		}
		if f := float32(v); !math.IsInf(float64(f), 0) || math.IsInf(v, 0) {
			return f, nil
		}
		return 0, errOverflow()
	})
}

func (s *floatSum[T]) Bytes() int64 { return bytesOf(s.states) }
func (s *floatSum[T]) Release()     { s.states = nil }
