package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// castChild casts what is inside a list or struct.
func castChild(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	inner := *call
	inner.Rows, inner.Out = a.Len(), to
	return cast(&inner, a, to)
}

func castList(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	if to, ok := to.(*arrow.FixedSizeListType); ok {
		return listToVector(call, a, to)
	}
	offsets, elements, err := liveElements(call, a)
	if err != nil {
		return nil, err
	}
	defer elements.Release()
	values, err := castChild(call, elements, to.(*arrow.ListType).Elem())
	if err != nil {
		offsets.Release()
		return nil, err
	}
	defer values.Release()
	values.Data().Retain()
	valid := validOf(call, []Arg{{Array: a}}, a.Len())
	return valid.arrayOf(to, []arrow.ArrayData{values.Data()}, offsets), nil
}

// liveElements are the elements of an array's rows that are not NULL, and their offsets: what a sliced array or a NULL row
// hides must not be looked at.
func liveElements(call *Call, a arrow.Array) (*memory.Buffer, arrow.Array, error) {
	lists := listsOf(Arg{Array: a})
	buffer, offsets := newValues[int32](call.Mem, a.Len()+1)
	offsets[0] = 0
	dense := true
	for i := range a.Len() {
		from, to := lists.at(i)
		if a.IsNull(i) {
			dense = dense && from == to
			to = from
		}
		offsets[i+1] = offsets[i] + int32(to-from)
	}
	if a.Len() == 0 || dense {
		from, to := 0, 0
		if a.Len() > 0 {
			from, _ = lists.at(0)
			_, to = lists.at(a.Len() - 1)
		}
		return buffer, array.NewSlice(lists.elements, int64(from), int64(to)), nil
	}
	picks := make([]int, 0, offsets[a.Len()])
	for i := range a.Len() {
		if from, to := lists.at(i); a.IsValid(i) {
			for ; from < to; from++ {
				picks = append(picks, from)
			}
		}
	}
	elements, err := take(call.Mem, lists.elements, picks)
	if err != nil {
		buffer.Release()
		return nil, nil, err
	}
	return buffer, elements, nil
}

func listToVector(call *Call, a arrow.Array, to *arrow.FixedSizeListType) (arrow.Array, error) {
	lists, width := listsOf(Arg{Array: a}), int(to.Len())
	for i := range a.Len() {
		if from, end := lists.at(i); a.IsValid(i) && end-from != width {
			return nil, errDimensions(width, end-from)
		}
	}
	offsets, elements, err := liveElements(call, a)
	if err != nil {
		return nil, err
	}
	defer elements.Release()
	offsets.Release()
	if elements.NullN() > 0 {
		return nil, faultf(stateData, "a vector must not contain NULL")
	}
	values, err := castChild(call, elements, to.Elem())
	if err != nil {
		return nil, err
	}
	defer values.Release()
	valid := validOf(call, []Arg{{Array: a}}, a.Len())
	if values.Len() == a.Len()*width {
		values.Data().Retain()
		return valid.arrayOf(to, []arrow.ArrayData{values.Data()}), nil
	}
	return spreadVectors(call, columnOf[float32](Arg{Array: values}).values, valid, to), nil
}

// spreadVectors leaves room for the elements of NULL rows.
func spreadVectors(call *Call, values []float32, valid *validity, to *arrow.FixedSizeListType) arrow.Array {
	width := int(to.Len())
	buffer, out := newValues[float32](call.Mem, valid.n*width)
	for i := range valid.n {
		row := out[i*width : (i+1)*width]
		if valid.at(i) {
			copy(row, values)
			values = values[width:]
		} else {
			clear(row)
		}
	}
	child := allValid(call.Mem, len(out)).array(to.Elem(), buffer)
	defer child.Release()
	child.Data().Retain()
	return valid.arrayOf(to, []arrow.ArrayData{child.Data()})
}

func castVector(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	if target, ok := to.(*arrow.FixedSizeListType); ok {
		from := a.DataType().(*arrow.FixedSizeListType)
		if from.Len() != target.Len() && a.NullN() < a.Len() {
			return nil, errDimensions(int(target.Len()), int(from.Len()))
		}
		if from.Len() != target.Len() {
			return NullArray(call.Mem, to, a.Len()), nil
		}
		return listToVector(call, a, target)
	}
	return castList(call, a, to)
}

func castStruct(call *Call, a *array.Struct, to *arrow.StructType) (arrow.Array, error) {
	children := make([]arrow.ArrayData, a.NumField())
	release := func() {
		for _, child := range children {
			if child != nil {
				child.Release()
			}
		}
	}
	for f := range children {
		field := underParent(call.Mem, a.Field(f), a)
		values, err := castChild(call, field, to.Field(f).Type)
		field.Release()
		if err != nil {
			release()
			return nil, err
		}
		children[f] = values.Data()
		children[f].Retain()
		values.Release()
	}
	return validOf(call, []Arg{{Array: a}}, a.Len()).arrayOf(to, children), nil
}

// underParent is a struct's field that is NULL wherever the struct is.
func underParent(mem memory.Allocator, field arrow.Array, parent *array.Struct) arrow.Array {
	if parent.NullN() == 0 {
		field.Retain()
		return field
	}
	data := field.Data()
	bitmap := memory.NewResizableBuffer(mem)
	defer bitmap.Release()
	bitmap.Resize((data.Offset() + data.Len() + 7) / 8)
	clear(bitmap.Bytes())
	nulls := 0
	for i := range data.Len() {
		if field.IsValid(i) && parent.IsValid(i) {
			bitutil.SetBit(bitmap.Bytes(), data.Offset()+i)
		} else {
			nulls++
		}
	}
	buffers := append([]*memory.Buffer{bitmap}, data.Buffers()[1:]...)
	masked := array.NewData(data.DataType(), data.Len(), buffers, data.Children(), nulls, data.Offset())
	defer masked.Release()
	return array.MakeFromData(masked)
}

func castMap(call *Call, a *array.Map, to *arrow.MapType) (arrow.Array, error) {
	offsets, entries, err := liveElements(call, a)
	if err != nil {
		return nil, err
	}
	defer entries.Release()
	values, err := castStruct(&Call{Mem: call.Mem, Rows: entries.Len(), Out: to.Elem(), Env: call.Env}, entries.(*array.Struct), to.Elem().(*arrow.StructType))
	if err != nil {
		offsets.Release()
		return nil, err
	}
	defer values.Release()
	values.Data().Retain()
	return validOf(call, []Arg{{Array: a}}, a.Len()).arrayOf(to, []arrow.ArrayData{values.Data()}, offsets), nil
}
