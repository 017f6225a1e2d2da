package exec

import (
	"context"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
)

// A rangeLookup finds left rows' matches in a rangeIndex. It is used by one goroutine.
type rangeLookup struct {
	index *rangeIndex
	mem   memory.Allocator
	words []uint64
	least []uint64 // of each left row: the least word that its matches have in the tree
}

// narrow leaves of the candidates at positions [from[i], to[i]), which are a group, those between the bounds of row i of a left
// batch. With a second range the first candidate is one of them, and next finds the others.
func (l *rangeLookup) narrow(ctx context.Context, batch arrow.RecordBatch, from, to []uint32) error {
	first := l.index.ranges[0]
	if first.above != nil {
		err := l.bound(ctx, batch, 0, first.above, from, to, func(i int, w uint64, inclusive bool) {
			if !inclusive && w == math.MaxUint64 {
				from[i] = to[i]
				return
			}
			if !inclusive {
				w++
			}
			from[i] += lowerBound(l.index.first[from[i]:to[i]], w)
		})
		if err != nil {
			return err
		}
	}
	if first.below != nil {
		err := l.bound(ctx, batch, 0, first.below, from, to, func(i int, w uint64, inclusive bool) {
			if inclusive && w == math.MaxUint64 {
				return
			}
			if inclusive {
				w++
			}
			to[i] = from[i] + lowerBound(l.index.first[from[i]:to[i]], w)
		})
		if err != nil {
			return err
		}
	}
	if len(l.index.ranges) == 1 {
		return nil
	}
	if cap(l.least) < len(from) {
		l.least = make([]uint64, len(from))
	}
	second, flip := l.index.ranges[1].above, uint64(0)
	if second == nil {
		second, flip = l.index.ranges[1].below, math.MaxUint64
	}
	return l.bound(ctx, batch, 1, second, from, to, func(i int, w uint64, inclusive bool) {
		w ^= flip
		if !inclusive && w == math.MaxUint64 {
			from[i] = to[i]
			return
		}
		if !inclusive {
			w++
		}
		l.least[i] = w
		from[i] = l.index.second.next(from[i], to[i], w)
	})
}

// nearest leaves of the candidates of each left row the one nearest to its one bound: rows below a bound end with it, those above
// begin with it.
func (l *rangeLookup) nearest(from, to []uint32) {
	below := l.index.ranges[0].below != nil
	for i := range from {
		switch {
		case from[i] == to[i]:
		case below:
			from[i] = to[i] - 1
		default:
			to[i] = from[i] + 1
		}
	}
}

// next is the first match of left row i from a position on, and before to; to if there is none.
func (l *rangeLookup) next(i int, at, to uint32) uint32 {
	if l.index.second == nil || at >= to {
		return at
	}
	return l.index.second.next(at, to, l.least[i])
}

// bound calls f with the ordinal of each left row's bound on a range. Rows without candidates are left out, and those whose
// bound is NULL lose theirs.
func (l *rangeLookup) bound(ctx context.Context, batch arrow.RecordBatch, of int, b *joinBound, from, to []uint32, f func(i int, w uint64, inclusive bool)) error {
	values, err := eval.Array(ctx, l.mem, b.value, eval.Of(batch))
	if err != nil {
		return err
	}
	defer values.Release()
	l.words = l.index.ordinals[of].Append(l.words[:0], values)
	nulls := values.NullN() > 0
	for i, w := range l.words {
		switch {
		case from[i] == to[i]:
		case nulls && values.IsNull(i):
			from[i] = to[i]
		default:
			f(i, w, b.inclusive)
		}
	}
	return nil
}

// lowerBound is how many of the words, which ascend, are less than w.
func lowerBound(words []uint64, w uint64) uint32 {
	at, n := 0, len(words)
	for n > 0 {
		half := n / 2
		if words[at+half] < w {
			at += half + 1
			n -= half + 1
		} else {
			n = half
		}
	}
	return uint32(at)
}
