package writer

import (
	"bytes"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/parquet-go/parquet-go/encoding/thrift"
)

// textBounds is how many bytes of a text its bounds keep.
const textBounds = 64

// finishBounds makes the statistics that pqarrow computed what a reader may rely on.
//
// Texts are cut to a prefix that is no greater, or to one that is no less. A chunk has bounds whenever it has a value,
// because iceberg-go takes a chunk without bounds for one without values when it computes those of the file. So those
// that pqarrow dropped for their length are computed here. Bytes never have bounds: nobody compares pictures.
func (c *chunk) finishBounds(typ arrow.DataType, values []arrow.Array) {
	if !c.MetaData.Statistics.Valid {
		return
	}
	s := &c.MetaData.Statistics.V
	switch typ.ID() {
	case arrow.BINARY:
		s.Min, s.Max, c.columnIndex = thrift.Null[[]byte]{}, thrift.Null[[]byte]{}, nil
		return
	case arrow.STRING:
	default:
		s.MinExact, s.MaxExact = known(s.Min, true), known(s.Max, true)
		return
	}

	if !s.Min.Valid || !s.Max.Valid {
		s.Min, s.Max = extremes(values)
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
