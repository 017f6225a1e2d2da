package keys

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// keepNumbers is Keep for a single column of whole numbers that is looked up in a bitmap: nearly all joins. The values are read
// where they lie, and only those of the rows asked for. It is not ok for other indexes and columns.
func (x *Index) keepNumbers(columns []arrow.Array, rows []uint32) (kept []uint32, ok bool) {
	if x.bitmap == nil || len(columns) != 1 || columns[0].NullN() > 0 {
		return rows, false
	}
	switch a := columns[0].(type) {
	case *array.Int64:
		return keepNumbersOf(x, a.Int64Values(), rows), true
	case *array.Int32:
		return keepNumbersOf(x, a.Int32Values(), rows), true
	case *array.Date32:
		return keepNumbersOf(x, a.Date32Values(), rows), true
	}
	return rows, false
}

func keepNumbersOf[T ~int32 | ~int64](x *Index, values []T, rows []uint32) []uint32 {
	sign := uint64(1) << (8*unsafe.Sizeof(T(0)) - 1)
	mask := sign<<1 - 1
	c, n := x.coders[0], 0
	span := min(c.most-c.least, x.domain-1)
	for _, row := range rows {
		w := (uint64(values[row])^sign)&mask - c.least
		var there uint64
		if w <= span {
			there = x.bitmap[w>>6] >> (w & 63) & 1
		}
		rows[n] = row
		n += int(there)
	}
	return rows[:n]
}
