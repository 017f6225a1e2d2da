package writer

import (
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
)

// A span is some rows of one array.
type span struct {
	values   arrow.Array
	from, to int
}

func (s span) nulls() int {
	if s.values.NullN() == 0 {
		return 0
	}
	n := 0
	for i := s.from; i < s.to; i++ {
		if s.values.IsNull(i) {
			n++
		}
	}
	return n
}

// runs are the longest spans of NULL rows and of other rows, in order.
func (s span) runs() iter.Seq[span] {
	return func(yield func(span) bool) {
		if s.values.NullN() == 0 {
			yield(s)
			return
		}
		for from := s.from; from < s.to; {
			to := from + 1
			for to < s.to && s.values.IsNull(to) == s.values.IsNull(from) {
				to++
			}
			if !yield(span{s.values, from, to}) {
				return
			}
			from = to
		}
	}
}

// present are the runs that are not NULL.
func (s span) present() iter.Seq[span] {
	return func(yield func(span) bool) {
		for run := range s.runs() {
			if run.values.IsValid(run.from) && !yield(run) {
				return
			}
		}
	}
}

// A cursor walks over the rows of several arrays.
type cursor struct {
	values []arrow.Array
	row    int // of values[0]
}

// take returns the next n rows, or as many as are left.
func (c *cursor) take(n int) []span {
	var page []span
	for n > 0 && len(c.values) > 0 {
		values := c.values[0]
		to := min(c.row+n, values.Len())
		if to > c.row {
			page = append(page, span{values, c.row, to})
		}
		n -= to - c.row
		c.row = to
		if to == values.Len() {
			c.values, c.row = c.values[1:], 0
		}
	}
	return page
}
