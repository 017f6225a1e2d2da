package writer

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// missing reports whether values, or what is nested in them, are NULL where their field says that they cannot be. What
// lies under a NULL, or in a row that is not live, does not count.
func missing(f arrow.Field, values arrow.Array, live func(row int) bool) bool {
	if !f.Nullable && values.NullN() > 0 {
		for i := range values.Len() {
			if values.IsNull(i) && live(i) {
				return true
			}
		}
	}
	valid := func(i int) bool { return values.IsValid(i) && live(i) }
	switch values := values.(type) {
	case *array.Struct:
		for i, child := range f.Type.(*arrow.StructType).Fields() {
			if missing(child, values.Field(i), valid) {
				return true
			}
		}
	case *array.Map:
		entries := arrow.Field{Type: f.Type.(*arrow.MapType).Elem()}
		return missingElement(entries, values, valid)
	case array.ListLike:
		return missingElement(f.Type.(arrow.ListLikeType).ElemField(), values, valid)
	}
	return false
}

func missingElement(element arrow.Field, list array.ListLike, live func(row int) bool) bool {
	children := elements(list)
	defer children.Release()
	if !hasNulls(children) {
		return false
	}
	lives := make([]bool, children.Len())
	first, _ := list.ValueOffsets(0)
	for i := range list.Len() {
		if live(i) {
			from, to := list.ValueOffsets(i)
			for j := from - first; j < to-first; j++ {
				lives[j] = true
			}
		}
	}
	return missing(element, children, func(i int) bool { return lives[i] })
}

// hasNulls reports whether there is a NULL at any depth.
func hasNulls(values arrow.Array) bool {
	if values.NullN() > 0 {
		return true
	}
	switch values := values.(type) {
	case *array.Struct:
		for i := range values.NumField() {
			if hasNulls(values.Field(i)) {
				return true
			}
		}
	case array.ListLike:
		children := elements(values)
		defer children.Release()
		return hasNulls(children)
	}
	return false
}
