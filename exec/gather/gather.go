// Package gather copies chosen rows of columns: the survivors of a filter, the matches of a join, the order of a sort.
package gather

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// A Ref names a row of a list of arrays: the array's number in the upper half, the row's in the lower.
type Ref = uint64

// At makes a Ref.
func At(chunk, row int) Ref { return uint64(chunk)<<32 | uint64(uint32(row)) }

// Rows returns the given rows of a, in their order. Those of an encoded array are encoded, by the same dictionary.
func Rows(mem memory.Allocator, a arrow.Array, rows []uint32) arrow.Array {
	d := take(mem, a.DataType(), []chunk{{a.Data(), a.Data().Offset()}}, rows)
	defer d.Release()
	return array.MakeFromData(d)
}

// Chunks returns the rows that refs name among arrays of one type, of which some may be encoded: the result is not.
func Chunks(mem memory.Allocator, dt arrow.DataType, arrays []arrow.Array, refs []Ref) arrow.Array {
	chunks := make([]chunk, len(arrays))
	for i, a := range arrays {
		chunks[i] = chunk{a.Data(), a.Data().Offset()}
	}
	d := take(mem, dt, chunks, refs)
	defer d.Release()
	return array.MakeFromData(d)
}

// Batch returns the given rows of a batch, in their order.
func Batch(mem memory.Allocator, batch arrow.RecordBatch, rows []uint32) arrow.RecordBatch {
	columns := make([]arrow.Array, batch.NumCols())
	for i := range columns {
		columns[i] = Rows(mem, batch.Column(i), rows)
		defer columns[i].Release()
	}
	return array.NewRecordBatch(batch.Schema(), columns, int64(len(rows)))
}

// Batches returns the rows that refs name among batches of one schema.
func Batches(mem memory.Allocator, schema *arrow.Schema, batches []arrow.RecordBatch, refs []Ref) arrow.RecordBatch {
	columns := make([]arrow.Array, schema.NumFields())
	arrays := make([]arrow.Array, len(batches))
	for i := range columns {
		for j, b := range batches {
			arrays[j] = b.Column(i)
		}
		columns[i] = Chunks(mem, schema.Field(i).Type, arrays, refs)
		defer columns[i].Release()
	}
	return array.NewRecordBatch(schema, columns, int64(len(refs)))
}

// index is a row of a single array, or a Ref: the code below reads both alike, because a row's upper half is 0.
type index interface{ uint32 | uint64 }

// A chunk is an array that rows are taken from. Row i lies at offset+i of its buffers.
type chunk struct {
	arrow.ArrayData
	offset int
}

func take[I index](mem memory.Allocator, dt arrow.DataType, chunks []chunk, rows []I) arrow.ArrayData {
	storage := dt
	if ext, ok := dt.(arrow.ExtensionType); ok {
		storage = ext.StorageType()
	}
	valid, nulls := takeValidity(mem, chunks, rows)
	out := parts{buffers: []*memory.Buffer{valid}, nulls: nulls}
	switch t := storage.(type) {
	case *arrow.NullType:
		return array.NewData(dt, len(rows), []*memory.Buffer{nil}, nil, len(rows), 0)
	case *arrow.BooleanType:
		out.buffers = append(out.buffers, takeBits(mem, chunks, rows))
	case *arrow.StringType, *arrow.BinaryType:
		offsets, bytes := takeBytes[int32](mem, chunks, rows)
		out.buffers = append(out.buffers, offsets, bytes)
	case *arrow.LargeStringType, *arrow.LargeBinaryType:
		offsets, bytes := takeBytes[int64](mem, chunks, rows)
		out.buffers = append(out.buffers, offsets, bytes)
	case arrow.ListLikeType:
		switch t := t.(type) {
		case *arrow.FixedSizeListType:
			out.children = append(out.children, takeFixedSizeList(mem, t, chunks, rows))
		case *arrow.ListType, *arrow.MapType:
			offsets, elements := takeList(mem, t.Elem(), chunks, rows)
			out.buffers = append(out.buffers, offsets)
			out.children = append(out.children, elements)
		default:
			out.release()
			return takeSlices(mem, dt, chunks, rows)
		}
	case *arrow.StructType:
		for i, f := range t.Fields() {
			out.children = append(out.children, take(mem, f.Type, fieldChunks(chunks, i), rows))
		}
	case *arrow.DictionaryType:
		out.release()
		if len(chunks) == 1 && isEncoded(t) {
			return takeEncoded(mem, dt, chunks[0], rows)
		}
		return takeSlices(mem, dt, chunks, rows)
	case arrow.FixedWidthDataType:
		out.buffers = append(out.buffers, takeFixed(mem, t.BitWidth()/8, chunks, rows))
	default:
		out.release()
		return takeSlices(mem, dt, chunks, rows)
	}
	defer out.release()
	return array.NewData(dt, len(rows), out.buffers, out.children, out.nulls, 0)
}

// parts is what an array in the making is made of.
type parts struct {
	buffers  []*memory.Buffer
	children []arrow.ArrayData
	nulls    int
}

func (p *parts) release() {
	for _, b := range p.buffers {
		if b != nil {
			b.Release()
		}
	}
	for _, c := range p.children {
		c.Release()
	}
}

// takeSlices is for the types that are too rare to have a loop of their own.
func takeSlices[I index](mem memory.Allocator, dt arrow.DataType, chunks []chunk, rows []I) arrow.ArrayData {
	if len(rows) == 0 {
		a := udf.NullArray(mem, dt, 0)
		defer a.Release()
		a.Data().Retain()
		return a.Data()
	}
	slices := make([]arrow.Array, len(rows))
	for i, r := range rows {
		c, row := chunks[uint64(r)>>32], int64(uint32(r))+int64(chunks[uint64(r)>>32].offset-chunks[uint64(r)>>32].Offset())
		d := array.NewSliceData(c.ArrayData, row, row+1)
		slices[i] = array.MakeFromData(d)
		d.Release()
		defer slices[i].Release()
	}
	a, err := array.Concatenate(slices, mem)
	if err != nil { // arrays of one type always concatenate, unless their offsets overflow
		panic(err)
	}
	defer a.Release()
	a.Data().Retain()
	return a.Data()
}

func newBuffer(mem memory.Allocator, size int) *memory.Buffer {
	b := memory.NewResizableBuffer(mem)
	b.Resize(size)
	return b
}
