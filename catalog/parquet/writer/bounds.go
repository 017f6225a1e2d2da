package writer

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// textBounds is how many bytes of a text its bounds keep.
const textBounds = 64

// finishBounds makes the statistics that pqarrow computed what a reader may rely on.
//
// Texts are cut to a prefix that is no greater, or to one that is no less. A chunk has bounds whenever it has a value,
// because iceberg-go takes a chunk without bounds for one without values when it computes those of the file. So those
// that pqarrow dropped for their length are computed here, and those mended in which it overlooked an empty text. Chunks and pages without values have none; pqarrow gives
// some the greatest number as the least. Bytes never have bounds: nobody compares pictures.
func (c *chunk) finishBounds(typ arrow.DataType, values []arrow.Array) {
	if !c.MetaData.Statistics.Valid {
		return
	}
	if c.columnIndex != nil {
		clearReversed(c.MetaData.Type, c.columnIndex)
	}
	s := &c.MetaData.Statistics.V
	switch {
	case s.NullCount.V == c.MetaData.NumValues:
		s.Min.Reset()
		s.Max.Reset()
		return
	case typ.ID() == arrow.BINARY:
		s.Min.Reset()
		s.Max.Reset()
		c.columnIndex = nil
		return
	case typ.ID() != arrow.STRING:
		s.MinExact, s.MaxExact = known(s.Min, true), known(s.Max, true)
		return
	}

	if !s.Min.Valid || !s.Max.Valid {
		s.Min, s.Max = extremes(values)
	}
	if hasEmpty(values) {
		c.startEmpty()
	}
	low, high := cutLow(s.Min.V), cutHigh(s.Max.V)
	s.MinExact = known(s.Min, len(low) == len(s.Min.V))
	s.MaxExact = known(s.Max, bytes.Equal(high, s.Max.V))
	s.Min.V, s.Max.V = low, high
	if c.columnIndex != nil {
		for i := range c.columnIndex.MinValues {
			c.columnIndex.MinValues[i] = cutLow(c.columnIndex.MinValues[i])
			c.columnIndex.MaxValues[i] = cutHigh(c.columnIndex.MaxValues[i])
		}
	}
}

// startEmpty makes the least text empty, of the chunk and, since we don't know where it lies, of each page: pqarrow passes over
// empty texts that come behind others.
func (c *chunk) startEmpty() {
	c.MetaData.Statistics.V.Min.Set([]byte{})
	if c.columnIndex == nil {
		return
	}
	for i := range c.columnIndex.MinValues {
		c.columnIndex.MinValues[i] = []byte{}
	}
	c.columnIndex.BoundaryOrder = format.Unordered
}

func hasEmpty(values []arrow.Array) bool {
	for _, v := range values {
		texts := v.(*array.String)
		for i := range texts.Len() {
			if texts.ValueLen(i) == 0 && texts.IsValid(i) {
				return true
			}
		}
	}
	return false
}

// clearReversed marks pages as without values whose least value is greater than their greatest.
func clearReversed(typ format.Type, index *format.ColumnIndex) {
	for i := range index.NullPages {
		if low, high := index.MinValues[i], index.MaxValues[i]; reversed(typ, low, high) {
			index.NullPages[i], index.MinValues[i], index.MaxValues[i] = true, []byte{}, []byte{}
		}
	}
}

func reversed(typ format.Type, low, high []byte) bool {
	switch {
	case typ == format.Boolean && len(low) == 1:
		return low[0] > high[0]
	case typ == format.Int32 && len(low) == 4:
		return int32(binary.LittleEndian.Uint32(low)) > int32(binary.LittleEndian.Uint32(high))
	case typ == format.Int64 && len(low) == 8:
		return int64(binary.LittleEndian.Uint64(low)) > int64(binary.LittleEndian.Uint64(high))
	}
	return false
}

func known(bound thrift.Null[[]byte], exact bool) thrift.Null[bool] {
	return thrift.Null[bool]{V: exact, Valid: bound.Valid}
}

// extremes are the least and the greatest text, unknown if all are NULL.
func extremes(values []arrow.Array) (low, high thrift.Null[[]byte]) {
	for _, v := range values {
		texts := v.(*array.String)
		for i := range texts.Len() {
			if texts.IsNull(i) {
				continue
			}
			t := []byte(texts.Value(i))
			if !low.Valid || bytes.Compare(t, low.V) < 0 {
				low.Set(t)
			}
			if !high.Valid || bytes.Compare(t, high.V) > 0 {
				high.Set(t)
			}
		}
	}
	return low, high
}

// cutLow is a short prefix of a text, and so not greater.
func cutLow(text []byte) []byte {
	if len(text) <= textBounds {
		return text
	}
	n := textBounds
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// cutHigh is a short text that is not less than the one given: a prefix whose last character was replaced by the next
// one. If there is no such text it is the text itself.
func cutHigh(text []byte) []byte {
	prefix := cutLow(text)
	if len(prefix) == len(text) {
		return text
	}
	for len(prefix) > 0 {
		r, size := utf8.DecodeLastRune(prefix)
		if r == utf8.RuneError && size <= 1 {
			return text
		}
		prefix = prefix[:len(prefix)-size]
		switch r++; {
		case r == 0xD800: // surrogates are no characters
			r = 0xE000
		case r > utf8.MaxRune:
			continue
		}
		return utf8.AppendRune(bytes.Clone(prefix), r)
	}
	return text
}
