package reader

import (
	"encoding/binary"
	"errors"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
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
	header, at, err := l.header(ref.offset)
	if err != nil {
		return nil, err
	}
	l.stats.pages++
	l.stats.bytes += ref.size
	p := &page{index: i, first: first}
	var body []byte
	var buffer *memory.Buffer // holds body, to its end
	var rep, def []byte
	var encoding format.Encoding
	src := l.file.data[at : at+int64(header.CompressedPageSize)]
	switch header.Type {
	case format.DataPage:
		h := &header.DataPageHeader.V
		p.n, encoding = int(h.NumValues), h.Encoding
		if buffer, err = l.decompressed(src, at, int(header.UncompressedPageSize), true); err != nil {
			return nil, err
		}
		defer buffer.Release()
		body = buffer.Bytes()
		for _, level := range []struct {
			highest  int
			encoding format.Encoding
			to       *[]byte
		}{{l.leaf.Rep, h.RepetitionLevelEncoding, &rep}, {l.leaf.Def, h.DefinitionLevelEncoding, &def}} {
			if level.highest == 0 {
				continue
			}
			if level.encoding != format.RLE {
				return nil, unsupported(l.file.path, "rewrite the file", "column %s has levels in the encoding %s", l.leaf.Path, level.encoding)
			}
			if len(body) < 4 || uint64(binary.LittleEndian.Uint32(body)) > uint64(len(body)-4) {
				return nil, l.corrupt("levels of page at %d are cut short", ref.offset)
			}
			size := 4 + int(binary.LittleEndian.Uint32(body))
			*level.to, body = body[4:size], body[size:]
		}
	case format.DataPageV2:
		h := &header.DataPageHeaderV2.V
		p.n, encoding = int(h.NumValues), h.Encoding
		r, d := int(h.RepetitionLevelsByteLength), int(h.DefinitionLevelsByteLength)
		if r < 0 || d < 0 || r > len(src) || d > len(src)-r || r+d > int(header.UncompressedPageSize) {
			return nil, l.corrupt("levels of page at %d are cut short", ref.offset)
		}
		rep, def = src[:r], src[r:r+d]
		compressed := !h.IsCompressed.Valid || h.IsCompressed.V
		if buffer, err = l.decompressed(src[r+d:], at+int64(r+d), int(header.UncompressedPageSize)-r-d, compressed); err != nil {
			return nil, err
		}
		defer buffer.Release()
		body = buffer.Bytes()
	default:
		return nil, l.corrupt("page at %d is no data page", ref.offset)
	}
	count, err := l.levels(p, ref, rep, def)
	if err != nil {
		return nil, err
	}
	if end := l.rowsFrom(i); ref.first >= 0 && end >= 0 && (p.rows != end-first || len(p.rep) > 0 && p.rep[0] != 0) {
		return nil, l.corrupt("page at %d has %d rows where %d are due", ref.offset, p.rows, end-first)
	}
	if err := l.fill(p, encoding, body, buffer, count); err != nil {
		return nil, err
	}
	if p.inPlace {
		l.stats.bytesInPlace += ref.size
	}
	return p, nil
}

