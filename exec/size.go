package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// batchBytes is the memory that the rows of a batch take. Buffers are counted by the rows that the batch sees of them,
// since scans hand out slices of larger pages.
func batchBytes(batch arrow.RecordBatch) int64 {
	var n int64
	for _, c := range batch.Columns() {
		n += arrayBytes(c)
	}
	return n
}

func arrayBytes(a arrow.Array) int64 {
	n := int64(a.Len()) / 8
	switch a := a.(type) {
	case *array.Null:
		return 0
	case *array.String:
		return n + int64(len(a.ValueBytes())) + 4*int64(a.Len())
	case *array.Binary:
		return n + int64(len(a.ValueBytes())) + 4*int64(a.Len())
	case array.ListLike:
		if a.Len() > 0 {
			from, _ := a.ValueOffsets(0)
			_, to := a.ValueOffsets(a.Len() - 1)
			elements := array.NewSlice(a.ListValues(), from, to)
			defer elements.Release()
			n += 4*int64(a.Len()) + arrayBytes(elements)
		}
		return n
	case *array.Struct:
		for i := range a.NumField() {
			n += arrayBytes(a.Field(i))
		}
		return n
	case *array.Dictionary: // as much as its rows would take in plain, going by entries in the mean
		entries := a.Dictionary()
		return n + 4*int64(a.Len()) + arrayBytes(entries)*int64(a.Len())/int64(max(entries.Len(), 1))
	case array.ExtensionArray:
		return arrayBytes(a.Storage())
	}
	if t, ok := a.DataType().(arrow.FixedWidthDataType); ok {
		return n + int64(a.Len())*int64(t.BitWidth())/8
	}
	for _, b := range a.Data().Buffers() {
		if b != nil {
			n += int64(b.Len())
		}
	}
	return n
}
