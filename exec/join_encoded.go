package exec

import (
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/gather"
)

// The text of a right row comes once for each of its matches: names of a small table, in a query over a large one. To a reader
// that takes codes, the right rows are the dictionary and their positions the codes, which copies no text at all.

// encodedBuildRows and encodedBuildBytes are how many right rows, and how large, are made a dictionary at most. Of many, most
// could be without a match; and the dictionary is a copy, small enough not to be reserved.
const (
	encodedBuildRows  = 64 << 10
	encodedBuildBytes = 4 * maxBatchBytes
)

// entries is a right column as a dictionary, in the order of positions.
type entries struct {
	once sync.Once
	text arrow.Array // without NULL
	null []bool      // by position; nil if none is
}

// takeRightEncoded says which right columns may be given encoded.
func (b *build) takeRightEncoded(out columnSet) {
	b.encoded = make([]*entries, len(b.columns))
	if b.rows > encodedBuildRows || b.bytes > encodedBuildBytes {
		return
	}
	for i, f := range b.schema.Fields() {
		if out.has(i) && catalog.Encodes(f.Type) {
			b.encoded[i] = new(entries)
		}
	}
}

// codes is a right column at positions. It is nil for a column that is not given encoded.
func (b *build) codes(mem memory.Allocator, column int, positions []uint32) arrow.Array {
	if column >= len(b.encoded) || b.encoded[column] == nil {
		return nil
	}
	e, dt := b.encoded[column], b.schema.Field(column).Type
	e.once.Do(func() { e.fill(gather.Chunks(mem, dt, b.columns[column], b.refs)) })

	codes := memory.NewResizableBuffer(mem)
	defer codes.Release()
	codes.Resize(4 * len(positions))
	out := arrow.Uint32Traits.CastFromBytes(codes.Bytes())
	valid := memory.NewResizableBuffer(mem)
	defer valid.Release()
	valid.Resize(int(bitutil.BytesForBits(int64(len(positions)))))
	bits, nulls := valid.Bytes(), 0
	bitutil.SetBitsTo(bits, 0, int64(len(positions)), true)
	for i, at := range positions {
		if at == noRow || e.null != nil && e.null[at] {
			bitutil.ClearBit(bits, i)
			nulls++
			at = 0
		}
		out[i] = at
	}
	buffers := []*memory.Buffer{valid, codes}
	if nulls == 0 {
		buffers[0] = nil
	}
	d := array.NewDataWithDictionary(catalog.Encoded(dt), len(positions), buffers, nulls, 0, e.text.Data().(*array.Data))
	defer d.Release()
	return array.MakeFromData(d)
}

// fill takes a column over. What is NULL becomes an empty text, and is known apart.
func (e *entries) fill(a arrow.Array) {
	if a.NullN() == 0 {
		e.text = a
		return
	}
	defer a.Release()
	e.null = make([]bool, a.Len())
	for i := range e.null {
		e.null[i] = a.IsNull(i)
	}
	d := array.NewData(a.DataType(), a.Len(), append([]*memory.Buffer{nil}, a.Data().Buffers()[1:]...), nil, 0, a.Data().Offset())
	defer d.Release()
	e.text = array.MakeFromData(d)
}

func (b *build) freeEntries() {
	for _, e := range b.encoded {
		if e != nil && e.text != nil {
			e.text.Release()
		}
	}
}
