package reader

import (
	"errors"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A builder gathers decoded values into one Arrow array.
type builder struct {
	mem    memory.Allocator
	dt     arrow.DataType
	layout layout
	width  int // fixed
	rows   int // how many are expected; more may come

	n, nulls int
	valid    *memory.Buffer // nil while nothing is NULL
	data     *memory.Buffer
	offsets  *memory.Buffer // spans
	size     int            // spans: bytes in data
}

func newBuilder(mem memory.Allocator, dt arrow.DataType, rows int) *builder {
	b := &builder{mem: mem, dt: dt, rows: rows}
	b.layout, b.width = layoutOf(dt)
	if b.layout == spans {
		mem = &pageMemory
	}
	b.data = memory.NewResizableBuffer(mem)
	switch b.layout {
	case fixed:
		b.data.Reserve(rows * b.width)
	case bitmap:
		b.data.Reserve(int(bitutil.BytesForBits(int64(rows))))
	case spans:
		b.offsets = memory.NewResizableBuffer(mem)
		b.offsets.Reserve(4 * (rows + 1))
		b.offsets.Resize(4)
		elements[int32](b.offsets.Bytes())[0] = 0
	}
	return b
}

// layoutOf is how an Arrow type keeps its values.
func layoutOf(dt arrow.DataType) (layout, int) {
	if ext, ok := dt.(arrow.ExtensionType); ok {
		dt = ext.StorageType()
	}
	switch t := dt.(type) {
	case *arrow.BooleanType:
		return bitmap, 0
	case arrow.FixedWidthDataType:
		return fixed, t.Bytes()
	}
	return spans, 0
}

var errBatchLarge = errors.New("strings of one batch exceed 2 GiB")

// append takes values [from, to) of v.
func (b *builder) append(v *values, from, to int) error {
	n := to - from
	b.appendValid(n)
	switch {
	case b.layout == fixed && v.dict != nil:
		gatherFixed(b.grow(n), v.dict.data, v.index[from:to], 0, b.width)
	case b.layout == fixed:
		copy(b.grow(n), v.data[from*b.width:to*b.width])
	case b.layout == bitmap:
		b.growBits(n)
		bitutil.CopyBitmap(v.data, from, n, b.data.Bytes(), b.n)
	case v.dict != nil:
		return b.gatherSpans(v.dict.data, n, func(into []span, start int) { gather(into, v.dict.spans, v.index[from+start:][:len(into)], 0) })
	case v.inRow && v.spans == nil:
		return b.appendRow(v, from, to)
	default:
		return b.appendSpans(v.data, v.spans[from:to])
	}
	b.n += n
	return nil
}

// appendRows takes the values of v at rows, each less base.
func (b *builder) appendRows(v *values, rows []uint32, base uint32) error {
	n := len(rows)
	if err := v.find(); err != nil {
		return err
	}
	b.appendValid(n)
	switch {
	case b.layout == fixed && v.dict != nil:
		gatherPicked(b.grow(n), v.dict.data, v.index, rows, base, b.width)
	case b.layout == fixed:
		gatherFixed(b.grow(n), v.data, rows, base, b.width)
	case b.layout == bitmap:
		b.growBits(n)
		for i, row := range rows {
			bitutil.SetBitTo(b.data.Bytes(), b.n+i, bitutil.BitIsSet(v.data, int(row-base)))
		}
	case v.dict != nil:
		return b.gatherSpans(v.dict.data, n, func(into []span, start int) {
			for i := range into {
				into[i] = v.dict.spans[v.index[rows[start+i]-base]]
			}
		})
	default:
		return b.gatherSpans(v.data, n, func(into []span, start int) {
			for i := range into {
				into[i] = v.spans[rows[start+i]-base]
			}
		})
	}
	b.n += n
	return nil
}

// gatherFixed picks values of a width at rows, each less base.
func gatherFixed(dst, src []byte, rows []uint32, base uint32, width int) {
	switch width {
	case 1:
		gather(dst, src, rows, base)
	case 2:
		gather(elements[uint16](dst), elements[uint16](src), rows, base)
	case 4:
		gather(elements[uint32](dst), elements[uint32](src), rows, base)
	case 8:
		gather(elements[uint64](dst), elements[uint64](src), rows, base)
	case 16:
		gather(elements[[2]uint64](dst), elements[[2]uint64](src), rows, base)
	default:
		for i, row := range rows {
			copy(dst[i*width:(i+1)*width], src[int(row-base)*width:])
		}
	}
}

// gather picks a value for each of the rows, less base.
func gather[T any](dst, src []T, rows []uint32, base uint32) {
	dst = dst[:len(rows)]
	for i, row := range rows {
		dst[i] = src[row-base]
	}
}

// gatherPicked picks values of a width by the codes at rows, each less base.
func gatherPicked(dst, src []byte, codes, rows []uint32, base uint32, width int) {
	switch width {
	case 4:
		pick(elements[uint32](dst), elements[uint32](src), codes, rows, base)
	case 8:
		pick(elements[uint64](dst), elements[uint64](src), codes, rows, base)
	case 16:
		pick(elements[[2]uint64](dst), elements[[2]uint64](src), codes, rows, base)
	default:
		for i, row := range rows {
			copy(dst[i*width:(i+1)*width], src[int(codes[row-base])*width:])
		}
	}
}

// pick picks a value by its code for each of the rows, less base.
func pick[T any](dst, src []T, codes, rows []uint32, base uint32) {
	dst = dst[:len(rows)]
	for i, row := range rows {
		dst[i] = src[codes[row-base]]
	}
}

// spanRows is how many byte strings are looked up before they are copied: few enough to stay in the nearest cache.
const spanRows = 512

// gatherSpans copies n byte strings that lie where pick says: for the places from start on, it fills into.
func (b *builder) gatherSpans(data []byte, n int, pick func(into []span, start int)) error {
	var found [spanRows]span
	for start := 0; start < n; start += spanRows {
		into := found[:min(spanRows, n-start)]
		pick(into, start)
		if err := b.appendSpans(data, into); err != nil {
			return err
		}
	}
	return nil
}

// appendSpans copies byte strings. Short ones are copied sixteen bytes at a time, over what the next will write.
func (b *builder) appendSpans(data []byte, from []span) error {
	offsets := b.growOffsets(len(from))
	size := uint64(b.size)
	for i, s := range from {
		size += uint64(s.to - s.from)
		offsets[i] = int32(size)
	}
	if size > 1<<31-1 {
		return errBatchLarge
	}
	b.growBytes(int(size)-b.size, len(from))
	out, w := b.data.Buf(), b.size
	for _, s := range from {
		length := s.len()
		if length <= 16 && int(s.from)+16 <= len(data) && w+16 <= len(out) {
			*(*[16]byte)(unsafe.Pointer(&out[w])) = *(*[16]byte)(unsafe.Pointer(&data[s.from]))
		} else {
			copy(out[w:], data[s.from:s.to])
		}
		w += length
	}
	b.size = int(size)
	b.n += len(from)
	return nil
}

// grow makes room for n more fixed values and returns it.
func (b *builder) grow(n int) []byte {
	at := b.n * b.width
	resize(b.data, at+n*b.width)
	return b.data.Bytes()[at:]
}

func (b *builder) growBits(n int) { resize(b.data, int(bitutil.BytesForBits(int64(b.n+n)))) }

func (b *builder) growOffsets(n int) []int32 {
	resize(b.offsets, 4*(b.n+1+n))
	return elements[int32](b.offsets.Bytes())[b.n+1:]
}

// growBytes makes room for size more bytes of n strings and, going by them, for those that are still expected.
func (b *builder) growBytes(size, n int) {
	need := b.size + size
	if left := b.rows - b.n - n; need > b.data.Cap() && left > 0 {
		b.data.Reserve(need + int(min(1.1*float64(size)/float64(n)*float64(left), 2*batchBytes)))
	}
	resize(b.data, need)
}

// resize grows a buffer, by doubling where it must move. A large one is nearly as large as it will be, and the pool's block that
// it lies in may be larger already.
func resize(buffer *memory.Buffer, size int) {
	if most := buffer.Cap(); size > most {
		more := most
		if most > batchBytes/2 {
			more = most / 4
		}
		buffer.Reserve(max(size, most+more))
	}
	buffer.ResizeNoShrink(size)
}

// validity makes room for n more validity bits.
func (b *builder) validity(n int) {
	if b.valid == nil {
		b.valid = memory.NewResizableBuffer(b.mem)
		resize(b.valid, int(bitutil.BytesForBits(int64(max(b.rows, b.n+n)))))
		bitutil.SetBitsTo(b.valid.Bytes(), 0, int64(b.n), true)
	}
	resize(b.valid, max(b.valid.Len(), int(bitutil.BytesForBits(int64(b.n+n)))))
}

// appendValid says that the next n values are not NULL.
func (b *builder) appendValid(n int) {
	if b.valid != nil {
		b.validity(n)
		bitutil.SetBitsTo(b.valid.Bytes(), int64(b.n), int64(n), true)
	}
}

// finish is the array; the builder is used up.
func (b *builder) finish() arrow.Array {
	buffers := []*memory.Buffer{b.valid, b.data}
	if b.layout == spans {
		resize(b.data, b.size)
		buffers = []*memory.Buffer{b.valid, b.offsets, b.data}
	}
	if b.nulls == 0 {
		buffers[0] = nil
	}
	data := array.NewData(b.dt, b.n, buffers, nil, b.nulls, 0)
	defer data.Release()
	b.release()
	return array.MakeFromData(data)
}

// release drops what was built.
func (b *builder) release() {
	for _, buffer := range []*memory.Buffer{b.valid, b.data, b.offsets} {
		if buffer != nil {
			buffer.Release()
		}
	}
}

// wrap makes an array of values [from, to) of v without copying them, if they lie as Arrow wants them.
func wrap(dt arrow.DataType, v *values, from, to int) (arrow.Array, bool) {
	if v.layout != fixed || v.dict != nil || v.buffer == nil || from == to {
		return nil, false
	}
	buffer := memory.SliceBuffer(v.buffer, from*v.width, (to-from)*v.width)
	defer buffer.Release()
	data := array.NewData(dt, to-from, []*memory.Buffer{nil, buffer}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data), true
}
