package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// An intervalSum sums months, days and time apart.
type intervalSum struct {
	mem    memory.Allocator
	isMean bool
	states []intervalTotal
	dense  dense[arrow.MonthDayNanoInterval]
}

type intervalTotal struct{ months, days, nanos, count int64 }

func newIntervalSum(mem memory.Allocator, _ []arrow.DataType, _ arrow.DataType) Accumulator {
	return &intervalSum{mem: mem}
}

func newIntervalMean(mem memory.Allocator, _ []arrow.DataType, _ arrow.DataType) Accumulator {
	return &intervalSum{mem: mem, isMean: true}
}

func (s *intervalSum) Grow(n int) { s.states = grown(s.states, n) }

func (s *intervalSum) Add(groups []uint32, args []Arg) error {
	groups, values := s.dense.rows(groups, args[0], columnOf[arrow.MonthDayNanoInterval](args[0]))
	for i, v := range values {
		if err := s.states[groups[i]].add(intervalTotal{int64(v.Months), int64(v.Days), v.Nanoseconds, 1}); err != nil {
			return err
		}
	}
	return nil
}

func (t *intervalTotal) add(o intervalTotal) error {
	nanos := t.nanos + o.nanos
	if (t.nanos^nanos)&(o.nanos^nanos) < 0 {
		return errIntervalRange()
	}
	*t = intervalTotal{t.months + o.months, t.days + o.days, nanos, t.count + o.count}
	return nil
}

func (s *intervalSum) Merge(other Accumulator, groups []uint32) error {
	return s.Combine(other, nil, groups)
}

func (s *intervalSum) Combine(other Accumulator, from, to []uint32) error {
	states := other.(*intervalSum).states
	for k, g := range to {
		if err := s.states[g].add(states[chosen(from, k)]); err != nil {
			return err
		}
	}
	return nil
}

func (s *intervalSum) Result() (arrow.Array, error) {
	return fixedResult(s.mem, intervalType, len(s.states), func(g int) (arrow.MonthDayNanoInterval, error) {
		state := s.states[g]
		if state.count == 0 {
			return arrow.MonthDayNanoInterval{}, errNull
		}
		sum, err := makeInterval(state.months, state.days, state.nanos)
		if err != nil || !s.isMean {
			return sum, err
		}
		return scaleInterval(sum, func(part float64) float64 { return part / float64(state.count) })
	})
}

func (s *intervalSum) Bytes() int64 { return bytesOf(s.states) }
func (s *intervalSum) Release()     { s.states = nil }
