package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// bitImpls are the overloads of an aggregate that folds integers bit by bit.
func bitImpls(fold func(a, b int64) int64) []AggregateImpl {
	return []AggregateImpl{
		{In: []Type{int2}, Out: returns(int2Type), New: newBitFold[int16](fold)},
		{In: []Type{int4}, Out: returns(int4Type), New: newBitFold[int32](fold)},
		{In: []Type{int8}, Out: returns(int8Type), New: newBitFold[int64](fold)},
	}
}

// A bitFold is the accumulator of bit_and, bit_or and bit_xor.
type bitFold[T integer] struct {
	mem    memory.Allocator
	out    arrow.DataType
	fold   func(a, b int64) int64
	states []extremeOf[T]
	dense  dense[T]
}

func newBitFold[T integer](fold func(a, b int64) int64) func(memory.Allocator, []arrow.DataType, arrow.DataType) Accumulator {
	return func(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
		return &bitFold[T]{mem: mem, out: out, fold: fold}
	}
}

func (b *bitFold[T]) Grow(n int) { b.states = grown(b.states, n) }

func (b *bitFold[T]) Add(groups []uint32, args []Arg) error {
	groups, values := b.dense.rows(groups, args[0], columnOf[T](args[0]))
	for i, v := range values {
		b.offer(groups[i], v)
	}
	return nil
}

func (b *bitFold[T]) offer(g uint32, v T) {
	s := &b.states[g]
	if s.seen {
		v = T(b.fold(int64(s.value), int64(v)))
	}
	*s = extremeOf[T]{v, true}
}

func (b *bitFold[T]) Merge(other Accumulator, groups []uint32) error {
	return b.Combine(other, nil, groups)
}

func (b *bitFold[T]) Combine(other Accumulator, from, to []uint32) error {
	states := other.(*bitFold[T]).states
	for k, g := range to {
		if s := states[chosen(from, k)]; s.seen {
			b.offer(g, s.value)
		}
	}
	return nil
}

func (b *bitFold[T]) Result() (arrow.Array, error) {
	return fixedResult(b.mem, b.out, len(b.states), func(g int) (T, error) {
		if !b.states[g].seen {
			return 0, errNull
		}
		return b.states[g].value, nil
	})
}

func (b *bitFold[T]) Bytes() int64 { return bytesOf(b.states) }
func (b *bitFold[T]) Release()     { b.states = nil }

// A boolFold is the accumulator of bool_and and bool_or: once a group has met the deciding value, it keeps it.
type boolFold struct {
	mem      memory.Allocator
	deciding bool
	states   []boolState
}

type boolState uint8

const (
	unmet boolState = iota
	undecided
	decided
)

func newBoolAnd(mem memory.Allocator, _ []arrow.DataType, _ arrow.DataType) Accumulator {
	return &boolFold{mem: mem, deciding: false}
}

func newBoolOr(mem memory.Allocator, _ []arrow.DataType, _ arrow.DataType) Accumulator {
	return &boolFold{mem: mem, deciding: true}
}

func (b *boolFold) Grow(n int) { b.states = grown(b.states, n) }

func (b *boolFold) Add(groups []uint32, args []Arg) error {
	if allNullArg(args[0]) {
		return nil
	}
	values := boolsOf(args[0])
	for i, g := range groups {
		switch {
		case args[0].IsNull(args[0].Row(i)):
		case values.at(i) == b.deciding:
			b.states[g] = decided
		default:
			b.states[g] = max(b.states[g], undecided)
		}
	}
	return nil
}

func (b *boolFold) Merge(other Accumulator, groups []uint32) error {
	return b.Combine(other, nil, groups)
}

func (b *boolFold) Combine(other Accumulator, from, to []uint32) error {
	states := other.(*boolFold).states
	for k, g := range to {
		b.states[g] = max(b.states[g], states[chosen(from, k)])
	}
	return nil
}

func (b *boolFold) Result() (arrow.Array, error) {
	n := len(b.states)
	return mapBoolValid(&Call{Mem: b.mem, Rows: n, Out: boolType}, allValid(b.mem, n), func(g int) (bool, error) {
		if b.states[g] == unmet {
			return false, errNull
		}
		return (b.states[g] == decided) == b.deciding, nil
	})
}

func (b *boolFold) Bytes() int64 { return bytesOf(b.states) }
func (b *boolFold) Release()     { b.states = nil }
