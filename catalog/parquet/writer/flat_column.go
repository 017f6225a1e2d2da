package writer

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A flatColumn writes numbers and texts outside of lists and structs: as codes of a sorted dictionary where values are
// few, else numbers PLAIN and aligned, so that a mapped file shows them as Go has them. What is to be compressed it
// leaves to pqarrow.
type flatColumn struct {
	encoded  *arrowColumn
	field    arrow.Field
	physical format.Type
	compact  bool
	mem      memory.Allocator
	scratch  *scratch
}

// physicalType is the type that a flat column has in Parquet; false if pqarrow writes it.
func physicalType(typ arrow.DataType) (format.Type, bool) {
	switch typ.ID() {
	case arrow.INT32, arrow.DATE32:
		return format.Int32, true
	case arrow.INT64, arrow.TIME64, arrow.TIMESTAMP:
		return format.Int64, true
	case arrow.FLOAT32:
		return format.Float, true
	case arrow.FLOAT64:
		return format.Double, true
	case arrow.STRING, arrow.BINARY:
		return format.ByteArray, true
	case arrow.DECIMAL128:
		switch p := typ.(*arrow.Decimal128Type).Precision; {
		case p <= 9:
			return format.Int32, true
		case p <= 18:
			return format.Int64, true
		}
	}
	return 0, false
}

func newFlatColumn(f arrow.Field, physical format.Type, opts Options, scratch *scratch) *flatColumn {
	return &flatColumn{
		encoded:  newArrowColumn(f, opts, scratch),
		field:    f,
		physical: physical,
		compact:  opts.Compact,
		mem:      opts.Mem,
		scratch:  scratch,
	}
}

func (c *flatColumn) write(out *sink, values []arrow.Array) ([]chunk, error) {
	numbers, err := narrowDecimals(values, c.physical, c.mem)
	defer releaseAll(numbers)
	if err != nil {
		return nil, err
	}
	switch {
	case c.scratch.dictionary.build(numbers, c.physical):
		return c.writeCodes(out, numbers)
	case c.physical == format.ByteArray || c.compact:
		return c.encoded.encode(out, values, []layout{plainLayout(c.field.Type, values, c.compact)})
	}
	return c.writePlain(out, numbers)
}

// writePlain writes numbers as they are.
func (c *flatColumn) writePlain(out *sink, values []arrow.Array) ([]chunk, error) {
	w := c.newChunk(format.Plain)
	width := valueWidth(c.physical)
	rows := valuePage / width
	if !c.field.Nullable {
		// Without levels nothing can be padded between pages, but there may be a gap before the first one.
		rows = totalRows(values)
		if err := c.padBefore(out, rows, width); err != nil {
			return nil, err
		}
	}
	w.start(out)
	rest := cursor{values: values}
	for page := rest.take(rows); len(page) > 0; page = rest.take(rows) {
		var bounds bounds
		n, nulls := count(page)
		head := pageHead{encoding: format.Plain, values: (n - nulls) * width}
		if err := c.writeHead(out, head, page, n, nulls); err != nil {
			return nil, err
		}
		for _, s := range page {
			for run := range s.present() {
				bytes := fixedBytes(run, width)
				bounds.see(c.physical, bytes)
				if _, err := out.Write(bytes); err != nil {
					return nil, err
				}
			}
		}
		w.add(out, n, nulls, bounds)
	}
	return w.finish(out, c.field.Type)
}

// writeCodes writes the dictionary and the codes of the values, one bit-packed run a page, so that the code of a value
// lies where its place says.
func (c *flatColumn) writeCodes(out *sink, values []arrow.Array) ([]chunk, error) {
	dictionary := &c.scratch.dictionary
	defer dictionary.forget()
	w := c.newChunk(format.RLEDictionary)
	w.start(out)
	if err := dictionary.write(out, c.physical); err != nil {
		return nil, err
	}
	w.afterDictionary(out)
	codes, width := dictionary.codes, dictionary.width()
	rest := cursor{values: values}
	for page := rest.take(codePageRows); len(page) > 0; page = rest.take(codePageRows) {
		n, nulls := count(page)
		own := codes[:n-nulls]
		codes = codes[n-nulls:]
		c.scratch.packed = appendPacked(append(c.scratch.packed[:0], byte(width)), own, width)
		head := pageHead{encoding: format.RLEDictionary, values: len(c.scratch.packed)}
		if err := c.writeHead(out, head, page, n, nulls); err != nil {
			return nil, err
		}
		if _, err := out.Write(c.scratch.packed); err != nil {
			return nil, err
		}
		w.add(out, n, nulls, dictionary.bounds(own, c.physical))
	}
	return w.finish(out, c.field.Type)
}

// writeHead writes a page's head, aligned if no row is NULL.
func (c *flatColumn) writeHead(out *sink, head pageHead, page []span, rows, nulls int) (err error) {
	head.levels = rows
	head.stats.NullCount = int64(nulls)
	switch {
	case !c.field.Nullable:
		c.scratch.head, err = head.append(c.scratch.head[:0])
	case nulls == 0:
		c.scratch.head, err = head.appendAligned(c.scratch.head[:0], out.pos, 1)
	default:
		c.scratch.validity = appendValidity(c.scratch.validity[:0], page, rows)
		head.defined = c.scratch.validity
		c.scratch.head, err = head.append(c.scratch.head[:0])
	}
	if err != nil {
		return err
	}
	_, err = out.Write(c.scratch.head)
	return err
}

// padBefore writes zeros so that the values of a chunk's only page will be aligned.
func (c *flatColumn) padBefore(out *sink, rows, width int) error {
	head := pageHead{levels: rows, encoding: format.Plain, values: rows * width}
	header, err := head.header()
	if err != nil {
		return err
	}
	gap := -(out.pos + int64(len(header))) & (align - 1)
	_, err = out.Write(make([]byte, gap))
	return err
}

// appendValidity appends the definition levels of a page as one bit-packed run: Arrow's validity bits as they are.
func appendValidity(into []byte, page []span, rows int) []byte {
	groups := bitutil.CeilByte(rows) / 8
	into = appendPackedHeader(into, groups)
	at := len(into)
	into = append(into, make([]byte, groups)...)
	bit := 0
	for _, s := range page {
		n := s.to - s.from
		if s.values.NullN() == 0 {
			bitutil.SetBitsTo(into[at:], int64(bit), int64(n), true)
		} else {
			bitutil.CopyBitmap(s.values.NullBitmapBytes(), s.values.Data().Offset()+s.from, n, into[at:], bit)
		}
		bit += n
	}
	return into
}

func (c *flatColumn) newChunk(encoding format.Encoding) *chunkWriter {
	return &chunkWriter{
		physical: c.physical,
		encoding: encoding,
		path:     thrift.Slice[string]{c.field.Name},
	}
}
