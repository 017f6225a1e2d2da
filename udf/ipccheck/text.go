package ipccheck

import (
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

// checkBytes holds the offsets of text or bytes to those that there are, and text to UTF-8. Arrays from IPC are whole: their
// first row is the buffers' first.
func checkBytes(a arrow.Array) error {
	data := a.Data()
	if data.Len() == 0 {
		return nil
	}
	var values []byte
	if b := data.Buffers()[2]; b != nil {
		values = b.Bytes()
	}
	var raw []byte
	if b := data.Buffers()[1]; b != nil {
		raw = b.Bytes()
	}
	switch data.DataType().ID() {
	case arrow.BINARY:
		return checkOffsets(arrow.Int32Traits.CastFromBytes(raw), data.Len(), values, false)
	case arrow.STRING:
		return checkOffsets(arrow.Int32Traits.CastFromBytes(raw), data.Len(), values, true)
	case arrow.LARGE_BINARY:
		return checkOffsets(arrow.Int64Traits.CastFromBytes(raw), data.Len(), values, false)
	}
	return checkOffsets(arrow.Int64Traits.CastFromBytes(raw), data.Len(), values, true)
}

func checkOffsets[T int32 | int64](offsets []T, rows int, values []byte, text bool) error {
	if rows >= len(offsets) {
		return badf("%d rows, but offsets for %d", rows, len(offsets)-1)
	}
	offsets = offsets[:rows+1]
	last := offsets[0]
	if last < 0 || int64(offsets[rows]) > int64(len(values)) {
		return badf("offsets from %d to %d into %d bytes", last, offsets[rows], len(values))
	}
	for i, offset := range offsets {
		if offset < last {
			return badf("offsets are not non-decreasing: %d after %d in row %d", offset, last, i)
		}
		last = offset
	}
	if !text {
		return nil
	}
	// Text is good if it is good as a whole and no row begins within a character.
	if !utf8.Valid(values[offsets[0]:last]) {
		return badf("text is not UTF-8")
	}
	for i, offset := range offsets {
		if int64(offset) < int64(len(values)) && offset < last && !utf8.RuneStart(values[offset]) {
			return badf("text is not UTF-8: row %d begins within a character", i+1)
		}
	}
	return nil
}
