package files

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// ListLength is the metadata key that a source's schema has on a list of floating-point numbers whose first rows are
// all of one length: the length. Such a list is taken for an embedding.
const ListLength = "mediaflight.list_length"

// markLists puts ListLength on the fields whose rows in the batch, which may be nil, call for it.
func markLists(schema *arrow.Schema, first arrow.RecordBatch) *arrow.Schema {
	if first == nil {
		return schema
	}
	fields := schema.Fields()
	for i, f := range fields {
		if !mayBeVector(f) {
			continue
		}
		if n := commonLength(first.Column(i).(array.ListLike)); n > 0 {
			fields[i].Metadata = withListLength(f.Metadata, n)
		}
	}
	meta := schema.Metadata()
	return arrow.NewSchema(fields, &meta)
}

// mayBeVector says whether a field has lists of floating-point numbers, whose lengths the type does not say.
func mayBeVector(f arrow.Field) bool {
	list, ok := f.Type.(arrow.ListLikeType)
	return ok && f.Type.ID() != arrow.FIXED_SIZE_LIST && isFloat(list.Elem())
}

func isFloat(typ arrow.DataType) bool {
	switch typ.ID() {
	case arrow.FLOAT16, arrow.FLOAT32, arrow.FLOAT64:
		return true
	}
	return false
}

// commonLength is the length of all rows that are not NULL, 0 if there is none.
func commonLength(list array.ListLike) int64 {
	common := int64(0)
	for i := range list.Len() {
		if list.IsNull(i) {
			continue
		}
		from, to := list.ValueOffsets(i)
		switch {
		case common == 0:
			common = to - from
		case to-from != common:
			return 0
		}
	}
	return common
}

func withListLength(meta arrow.Metadata, n int64) arrow.Metadata {
	keys := append([]string{ListLength}, meta.Keys()...)
	values := append([]string{strconv.FormatInt(n, 10)}, meta.Values()...)
	return arrow.NewMetadata(keys, values)
}

// listLength is what ListLength says of a field, 0 if nothing.
func listLength(f arrow.Field) int32 {
	text, _ := f.Metadata.GetValue(ListLength)
	n, _ := strconv.ParseInt(text, 10, 32)
	return int32(n)
}
