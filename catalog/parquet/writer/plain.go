package writer

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// pqarrow writes lists only if a NULL has no elements, which Arrow does not ask for. Fixed-size lists never fulfill
// it. plainArrays makes such lists anew; a column of vectors does not come here.

// plainField is the field with fixed-size lists turned into lists, at any depth.
func plainField(f arrow.Field) arrow.Field {
	switch typ := f.Type.(type) {
	case *arrow.StructType:
		fields := make([]arrow.Field, typ.NumFields())
		for i, child := range typ.Fields() {
			fields[i] = plainField(child)
		}
		f.Type = arrow.StructOf(fields...)
	case *arrow.MapType:
		f.Type = arrow.MapOfFields(plainField(typ.KeyField()), plainField(typ.ItemField()))
	case arrow.ListLikeType:
		f.Type = arrow.ListOfField(plainField(typ.ElemField()))
	}
	return f
}

// plainArrays returns arrays as plainField has them. They are the caller's to release, on error too.
func plainArrays(values []arrow.Array, mem memory.Allocator) ([]arrow.Array, error) {
	plain := make([]arrow.Array, 0, len(values))
	for _, v := range values {
		p, err := plainArray(v, mem)
		if err != nil {
			return plain, err
		}
		plain = append(plain, p)
	}
	return plain, nil
}

func plainArray(values arrow.Array, mem memory.Allocator) (arrow.Array, error) {
	if isPlain(values) {
		values.Retain()
		return values, nil
	}
	switch values := values.(type) {
	case *array.Struct:
		return plainStruct(values, mem)
	default:
		return plainList(values.(array.ListLike), mem)
	}
}

func isPlain(values arrow.Array) bool {
	switch values := values.(type) {
	case *array.Struct:
		for i := range values.NumField() {
			if !isPlain(values.Field(i)) {
				return false
			}
		}
	case *array.FixedSizeList:
		return false
	case array.ListLike:
		if values.NullN() > 0 {
			for i := range values.Len() {
				if from, to := values.ValueOffsets(i); from != to && values.IsNull(i) {
					return false
				}
			}
		}
		children := elements(values)
		defer children.Release()
		return isPlain(children)
	}
	return true
}

func plainStruct(values *array.Struct, mem memory.Allocator) (arrow.Array, error) {
	children := make([]arrow.ArrayData, 0, values.NumField())
	defer func() {
		for _, c := range children {
			c.Release()
		}
	}()
	for i := range values.NumField() {
		child, err := plainArray(values.Field(i), mem)
		if err != nil {
			return nil, err
		}
		child.Data().Retain()
		children = append(children, child.Data())
		child.Release()
	}
	typ := plainField(arrow.Field{Type: values.DataType()}).Type
	return newNested(typ, values, nil, children, mem), nil
}

// plainList makes a list of the elements of the rows that are not NULL.
func plainList(values array.ListLike, mem memory.Allocator) (arrow.Array, error) {
	var (
		parts    []arrow.Array
		length   int32
		from, to int64 // elements not yet in parts
		offsets  = make([]int32, 1, values.Len()+1)
	)
	defer func() { releaseAll(parts) }()
	take := func() {
		if from < to || len(parts) == 0 {
			parts = append(parts, array.NewSlice(values.ListValues(), from, to))
		}
	}
	for i := range values.Len() {
		if values.IsValid(i) {
			start, end := values.ValueOffsets(i)
			if start != to {
				take()
				from = start
			}
			to = end
			length += int32(end - start)
		}
		offsets = append(offsets, length)
	}
	take()

	joined, err := array.Concatenate(parts, mem)
	if err != nil {
		return nil, err
	}
	defer joined.Release()
	child, err := plainArray(joined, mem)
	if err != nil {
		return nil, err
	}
	defer child.Release()
	buffer := memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets))
	defer buffer.Release()
	typ := plainField(arrow.Field{Type: values.DataType()}).Type
	return newNested(typ, values, buffer, []arrow.ArrayData{child.Data()}, mem), nil
}

// newNested makes an array of a nested type that is NULL where like is.
func newNested(typ arrow.DataType, like arrow.Array, offsets *memory.Buffer, children []arrow.ArrayData, mem memory.Allocator) arrow.Array {
	buffers := []*memory.Buffer{nil}
	if like.NullN() > 0 {
		valid := memory.NewResizableBuffer(mem)
		defer valid.Release()
		valid.Resize(int(bitutil.BytesForBits(int64(like.Len()))))
		bitutil.CopyBitmap(like.NullBitmapBytes(), like.Data().Offset(), like.Len(), valid.Bytes(), 0)
		buffers[0] = valid
	}
	if offsets != nil {
		buffers = append(buffers, offsets)
	}
	data := array.NewData(typ, like.Len(), buffers, children, like.NullN(), 0)
	defer data.Release()
	return array.MakeFromData(data)
}
