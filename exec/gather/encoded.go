package gather

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Codes are the codes of an encoded column's rows; see catalog.Encoded.
func Codes(a *array.Dictionary) []uint32 {
	all := values[uint32](chunk{a.Data(), a.Data().Offset()})
	return all[:a.Len()]
}

// Plain is an encoded array as plain text, or any other array as it is. The caller releases it.
func Plain(mem memory.Allocator, a arrow.Array) arrow.Array {
	d, ok := a.(*array.Dictionary)
	if !ok {
		a.Retain()
		return a
	}
	dt := d.DataType().(*arrow.DictionaryType).ValueType
	data := d.Data()
	valid, nulls := data.Buffers()[0], d.NullN()
	if nulls == 0 || d.Len() == 0 {
		valid = nil
	}
	if valid != nil && data.Offset() != 0 {
		rows := make([]uint32, d.Len())
		for i := range rows {
			rows[i] = uint32(i)
		}
		valid, nulls = takeValidity(mem, []chunk{{data, data.Offset()}}, rows)
		defer valid.Release()
	}
	offsets, bytes := look(mem, d)
	defer offsets.Release()
	defer bytes.Release()
	out := array.NewData(dt, d.Len(), []*memory.Buffer{valid, offsets, bytes}, nil, nulls, 0)
	defer out.Release()
	return array.MakeFromData(out)
}

// errTooLong is a panic: whoever makes batches keeps them far below the 2 GiB that 32-bit offsets reach, and an error is
// better than wrong bytes.
var errTooLong = errors.New("gather: more than 2 GiB of text in one batch")

// look copies the entry of each row. What a NULL has is of no length.
func look(mem memory.Allocator, a *array.Dictionary) (offsets, bytes *memory.Buffer) {
	entries := entriesOf(a)
	codes := Codes(a)
	offsets = newBuffer(mem, 4*(len(codes)+1))
	ends := words[int32](offsets.Bytes())
	ends[0] = 0
	var size int64
	nulls := a.NullN() > 0
	for i, code := range codes {
		if !nulls || a.IsValid(i) {
			size += int64(entries.offsets[code+1] - entries.offsets[code])
		}
		ends[i+1] = int32(size)
	}
	if int64(ends[len(codes)]) != size {
		offsets.Release()
		panic(errTooLong)
	}
	bytes = newBuffer(mem, int(size))
	out, from := bytes.Bytes(), entries.bytes
	at := int32(0)
	for i, end := range ends[1:] {
		if length := end - at; length > 0 {
			copyText(out, int(at), from, int(entries.offsets[codes[i]]), int(length))
		}
		at = end
	}
	return offsets, bytes
}

// entries are a dictionary's, as offsets into bytes.
type entries struct {
	offsets []int32
	bytes   []byte
}

func entriesOf(a *array.Dictionary) entries {
	d := a.Data().Dictionary()
	e := entries{offsets: values[int32](chunk{d, d.Offset()})}
	if b := d.Buffers()[2]; b != nil {
		e.bytes = b.Bytes()
	}
	return e
}

// takeEncoded takes rows of one encoded array: it copies codes, and shares the dictionary.
func takeEncoded[I index](mem memory.Allocator, dt arrow.DataType, from chunk, rows []I) arrow.ArrayData {
	valid, nulls := takeValidity(mem, []chunk{from}, rows)
	codes := takeFixed(mem, 4, []chunk{from}, rows)
	defer codes.Release()
	if valid != nil {
		defer valid.Release()
	}
	return array.NewDataWithDictionary(dt, len(rows), []*memory.Buffer{valid, codes}, nulls, 0, from.ArrayData.Dictionary().(*array.Data))
}

// isEncoded says whether the codes of an array are those of encoded columns.
func isEncoded(dt arrow.DataType) bool {
	t, ok := dt.(*arrow.DictionaryType)
	return ok && t.IndexType.ID() == arrow.UINT32 && (t.ValueType.ID() == arrow.STRING || t.ValueType.ID() == arrow.BINARY)
}
