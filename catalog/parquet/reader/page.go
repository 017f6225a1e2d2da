package reader

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/format"

	"github.com/mediaflight/mediaflight/catalog"
)

// A page is a decoded data page.
type page struct {
	index       int        // in the chunk
	first, rows int64      // the rows that begin in it
	n           int        // entries: values, NULLs and empty lists
	uniform     bool       // levels are proven, not expanded: every row is a list of as many values
	inPlace     bool       // the values lie in the mapping
	values      *values    // what is not NULL
	valid       *placement // which entries have a value; nil if all do
	rep, def    []uint8    // the levels, of columns that are not flat; nil: all 0; all highest
	begins      *placement // which entries begin a row; nil if all do
}

// decode decodes page i, whose first row is known.
func (l *leafReader) decode(i int, first int64) (*page, error) {
	ref := &l.chunk.pages[i]
	if p := l.proven(ref, i, first); p != nil {
		return p, nil
	}
	raw, err := l.open(ref)
	if err != nil {
		return nil, err
	}
	defer raw.buffer.Release()
	l.stats.pages++
	l.stats.bytes += ref.size
	p := &page{index: i, first: first, n: raw.n}
	count, err := l.levels(p, ref, raw)
	if err != nil {
		return nil, err
	}
	if end := l.rowsFrom(i); ref.first >= 0 && end >= 0 && (p.rows != end-first || len(p.rep) > 0 && p.rep[0] != 0) {
		return nil, l.corrupt("page at %d has %d rows where %d are due", ref.offset, p.rows, end-first)
	}
	if err := l.fill(p, raw, count); err != nil {
		return nil, err
	}
	if p.inPlace {
		l.stats.bytesInPlace += ref.size
		l.prove(ref, p, raw)
	}
	return p, nil
}

// A rawPage is a page decompressed and taken apart, not decoded.
type rawPage struct {
	n        int // entries
	encoding format.Encoding
	rep, def []byte         // levels, as runs
	body     []byte         // values: the end of buffer
	buffer   *memory.Buffer // a slice of the mapping, or memory
	at       int64          // where the body lies in the file, if the buffer is of the mapping
}

// open decompresses a page; its buffer is the caller's.
func (l *leafReader) open(ref *pageRef) (*rawPage, error) {
	header, at, err := l.header(ref.offset)
	if err != nil {
		return nil, err
	}
	src := l.file.data[at : at+int64(header.CompressedPageSize)]
	switch header.Type {
	case format.DataPage:
		return l.openV1(&header.DataPageHeader.V, src, at, int(header.UncompressedPageSize))
	case format.DataPageV2:
		return l.openV2(&header.DataPageHeaderV2.V, src, at, int(header.UncompressedPageSize))
	}
	return nil, l.corrupt("page at %d is no data page", ref.offset)
}

// openV1 opens a page whose levels are compressed with its values, each kind behind its length.
func (l *leafReader) openV1(header *format.DataPageHeader, src []byte, at int64, size int) (*rawPage, error) {
	buffer, err := l.decompressed(src, at, size)
	if err != nil {
		return nil, err
	}
	raw := &rawPage{n: int(header.NumValues), encoding: header.Encoding, body: buffer.Bytes(), buffer: buffer}
	for _, level := range []struct {
		highest  int
		encoding format.Encoding
		runs     *[]byte
	}{{l.leaf.Rep, header.RepetitionLevelEncoding, &raw.rep}, {l.leaf.Def, header.DefinitionLevelEncoding, &raw.def}} {
		if level.highest == 0 {
			continue
		}
		if level.encoding != format.RLE {
			buffer.Release()
			return nil, unsupported(l.file.path, "rewrite the file", "column %s has levels in the encoding %s", l.leaf.Path, level.encoding)
		}
		if len(raw.body) < 4 || uint64(binary.LittleEndian.Uint32(raw.body)) > uint64(len(raw.body)-4) {
			buffer.Release()
			return nil, l.corrupt("levels of page at %d are cut short", at)
		}
		end := 4 + int(binary.LittleEndian.Uint32(raw.body))
		*level.runs, raw.body = raw.body[4:end], raw.body[end:]
	}
	raw.at = at + int64(buffer.Len()-len(raw.body))
	return raw, nil
}

// openV2 opens a page whose levels lie before its values and are not compressed.
func (l *leafReader) openV2(header *format.DataPageHeaderV2, src []byte, at int64, size int) (*rawPage, error) {
	rep, def := int(header.RepetitionLevelsByteLength), int(header.DefinitionLevelsByteLength)
	if rep < 0 || def < 0 || rep > len(src) || def > len(src)-rep || rep+def > size {
		return nil, l.corrupt("levels of page at %d are cut short", at)
	}
	levels, size := rep+def, size-rep-def
	var buffer *memory.Buffer
	var err error
	if header.IsCompressed.Valid && !header.IsCompressed.V {
		buffer, err = l.mapped(src[levels:], at+int64(levels), size)
	} else {
		buffer, err = l.decompressed(src[levels:], at+int64(levels), size)
	}
	if err != nil {
		return nil, err
	}
	return &rawPage{n: int(header.NumValues), encoding: header.Encoding, rep: src[:rep], def: src[rep:levels], body: buffer.Bytes(), buffer: buffer,
		at: at + int64(levels)}, nil
}