// decompressed is a page's bytes: a slice of the mapping, or memory that holds what they decompress to.
func (l *leafReader) decompressed(src []byte, at int64, size int, compressed bool) (*memory.Buffer, error) {
	codec := l.meta.MetaData.Codec
	if codec == format.Uncompressed || !compressed {
		if len(src) < size {
			return nil, l.corrupt("page of %d bytes has %d", size, len(src))
		}
		return memory.SliceBuffer(l.file.mapping, int(at), size), nil
	}
	buffer := memory.NewResizableBuffer(l.mem)
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

func (l *leafReader) corrupt(format string, args ...any) error {
	return corrupt(l.file.path, "column "+l.leaf.Path+": "+format, args...)
}

// levels reads a page's levels into p and returns how many values it holds.
func (l *leafReader) levels(p *page, ref *pageRef, rep, def []byte) (count int, err error) {
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

// fill decodes count values of body, the end of buffer, and converts them.
func (l *leafReader) fill(p *page, encoding format.Encoding, body []byte, buffer *memory.Buffer, count int) error {
	v, err := l.decodeValues(encoding, body, count)
	if err != nil {
		return l.failed(p, err)
	}
	switch at := buffer.Len() - len(body); {
	case encoding == format.Plain:
		v.buffer = memory.SliceBuffer(buffer, at, len(v.data))
		p.inPlace = v.layout == fixed && buffer.Parent() == l.file.mapping && l.identity() && p.valid == nil &&
			(l.list == 0 || p.uniform && aligned(v.data, uintptr(v.width)))
	case encoding == format.DeltaLengthByteArray:
		v.buffer = memory.SliceBuffer(buffer, at, len(body))
	}
	if v.dict == nil {
		if v, err = l.run(l.mem, v); err != nil {
			return l.failed(p, err)
		}
	}
	p.values = v
	return nil
}

var (
	errShort        = errors.New("values are cut short")
	errIndex        = errors.New("an index lies outside the dictionary")
	errNoDictionary = errors.New("the dictionary page is missing or malformed")
)

// failed says which page an error is about, unless it says so itself.
func (l *leafReader) failed(p *page, err error) error {
	if _, ok := err.(*catalog.Error); ok {
		return err
	}
	return l.corrupt("page of rows from %d: %v", p.first, err)
}

// decodeValues decodes the leaf's own values, as the encoding has them.
func (l *leafReader) decodeValues(encoding format.Encoding, body []byte, count int) (*values, error) {
	switch encoding {
	case format.Plain:
		return l.decodePlain(body, count)
	case format.PlainDictionary, format.RLEDictionary:
		return l.decodeDictionaryIndexes(body, count)
	}
	if count == 0 {
		return l.decodePlain(nil, 0)
	}
	physical, width := l.leaf.Type.V, l.leaf.width()
	switch {
	case encoding == format.RLE && physical == format.Boolean:
		if len(body) < 4 {
			return nil, errHybrid
		}
		v := &values{n: count, layout: bitmap, data: make([]byte, 8*((count+63)/64))}
		_, err := decodeBits(v.data, count, body[4:])
		return v, err
	case encoding == format.DeltaBinaryPacked && physical == format.Int32:
		v := allocateFixed(l.mem, count, 4)
		_, err := decodeDelta(elements[int32](v.data), body)
		return v.orRelease(err)
	case encoding == format.DeltaBinaryPacked && physical == format.Int64:
		v := allocateFixed(l.mem, count, 8)
		_, err := decodeDelta(elements[int64](v.data), body)
		return v.orRelease(err)
	case encoding == format.DeltaLengthByteArray && physical == format.ByteArray:
		v := &values{n: count, layout: spans, spans: make([]span, count)}
		var err error
		v.data, err = decodeDeltaLengths(v.spans, body)
		return v, err
	case encoding == format.DeltaByteArray && (physical == format.ByteArray || physical == format.FixedLenByteArray):
		v := &values{n: count, layout: spans, spans: make([]span, count)}
		var err error
		if v.data, err = decodeDeltaBytes(v.spans, body); err != nil || physical == format.ByteArray {
			return v, err
		}
		return v.toFixed(l.mem, width)
	case encoding == format.ByteStreamSplit && width > 0:
		if len(body) < count*width {
			return nil, errShort
		}
		v := allocateFixed(l.mem, count, width)
		decodeSplit(v.data, body[:count*width], width)
		return v, nil
	}
	return nil, unsupported(l.file.path, "rewrite the file", "column %s has %s values in the encoding %s", l.leaf.Path, physical, encoding)
}

// decodePlain takes values as they lie. Byte strings keep their bytes where they are, too: only where each one lies is
// found, so that only those that a scan keeps are copied.
func (l *leafReader) decodePlain(body []byte, count int) (*values, error) {
	switch width := l.leaf.width(); {
	case width > 0:
		if len(body) < count*width {
			return nil, errShort
		}
		return &values{n: count, layout: fixed, width: width, data: body[:count*width]}, nil
	case l.leaf.Type.V == format.Boolean:
		size := int(bitutil.BytesForBits(int64(count)))
		if len(body) < size {
			return nil, errShort
		}
		return &values{n: count, layout: bitmap, data: body[:size]}, nil
	}
	if len(body) < 4*count {
		return nil, errShort
	}
	v := &values{n: count, layout: spans, data: body, spans: make([]span, count)}
	at := uint64(0)
	for i := range v.spans {
		if at+4 > uint64(len(body)) {
			return nil, errShort
		}
		from := at + 4
		at = from + uint64(binary.LittleEndian.Uint32(body[at:]))
		v.spans[i] = span{uint32(from), uint32(at)}
	}
	if at > uint64(len(body)) {
		return nil, errShort
	}
	return v, nil
}

func (l *leafReader) decodeDictionaryIndexes(body []byte, count int) (*values, error) {
	if l.dictionary == nil {
		if err := l.loadDictionary(); err != nil {
			return nil, err
		}
	}
	v := &values{n: count, layout: l.dictionary.layout, width: l.dictionary.width, dict: l.dictionary, index: make([]uint32, count)}
	if count == 0 {
		return v, nil
	}
	if len(body) == 0 || body[0] > 32 {
		return nil, errHybrid
	}
	if err := decodeIndexes(v.index, body[1:], int(body[0])); err != nil {
		return nil, err
	}
	if body[0] < 32 && 1<<body[0] <= l.dictionary.n {
		return v, nil
	}
	highest := uint32(0)
	for _, i := range v.index {
		highest = max(highest, i)
	}
	if int(highest) >= l.dictionary.n {
		return nil, errIndex
	}
	return v, nil
}

// loadDictionary decodes the chunk's dictionary page, converted.
func (l *leafReader) loadDictionary() error {
	if l.dict == 0 {
		return errNoDictionary
	}
	header, at, err := l.header(l.dict)
	if err != nil {
		return err
	}
	h := &header.DictionaryPageHeader.V
	if header.Type != format.DictionaryPage || h.NumValues < 0 || (h.Encoding != format.Plain && h.Encoding != format.PlainDictionary) || l.leaf.Type.V == format.Boolean {
		return errNoDictionary
	}
	buffer, err := l.decompressed(l.file.data[at:at+int64(header.CompressedPageSize)], at, int(header.UncompressedPageSize), true)
	if err != nil {
		return err
	}
	defer buffer.Release()
	l.stats.bytes += int64(header.CompressedPageSize)
	v, err := l.decodePlain(buffer.Bytes(), int(h.NumValues))
	if err != nil {
		return err
	}
	v.buffer = memory.SliceBuffer(buffer, 0, len(v.data))
	if v, err = l.run(l.mem, v); err != nil {
		return err
	}
	if v.n == 0 { // NULLs have index 0
		v.spans, v.data = make([]span, 1), make([]byte, v.width)
	}
	l.dictionary = v
	return nil
}
