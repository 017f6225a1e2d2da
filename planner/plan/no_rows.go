package plan

import (
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// counting are the aggregates that come to 0 without rows; all others come to NULL.
var counting = map[string]bool{"count": true, "count_if": true, "regr_count": true, "approx_count_distinct": true}

// OfNoRows is what a measure comes to without rows.
func OfNoRows(m Measure) *Literal {
	if !counting[m.Func] {
		return &Literal{Value: array.MakeArrayOfNull(memory.DefaultAllocator, m.Type, 1), At: -1}
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(0)
	return &Literal{Value: b.NewArray(), At: -1}
}
