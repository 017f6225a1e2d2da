package keys

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// FindOnly is Find for an index of which each key has one row at most: it sets at to the position of that row, or to Missing. It is
// not ok for other indexes.
func (x *Index) FindOnly(s *IndexScratch, columns []arrow.Array, at []uint32) (ok bool) {
	switch {
	case x.first != nil:
		if x.onlyNumbers(columns, at) {
			return true
		}
		for i, w := range x.wordsOf(s, columns) {
			at[i] = Missing
			if w < uint64(len(x.first)) {
				at[i] = x.first[w]
			}
		}
		return true
	case x.hashed != nil && x.hashed.unique:
		for i, w := range x.wordsOf(s, columns) {
			at[i] = Missing
			if w != absent {
				at[i] = x.hashed.findOnly(w)
			}
		}
		return true
	}
	return false
}

// onlyNumbers is FindOnly for a single column of whole numbers, nearly all joins: the values are read where they lie.
func (x *Index) onlyNumbers(columns []arrow.Array, at []uint32) (ok bool) {
	if len(columns) != 1 || columns[0].NullN() > 0 || x.coders[0].nullSafe {
		return false
	}
	switch a := columns[0].(type) {
	case *array.Int64:
		onlyNumbersOf(x, a.Int64Values(), at)
	case *array.Int32:
		onlyNumbersOf(x, a.Int32Values(), at)
	case *array.Date32:
		onlyNumbersOf(x, a.Date32Values(), at)
	default:
		return false
	}
	return true
}

func onlyNumbersOf[T ~int32 | ~int64](x *Index, values []T, at []uint32) {
	sign := uint64(1) << (8*unsafe.Sizeof(T(0)) - 1)
	mask := sign<<1 - 1
	least, null := x.coders[0].least, x.coders[0].null() // where NULL would be, no row is
	first := x.first[:null+1]
	at = at[:len(values)]
	for i, v := range values {
		at[i] = first[min((uint64(v)^sign)&mask-least, null)]
	}
}
