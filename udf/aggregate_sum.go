package udf

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Sums and means share their states: a mean is a sum and a count.

var sumImpls = []AggregateImpl{
	{In: []Type{int2}, Out: returns(int8Type), New: newIntSum[int16]},
	{In: []Type{int4}, Out: returns(int8Type), New: newIntSum[int32]},
	{In: []Type{int8}, Out: returns(numericType(maxPrecision, 0)), New: newBigintSum},
	{In: []Type{float4}, Out: returns(float4Type), New: newFloatSum[float32]},
	{In: []Type{float8}, Out: returns(float8Type), New: newFloatSum[float64]},
	{In: []Type{numeric}, New: newDecimalSum, Out: func(in []arrow.DataType) (arrow.DataType, error) {
		return numericType(maxPrecision, in[0].(*arrow.Decimal128Type).Scale), nil
	}},
	{In: []Type{interval}, Out: returns(intervalType), New: newIntervalSum},
}

var avgImpls = []AggregateImpl{
	{In: []Type{int2}, Out: returns(numericType(maxPrecision, freeScale)), New: newIntSum[int16]},
	{In: []Type{int4}, Out: returns(numericType(maxPrecision, freeScale)), New: newIntSum[int32]},
	{In: []Type{int8}, Out: returns(numericType(maxPrecision, freeScale)), New: newBigintMean},
	{In: []Type{float4}, Out: returns(float8Type), New: newFloatMean[float32]},
	{In: []Type{float8}, Out: returns(float8Type), New: newFloatMean[float64]},
	{In: []Type{numeric}, New: newDecimalMean, Out: func(in []arrow.DataType) (arrow.DataType, error) {
		return numericType(maxPrecision, max(freeScale, in[0].(*arrow.Decimal128Type).Scale)), nil
	}},
	{In: []Type{interval}, Out: returns(intervalType), New: newIntervalMean},
}

// An intSum sums integers of at most 32 bits: 64 bits hold the sum of four billion of them. Out is bigint for a sum,
// numeric for a mean.
type intSum[T int16 | int32] struct {
	mem    memory.Allocator
	out    arrow.DataType
	of     *intSum[T] // whose states these are, if not its own
	states []intTotal
	dense  dense[T]
}

type intTotal struct{ sum, count int64 }

func newIntSum[T int16 | int32](mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &intSum[T]{mem: mem, out: out}
}

func (s *intSum[T]) Grow(n int) { s.states = grown(s.states, n) }

func (s *intSum[T]) Add(groups []uint32, args []Arg) error {
	groups, values := s.dense.rows(groups, args[0], columnOf[T](args[0]))
	if len(s.states) == 1 {
		var sum int64
		for _, v := range values {
			sum += int64(v)
		}
		s.states[0].sum += sum
		s.states[0].count += int64(len(values))
		return nil
	}
	if len(s.states) <= fewGroups {
		sumNarrow(groups, values, func(l *lanes) {
			for g := range s.states {
				sum, count := l.of(g)
				s.states[g].sum += sum
				s.states[g].count += count
			}
		})
		return nil
	}
	for i, v := range values {
		state := &s.states[groups[i]]
		state.sum += int64(v)
		state.count++
	}
	return nil
}

func (s *intSum[T]) Merge(other Accumulator, groups []uint32) error {
	return s.Combine(other, nil, groups)
}

func (s *intSum[T]) Combine(other Accumulator, from, to []uint32) error {
	states := other.(*intSum[T]).states
	for k, g := range to {
		part := states[chosen(from, k)]
		s.states[g].sum += part.sum
		s.states[g].count += part.count
	}
	return nil
}

func (s *intSum[T]) Result() (arrow.Array, error) {
	states := s.states
	if s.of != nil {
		states = s.of.states
	}
	if s.out.ID() == arrow.DECIMAL128 {
		return decimalMeans(s.mem, s.out, 0, len(states), func(g int) (decimal128.Num, int64) {
			return decimal128.FromI64(states[g].sum), states[g].count
		})
	}
	return fixedResult(s.mem, s.out, len(states), func(g int) (int64, error) {
		if states[g].count == 0 {
			return 0, errNull
		}
		return states[g].sum, nil
	})
}

// Share shares the states of sums and means of the same values.
func (s *intSum[T]) Share(other Accumulator) bool {
	s.of, _ = other.(*intSum[T])
	return s.of != nil
}

func (s *intSum[T]) Bytes() int64 { return bytesOf(s.states) }
func (s *intSum[T]) Release()     { s.states = nil }

// decimalMeans divides sums by counts.
func decimalMeans(mem memory.Allocator, out arrow.DataType, scale int32, n int, total func(g int) (decimal128.Num, int64)) (arrow.Array, error) {
	to := out.(*arrow.Decimal128Type)
	return fixedResult(mem, out, n, func(g int) (decimal128.Num, error) {
		sum, count := total(g)
		if count == 0 {
			return sum, errNull
		}
		mean, ok := divDecimal(sum, decimal128.FromI64(count), to.Scale-scale)
		if !ok || !fits(mean, to.Precision) {
			return mean, errNumericOverflow()
		}
		return mean, nil
	})
}

