package writer

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// A leaf is a column in Parquet's sense: a scalar, on its own or within a nested column.
type leaf struct {
	path string         // as pqarrow spells it
	typ  arrow.DataType // without extension
}

// leavesOf appends the leaves of a field, in the order of the file.
func leavesOf(into []leaf, f arrow.Field, prefix string) []leaf {
	path := prefix + f.Name
	switch typ := f.Type.(type) {
	case *arrow.StructType:
		for _, child := range typ.Fields() {
			into = leavesOf(into, child, path+".")
		}
		return into
	case *arrow.MapType:
		key, item := typ.KeyField(), typ.ItemField()
		key.Name, item.Name = "key", "value"
		return leavesOf(leavesOf(into, key, path+".key_value."), item, path+".key_value.")
	case arrow.ListLikeType:
		element := typ.ElemField()
		element.Name = "element"
		return leavesOf(into, element, path+".list.")
	case arrow.ExtensionType:
		return append(into, leaf{path, typ.StorageType()})
	}
	return append(into, leaf{path, f.Type})
}

// leafValues appends to each of into the values that an array has for the leaf of that place, and returns the leaves
// that follow. The values are the caller's to release. Those under a NULL may be among them.
func leafValues(values arrow.Array, into [][]arrow.Array) [][]arrow.Array {
	switch values := values.(type) {
	case *array.Struct:
		for i := range values.NumField() {
			into = leafValues(values.Field(i), into)
		}
		return into
	case *array.Map:
		entries := elements(values)
		defer entries.Release()
		return leafValues(entries, into)
	case array.ListLike:
		children := elements(values)
		defer children.Release()
		return leafValues(children, into)
	case array.ExtensionArray:
		return leafValues(values.Storage(), into)
	}
	values.Retain()
	into[0] = append(into[0], values)
	return into[1:]
}

// elements is the part of a list's elements that its rows speak of.
func elements(list array.ListLike) arrow.Array {
	if list.Len() == 0 {
		return array.NewSlice(list.ListValues(), 0, 0)
	}
	from, _ := list.ValueOffsets(0)
	_, to := list.ValueOffsets(list.Len() - 1)
	return array.NewSlice(list.ListValues(), from, to)
}

func releaseAll(arrays []arrow.Array) {
	for _, a := range arrays {
		a.Release()
	}
}
