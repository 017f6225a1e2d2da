package writer

import (
	"encoding/binary"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// align is where in the file the values of a page start, so that a mapped file shows them as numbers on a cache line.
const align = 64

// A pageHead is what lies before the values of a V1 page: header, repetition levels, definition levels.
type pageHead struct {
	levels   int // values, NULL among them
	encoding format.Encoding
	stats    format.Statistics
	values   int    // bytes of values that follow
	repeats  []byte // repetition levels; nil for a column without lists
	defined  []byte // definition levels; nil for a column that cannot be NULL
}

// append appends the head.
func (h *pageHead) append(into []byte) ([]byte, error) {
	header, err := h.header()
	if err != nil {
		return nil, err
	}
	return h.appendLevels(append(into, header...)), nil
}

// appendAligned appends the head of a page at pos all of whose levels are present, the level given. It splits them into
// as many runs as it takes for the values to be aligned.
func (h *pageHead) appendAligned(into []byte, pos int64, present byte) ([]byte, error) {
	h.defined = appendRun(h.defined[:0], h.levels, present)
	header, err := h.header()
	if err != nil {
		return nil, err
	}
	// The header's length depends on the page's, which depends on the padding. It is right at the latest when the
	// padding has been chosen for a header of its own length.
	for range 2 {
		before := int(pos%align) + len(header) + h.levelsSize() - len(h.defined)
		h.defined = appendPadded(h.defined[:0], h.levels, present, before, align)
		length := len(header)
		if header, err = h.header(); err != nil {
			return nil, err
		}
		if len(header) == length {
			break
		}
	}
	return h.appendLevels(append(into, header...)), nil
}

func (h *pageHead) appendLevels(into []byte) []byte {
	for _, levels := range [][]byte{h.repeats, h.defined} {
		if levels != nil {
			into = binary.LittleEndian.AppendUint32(into, uint32(len(levels)))
			into = append(into, levels...)
		}
	}
	return into
}

func (h *pageHead) levelsSize() int {
	size := 0
	for _, levels := range [][]byte{h.repeats, h.defined} {
		if levels != nil {
			size += 4 + len(levels)
		}
	}
	return size
}

func (h *pageHead) header() ([]byte, error) {
	size := int32(h.levelsSize() + h.values)
	return thrift.Marshal(new(thrift.CompactProtocol), &format.PageHeader{
		Type:                 format.DataPage,
		UncompressedPageSize: size,
		CompressedPageSize:   size,
		DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues:               int32(h.levels),
			Encoding:                h.encoding,
			DefinitionLevelEncoding: format.RLE,
			RepetitionLevelEncoding: format.RLE,
			Statistics:              h.stats,
		}),
	})
}
