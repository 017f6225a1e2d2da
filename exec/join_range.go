package exec

import (
	"slices"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// A joinRange is an expression of right rows that a join's inequalities keep between bounds, which are expressions of left
// rows: r.start < l.end, or r.time >= l.start AND r.time < l.end. All of them count left columns and then right ones.
type joinRange struct {
	value        eval.Expr
	above, below *joinBound // one of them may be nil
}

// A joinBound is one end of a range.
type joinBound struct {
	value     eval.Expr
	inclusive bool
}

func (r joinRange) String() string {
	text := r.value.String()
	if r.above != nil {
		text = r.above.value.String() + r.above.operator() + text
	}
	if r.below != nil {
		text += r.below.operator() + r.below.value.String()
	}
	return text
}

func (b *joinBound) operator() string {
	if b.inclusive {
		return " <= "
	}
	return " < "
}

func (r joinRange) bounds() int {
	if r.above != nil && r.below != nil {
		return 2
	}
	return 1
}

// joinRanges takes the ranges that an index can have out of the conditions that AND joins: one with two bounds at most, by which
// rows are sorted, and another one with one bound. What is left is the rest.
func joinRanges(conditions []eval.Expr, left int) (ranges []joinRange, rest []eval.Expr) {
	of := make([]int, len(conditions)) // the range that each condition is a bound of, or -1
	var all []joinRange
	for i, c := range conditions {
		of[i] = -1
		x, y, op, ok := eval.Inequality(c)
		if !ok {
			continue
		}
		if sideOf(x, left) == leftSide {
			x, y, op = y, x, eval.Flip(op)
		}
		if sideOf(x, left) != rightSide || sideOf(y, left) != leftSide {
			continue
		}
		if _, err := keys.NewOrdinals(x.Type()); err != nil {
			continue
		}
		at := slices.IndexFunc(all, func(r joinRange) bool { return eval.Same(r.value, x) })
		if at < 0 {
			at = len(all)
			all = append(all, joinRange{value: x})
		}
		if all[at].take(op, y) {
			of[i] = at
		}
	}
	sorted, other := chooseRanges(all)
	for i, c := range conditions {
		if of[i] < 0 || of[i] != sorted && of[i] != other {
			rest = append(rest, c)
		}
	}
	for _, at := range []int{sorted, other} {
		if at >= 0 {
			ranges = append(ranges, all[at])
		}
	}
	return ranges, rest
}

// take adds a bound: the range's value compares with it as op says. It is false if there is one already.
func (r *joinRange) take(op catalog.Op, value eval.Expr) bool {
	b := &joinBound{value, op == catalog.LessEq || op == catalog.GreaterEq}
	end := &r.below
	if op == catalog.Greater || op == catalog.GreaterEq {
		end = &r.above
	}
	if *end != nil {
		return false
	}
	*end = b
	return true
}

// chooseRanges picks the range to sort by, one with two bounds if there is one, and another one with a single bound. They are -1
// where there is none.
func chooseRanges(all []joinRange) (sorted, other int) {
	sorted, other = -1, -1
	for i, r := range all {
		if sorted < 0 || r.bounds() > all[sorted].bounds() {
			sorted = i
		}
	}
	for i, r := range all {
		if i != sorted && r.bounds() == 1 {
			return sorted, i
		}
	}
	return sorted, other
}