// A decimalSum sums numbers of 128 bits, or of 64.
type decimalSum struct {
	mem    memory.Allocator
	out    *arrow.Decimal128Type
	scale  int32 // of the values
	isMean bool
	of     *decimalSum // whose states these are, if not its own
	states []decimalTotal
	dense  dense[decimal128.Num]
	bigint dense[int64]
}

type decimalTotal struct {
	low   uint64
	high  int64
	count int64
}

func newDecimalSum(mem memory.Allocator, in []arrow.DataType, out arrow.DataType) Accumulator {
	scale := in[0].(*arrow.Decimal128Type).Scale
	return &decimalSum{mem: mem, out: out.(*arrow.Decimal128Type), scale: scale}
}

func newBigintSum(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &decimalSum{mem: mem, out: out.(*arrow.Decimal128Type)}
}

func newDecimalMean(mem memory.Allocator, in []arrow.DataType, out arrow.DataType) Accumulator {
	scale := in[0].(*arrow.Decimal128Type).Scale
	return &decimalSum{mem: mem, out: out.(*arrow.Decimal128Type), scale: scale, isMean: true}
}

func newBigintMean(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &decimalSum{mem: mem, out: out.(*arrow.Decimal128Type), isMean: true}
}

func (s *decimalSum) Grow(n int) { s.states = grown(s.states, n) }

func (s *decimalSum) Add(groups []uint32, args []Arg) error {
	if args[0].DataType().ID() == arrow.INT64 {
		groups, values := s.bigint.rows(groups, args[0], columnOf[int64](args[0]))
		var over int64
		if len(s.states) <= fewGroups {
			done := sumNarrow(groups, values, func(l *lanes) { over |= s.addLanes(l) })
			groups, values = groups[done:], values[done:]
		}
		for i, v := range values {
			state := &s.states[groups[i]]
			var carry uint64
			state.low, carry = bits.Add64(state.low, uint64(v), 0)
			state.high += v>>63 + int64(carry)
			state.count++
		}
		return overflowOf(over)
	}
	groups, values := s.dense.rows(groups, args[0], columnOf[decimal128.Num](args[0]))
	var over int64
	if len(s.states) <= fewGroups {
		done := sumNarrowDecimals(groups, values, func(l *lanes) { over |= s.addLanes(l) })
		groups, values = groups[done:], values[done:]
	}
	for i, v := range values {
		over |= s.states[groups[i]].add(v, 1)
	}
	return overflowOf(over)
}

// addLanes answers with a negative number if a sum does not fit.
func (s *decimalSum) addLanes(l *lanes) (over int64) {
	for g := range s.states {
		sum, count := l.of(g)
		over |= s.states[g].add(decimal128.FromI64(sum), count)
	}
	return over
}

// Share shares the states of sums and means of the same values.
func (s *decimalSum) Share(other Accumulator) bool {
	s.of, _ = other.(*decimalSum)
	return s.of != nil
}

// add answers with a negative number if the sum does not fit.
func (t *decimalTotal) add(v decimal128.Num, count int64) int64 {
	low, carry := bits.Add64(t.low, v.LowBits(), 0)
	high := t.high + v.HighBits() + int64(carry)
	over := (t.high ^ high) & (v.HighBits() ^ high)
	t.low, t.high, t.count = low, high, t.count+count
	return over
}

func overflowOf(over int64) error {
	if over < 0 {
		return errNumericOverflow()
	}
	return nil
}

func (s *decimalSum) Merge(other Accumulator, groups []uint32) error {
	return s.Combine(other, nil, groups)
}

func (s *decimalSum) Combine(other Accumulator, from, to []uint32) error {
	states := other.(*decimalSum).states
	var over int64
	for k, g := range to {
		part := states[chosen(from, k)]
		over |= s.states[g].add(decimal128.New(part.high, part.low), part.count)
	}
	return overflowOf(over)
}

func (s *decimalSum) Result() (arrow.Array, error) {
	states := s.states
	if s.of != nil {
		states = s.of.states
	}
	total := func(g int) (decimal128.Num, int64) {
		return decimal128.New(states[g].high, states[g].low), states[g].count
	}
	if s.isMean {
		return decimalMeans(s.mem, s.out, s.scale, len(states), total)
	}
	return fixedResult(s.mem, s.out, len(states), func(g int) (decimal128.Num, error) {
		sum, count := total(g)
		if count == 0 {
			return sum, errNull
		}
		if !fits(sum, s.out.Precision) {
			return sum, errNumericOverflow()
		}
		return sum, nil
	})
}

func (s *decimalSum) Bytes() int64 { return bytesOf(s.states) }
func (s *decimalSum) Release()     { s.states = nil }
