package reader

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/format"
)

var (
	errShort        = errors.New("values are cut short")
	errIndex        = errors.New("an index lies outside the dictionary")
	errNoDictionary = errors.New("the dictionary page is missing or malformed")
)

// plainDictionary is what files of the format's first version call both a dictionary and the indexes into it.
const plainDictionary format.Encoding = 2

// decodeValues decodes the leaf's own values, as the encoding has them.
func (l *leafReader) decodeValues(encoding format.Encoding, body []byte, count int) (*values, error) {
	switch encoding {
	case format.Plain:
		return l.decodePlain(body, count)
	case plainDictionary, format.RLEDictionary:
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

// decodePlain takes values as they lie. Byte strings keep their bytes where they are, too, each behind its length: where they
// lie is found when they are copied, or wanted one by one.
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
	return &values{n: count, layout: spans, data: body, inRow: true}, nil
}

func (l *leafReader) decodeDictionaryIndexes(body []byte, count int) (*values, error) {
	if l.dictionary == nil {
		if err := l.loadDictionary(); err != nil {
			return nil, err
		}
	}
	if count > 0 && (len(body) == 0 || body[0] > 32) {
		return nil, errHybrid
	}
	v := allocateFixed(&pageMemory, count, 4)
	v.layout, v.width, v.dict, v.index, v.data = l.dictionary.layout, l.dictionary.width, l.dictionary, elements[uint32](v.data), nil
	if count == 0 {
		return v, nil
	}
	if err := decodeIndexes(v.index, body[1:], int(body[0])); err != nil {
		return v.orRelease(err)
	}
	if body[0] < 32 && 1<<body[0] <= l.dictionary.n {
		return v, nil
	}
	highest := uint32(0)
	for _, i := range v.index {
		highest = max(highest, i)
	}
	if int(highest) >= l.dictionary.n {
		return v.orRelease(errIndex)
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
	if header.Type != format.DictionaryPage || h.NumValues < 0 || (h.Encoding != format.Plain && h.Encoding != plainDictionary) || l.leaf.Type.V == format.Boolean {
		return errNoDictionary
	}
	buffer, err := l.decompressed(l.file.data[at:at+int64(header.CompressedPageSize)], at, int(header.UncompressedPageSize))
	if err != nil {
		return err
	}
	defer buffer.Release()
	l.stats.bytes += int64(header.CompressedPageSize)
	v, err := l.decodePlain(buffer.Bytes(), int(h.NumValues))
	if err == nil {
		err = v.find()
	}
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

// decodeSplit reads BYTE_STREAM_SPLIT: the first bytes of all values, then all second bytes, and so on.
func decodeSplit(dst, data []byte, width int) {
	n := len(dst) / width
	for j := range width {
		stream := data[j*n : (j+1)*n]
		for i, b := range stream {
			dst[i*width+j] = b
		}
	}
}
