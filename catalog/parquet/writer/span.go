package writer

import (
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// A span is some rows of one array of vectors.
type span struct {
	list     *array.FixedSizeList
	from, to int
}

func (s span) nulls() int {
	if s.list.NullN() == 0 {
		return 0
	}
	n := 0
	for i := s.from; i < s.to; i++ {
		if s.list.IsNull(i) {
			n++
		}
	}
	return n
}

// runs are the longest spans of NULL rows and of other rows, in order.
func (s span) runs() iter.Seq[span] {
	return func(yield func(span) bool) {
		if s.list.NullN() == 0 {
			yield(s)
			return
		}
		for from := s.from; from < s.to; {
			to := from + 1
			for to < s.to && s.list.IsNull(to) == s.list.IsNull(from) {
				to++
			}
			if !yield(span{s.list, from, to}) {
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
			if run.list.IsValid(run.from) && !yield(run) {
				return
			}
		}
	}
}

// bytes are the values of the span's rows, none of which is NULL.
func (s span) bytes(dim int) []byte {
	at := s.list.Offset()
	values := s.list.ListValues().(*array.Float32).Float32Values()
	return arrow.Float32Traits.CastToBytes(values[(at+s.from)*dim : (at+s.to)*dim])
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
		list := c.values[0].(*array.FixedSizeList)
		to := min(c.row+n, list.Len())
		if to > c.row {
			page = append(page, span{list, c.row, to})
		}
		n -= to - c.row
		c.row = to
		if to == list.Len() {
			c.values, c.row = c.values[1:], 0
		}
	}
	return page
}
