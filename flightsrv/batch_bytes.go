package flightsrv

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// batchBytes is about how many bytes the rows of a batch take on the wire. Unlike the size of its buffers it counts only
// the rows that a slice shows.
func batchBytes(batch arrow.RecordBatch) int64 {
	var n int64
	for _, column := range batch.Columns() {
		n += arrayBytes(column, 0, column.Len())
	}
	return n
}

// arrayBytes counts rows [from, to) of an array.
func arrayBytes(a arrow.Array, from, to int) int64 {
	rows := int64(to - from)
	if rows <= 0 {
		return 0
	}
	n := rows / 8 // validity
	switch a := a.(type) {
	case *array.Null:
		return 0
	case array.ExtensionArray:
		return arrayBytes(a.Storage(), from, to)
	case array.BinaryLike: // offsets are 4 bytes or, seldom, 8
		return n + 4*rows + a.ValueOffset64(to-1) + int64(a.ValueLen(to-1)) - a.ValueOffset64(from)
	case *array.Struct:
		for i := range a.NumField() {
			n += arrayBytes(a.Field(i), from, to)
		}
		return n
	case *array.FixedSizeList:
		width := int(a.DataType().(*arrow.FixedSizeListType).Len())
		start := a.Data().Offset()
		return n + arrayBytes(a.ListValues(), (start+from)*width, (start+to)*width)
	case *array.Dictionary:
		return n + int64(a.Indices().DataType().(arrow.FixedWidthDataType).Bytes())*rows
	case array.ListLike: // lists and maps
		first, _ := a.ValueOffsets(from)
		_, last := a.ValueOffsets(to - 1)
		return n + 4*rows + arrayBytes(a.ListValues(), int(first), int(last))
	}
	if fixed, ok := a.DataType().(arrow.FixedWidthDataType); ok {
		return n + rows*int64(fixed.BitWidth())/8
	}
	if views, ok := a.(array.ViewLike); ok {
		n += 16 * rows
		for i := from; i < to; i++ {
			if h := views.ValueHeader(i); !h.IsInline() {
				n += int64(h.Len())
			}
		}
	}
	return n
}