// decompressed is what src, at an offset of the file, decompresses to.
func (l *leafReader) decompressed(src []byte, at int64, size int) (*memory.Buffer, error) {
	codec := l.meta.MetaData.Codec
	if codec == format.Uncompressed {
		return l.mapped(src, at, size)
	}
	mem := l.mem
	if l.leaf.Type.V == format.ByteArray {
		mem = &pageMemory
	}
	buffer := memory.NewResizableBuffer(mem)
	buffer.Resize(size)
	if size == 0 { // an empty body may be written as no bytes at all
		return buffer, nil
	}
	if err := decompress(codec, buffer.Bytes(), src); err != nil {
		buffer.Release()
		return nil, l.corrupt("page at %d: %v", at, err)
	}
	return buffer, nil
}

// mapped is src itself, a slice of the mapping.
func (l *leafReader) mapped(src []byte, at int64, size int) (*memory.Buffer, error) {
	if len(src) < size {
		return nil, l.corrupt("page at %d has %d bytes of %d", at, len(src), size)
	}
	return memory.SliceBuffer(l.file.mapping, int(at), size), nil
}

func (l *leafReader) corrupt(format string, args ...any) error {
	return corrupt(l.file.path, "column "+l.leaf.Path+": "+format, args...)
}

// levels reads a page's levels into p and returns how many values it holds.
func (l *leafReader) levels(p *page, ref *pageRef, raw *rawPage) (count int, err error) {
	rep, def := raw.rep, raw.def
	if l.list > 0 && l.uniform(p, ref, rep, def) {
		p.uniform, p.rows = true, int64(p.n/l.list)
		return p.n, nil
	}
	if l.leaf.Rep > 0 {
		p.rep = make([]uint8, p.n)
		if err := decodeLevels(p.rep, rep, l.leaf.Rep); err != nil {
			return 0, l.corrupt("repetition levels of page at %d: %v", ref.offset, err)
		}
		p.begins = placementOf(p.rep, 0)
		p.rows = int64(p.begins.total())
	} else {
		p.rows = int64(p.n)
	}
	if l.leaf.Def == 0 || allEqual(p.n, def, l.leaf.Def) {
		return p.n, nil
	}
	if l.flat {
		p.valid = newPlacement(p.n)
		ones, err := decodeBits(p.valid.bits, p.n, def)
		if err != nil {
			return 0, l.corrupt("definition levels of page at %d: %v", ref.offset, err)
		}
		p.valid.count()
		return ones, nil
	}
	p.def = make([]uint8, p.n)
	if err := decodeLevels(p.def, def, l.leaf.Def); err != nil {
		return 0, l.corrupt("definition levels of page at %d: %v", ref.offset, err)
	}
	p.valid = placementOf(p.def, uint8(l.leaf.Def))
	return p.valid.total(), nil
}

// uniform proves, once for a page, that all its rows are lists of l.list elements with nothing NULL.
func (l *leafReader) uniform(p *page, ref *pageRef, rep, def []byte) bool {
	if int(ref.uniform.Load()) == l.list {
		return true
	}
	if l.leaf.Rep != 1 || p.n == 0 || !startsEvery(l.list, p.n, rep) || l.leaf.Def > 0 && !allEqual(p.n, def, l.leaf.Def) {
		return false
	}
	ref.uniform.Store(int32(l.list))
	return true
}

// fill decodes a page's count values and converts them.
func (l *leafReader) fill(p *page, raw *rawPage, count int) error {
	v, err := l.decodeValues(raw.encoding, raw.body, count)
	if err != nil {
		return l.failed(p, err)
	}
	switch at := raw.buffer.Len() - len(raw.body); {
	case raw.encoding == format.Plain:
		v.buffer = memory.SliceBuffer(raw.buffer, at, len(v.data))
		p.inPlace = v.layout == fixed && raw.buffer.Parent() == l.file.mapping && l.identity() && p.valid == nil &&
			(l.list == 0 || p.uniform && aligned(v.data, uintptr(v.width)))
	case raw.encoding == format.DeltaLengthByteArray:
		v.buffer = memory.SliceBuffer(raw.buffer, at, len(raw.body))
	}
	if v.dict == nil {
		if v, err = l.run(l.mem, v); err != nil {
			return l.failed(p, err)
		}
	}
	p.values = v
	return nil
}

// failed says which page an error is about, unless it says so itself.
func (l *leafReader) failed(p *page, err error) error {
	if _, ok := err.(*catalog.Error); ok {
		return err
	}
	return l.corrupt("page of rows from %d: %v", p.first, err)
}
