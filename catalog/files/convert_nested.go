package files

import (
	"context"
	"errors"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/compute"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// convertDictionary converts the dictionary and puts its values in their places.
func convertDictionary(mem memory.Allocator, values *array.Dictionary, to arrow.DataType) (arrow.Array, error) {
	entries, err := convert(mem, values.Dictionary(), to)
	if err != nil {
		return nil, dictionaryRow(values, err)
	}
	defer entries.Release()
	return compute.TakeArray(compute.WithAllocator(context.Background(), mem), entries, values.Indices())
}

// dictionaryRow finds the first row that has the entry at fault.
func dictionaryRow(values *array.Dictionary, err error) error {
	e := (*rowError)(nil)
	if !errors.As(err, &e) || e.row < 0 {
		return err
	}
	at := *e
	for at.row = 0; at.row < values.Len(); at.row++ {
		if values.IsValid(at.row) && values.GetValueIndex(at.row) == e.row {
			break
		}
	}
	return &at
}

// convertStruct converts field by field, by name.
func convertStruct(mem memory.Allocator, values *array.Struct, to *arrow.StructType) (arrow.Array, error) {
	places, err := match(values.DataType().(*arrow.StructType).Fields(), to.Fields())
	if err != nil {
		return nil, err
	}
	children := make([]arrow.ArrayData, 0, to.NumFields())
	defer func() {
		for _, c := range children {
			c.Release()
		}
	}()
	for i, f := range to.Fields() {
		var child arrow.Array
		if places[i] < 0 {
			child = udf.NullArray(mem, f.Type, values.Len())
		} else if child, err = convert(mem, values.Field(places[i]), f.Type); err != nil {
			return nil, err
		}
		child.Data().Retain()
		children = append(children, child.Data())
		child.Release()
	}
	return newLike(mem, values, to, nil, children), nil
}

// convertList converts lists of all kinds into lists and maps. NULL rows come out without elements.
func convertList(mem memory.Allocator, values array.ListLike, to arrow.DataType) (arrow.Array, error) {
	offsets := memory.NewResizableBuffer(mem)
	defer offsets.Release()
	offsets.Resize(4 * (values.Len() + 1))
	ends := arrow.Int32Traits.CastFromBytes(offsets.Bytes())

	var parts []arrow.Array // of the elements, rows with neighboring elements together
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	var from, until, count int64
	for i := range values.Len() {
		if values.IsValid(i) {
			start, end := values.ValueOffsets(i)
			if start != until {
				parts = append(parts, array.NewSlice(values.ListValues(), from, until))
				from = start
			}
			until = end
			count += end - start
		}
		if count > math.MaxInt32 {
			return nil, fault(i, stateData, "too many elements for one batch")
		}
		ends[i+1] = int32(count)
	}
	ends[0] = 0
	parts = append(parts, array.NewSlice(values.ListValues(), from, until))

	elements := parts[len(parts)-1]
	if len(parts) > 1 {
		joined, err := array.Concatenate(parts, mem)
		if err != nil {
			return nil, err
		}
		defer joined.Release()
		elements = joined
	}
	converted, err := convert(mem, elements, to.(arrow.ListLikeType).Elem())
	if err != nil {
		return nil, listRow(ends, err)
	}
	defer converted.Release()
	return newLike(mem, values, to, offsets, []arrow.ArrayData{converted.Data()}), nil
}

// listRow says in which row the element at fault is.
func listRow(ends []int32, err error) error {
	e := (*rowError)(nil)
	if !errors.As(err, &e) || e.row < 0 {
		return err
	}
	at := *e
	for at.row = 0; at.row < len(ends)-2 && int(ends[at.row+1]) <= e.row; at.row++ {
	}
	return &at
}

// newLike makes an array of a type that is NULL where like is.
func newLike(mem memory.Allocator, like arrow.Array, to arrow.DataType, values *memory.Buffer, children []arrow.ArrayData) arrow.Array {
	buffers := []*memory.Buffer{nil}
	if like.NullN() > 0 {
		valid := memory.NewResizableBuffer(mem)
		defer valid.Release()
		valid.Resize(int(bitutil.BytesForBits(int64(like.Len()))))
		bitutil.CopyBitmap(like.NullBitmapBytes(), like.Data().Offset(), like.Len(), valid.Bytes(), 0)
		buffers[0] = valid
	}
	if values != nil {
		buffers = append(buffers, values)
	}
	data := array.NewData(to, like.Len(), buffers, children, like.NullN(), 0)
	defer data.Release()
	return array.MakeFromData(data)
}
