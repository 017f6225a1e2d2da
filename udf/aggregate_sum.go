package udf

import (
	"math"
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
	for i, v := range values {
		state := &s.states[groups[i]]
		state.sum += int64(v)
		state.count++
	}
	return nil
}

func (s *intSum[T]) Merge(other Accumulator, groups []uint32) error {
	for g, state := range other.(*intSum[T]).states {
		s.states[groups[g]].sum += state.sum
		s.states[groups[g]].count += state.count
	}
	return nil
}

func (s *intSum[T]) Result() (arrow.Array, error) {
	if s.out.ID() == arrow.DECIMAL128 {
		return decimalMeans(s.mem, s.out, 0, len(s.states), func(g int) (decimal128.Num, int64) {
			return decimal128.FromI64(s.states[g].sum), s.states[g].count
		})
	}
	return fixedResult(s.mem, s.out, len(s.states), func(g int) (int64, error) {
		if s.states[g].count == 0 {
			return 0, errNull
		}
		return s.states[g].sum, nil
	})
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
		for i, v := range values {
			state := &s.states[groups[i]]
			var carry uint64
			state.low, carry = bits.Add64(state.low, uint64(v), 0)
			state.high += v>>63 + int64(carry)
			state.count++
		}
		return nil
	}
	groups, values := s.dense.rows(groups, args[0], columnOf[decimal128.Num](args[0]))
	var over int64
	for i, v := range values {
		over |= s.states[groups[i]].add(v, 1)
	}
	return overflowOf(over)
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
	var over int64
	for g, state := range other.(*decimalSum).states {
		over |= s.states[groups[g]].add(decimal128.New(state.high, state.low), state.count)
	}
	return overflowOf(over)
}

func (s *decimalSum) Result() (arrow.Array, error) {
	total := func(g int) (decimal128.Num, int64) {
		return decimal128.New(s.states[g].high, s.states[g].low), s.states[g].count
	}
	if s.isMean {
		return decimalMeans(s.mem, s.out, s.scale, len(s.states), total)
	}
	return fixedResult(s.mem, s.out, len(s.states), func(g int) (decimal128.Num, error) {
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

// A floatSum sums in double precision after Neumaier: what each addition loses is added up apart.
type floatSum[T float] struct {
	mem      memory.Allocator
	out      arrow.DataType
	isMean   bool
	infinite bool // a value was not finite, so the sum may not be
	states   []floatTotal
	dense    dense[T]
}

type floatTotal struct {
	sum, lost float64
	count     int64
}

func newFloatSum[T float](mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &floatSum[T]{mem: mem, out: out}
}

func newFloatMean[T float](mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &floatSum[T]{mem: mem, out: out, isMean: true}
}

func (s *floatSum[T]) Grow(n int) { s.states = grown(s.states, n) }

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
	var lanes [4]floatTotal
	t.count += int64(len(values))
	for ; len(values) >= len(lanes); values = values[len(lanes):] {
		for k := range lanes {
			special += values[k] - values[k]
			lanes[k].add(float64(values[k]))
		}
	}
	for _, v := range values {
		special += v - v
		t.add(float64(v))
	}
	for _, lane := range lanes {
		t.add(lane.sum)
		t.lost += lane.lost
	}
	return special
}

func (t *floatTotal) add(v float64) {
	sum := t.sum + v
	if math.Abs(t.sum) >= math.Abs(v) {
		t.lost += (t.sum - sum) + v
	} else {
		t.lost += (v - sum) + t.sum
	}
	t.sum = sum
}

// total is the sum, of which the losses mean nothing once it is infinite or NaN.
func (t *floatTotal) total() float64 {
	if t.sum-t.sum != 0 {
		return t.sum
	}
	return t.sum + t.lost
}

func (s *floatSum[T]) Merge(other Accumulator, groups []uint32) error {
	o := other.(*floatSum[T])
	s.infinite = s.infinite || o.infinite
	for g, state := range o.states {
		to := &s.states[groups[g]]
		to.add(state.sum)
		to.lost += state.lost
		to.count += state.count
	}
	return nil
}

func (s *floatSum[T]) Result() (arrow.Array, error) {
	value := func(g int) (float64, error) {
		state := &s.states[g]
		if state.count == 0 {
			return 0, errNull
		}
		v := state.total()
		if math.IsInf(v, 0) && !s.infinite {
			return 0, errOverflow()
		}
		if s.isMean {
			v /= float64(state.count)
		}
		return v, nil
	}
	if s.out.ID() == arrow.FLOAT64 {
		return fixedResult(s.mem, s.out, len(s.states), value)
	}
	return fixedResult(s.mem, s.out, len(s.states), func(g int) (float32, error) {
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
	for g, state := range other.(*intervalSum).states {
		if err := s.states[groups[g]].add(state); err != nil {
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
