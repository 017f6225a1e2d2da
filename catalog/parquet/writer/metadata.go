package writer

import (
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The structures of a footer from the file down to the statistics. They are parquet-go's but for Statistics, which
// there cannot say whether a bound is exact, nor tell a bound that is empty from one that is missing.

type fileMetaData struct {
	Version      int32                              `thrift:"1,required"`
	Schema       thrift.Slice[format.SchemaElement] `thrift:"2,required"`
	NumRows      int64                              `thrift:"3,required"`
	RowGroups    thrift.Slice[rowGroup]             `thrift:"4,required"`
	CreatedBy    string                             `thrift:"6,optional"`
	ColumnOrders thrift.Slice[format.ColumnOrder]   `thrift:"7,optional"`
}

type rowGroup struct {
	Columns             thrift.Slice[columnChunk] `thrift:"1,required"`
	TotalByteSize       int64                     `thrift:"2,required"`
	NumRows             int64                     `thrift:"3,required"`
	FileOffset          int64                     `thrift:"5,optional"`
	TotalCompressedSize int64                     `thrift:"6,optional"`
	Ordinal             int16                     `thrift:"7,optional,writezero"`
}

type columnChunk struct {
	FileOffset        int64          `thrift:"2,required"`
	MetaData          columnMetaData `thrift:"3,optional"`
	OffsetIndexOffset int64          `thrift:"4,optional"`
	OffsetIndexLength int32          `thrift:"5,optional"`
	ColumnIndexOffset int64          `thrift:"6,optional"`
	ColumnIndexLength int32          `thrift:"7,optional"`
}

type columnMetaData struct {
	Type                  format.Type                            `thrift:"1,required"`
	Encodings             thrift.Slice[format.Encoding]          `thrift:"2,required"`
	PathInSchema          thrift.Slice[string]                   `thrift:"3,required"`
	Codec                 format.CompressionCodec                `thrift:"4,required"`
	NumValues             int64                                  `thrift:"5,required"`
	TotalUncompressedSize int64                                  `thrift:"6,required"`
	TotalCompressedSize   int64                                  `thrift:"7,required"`
	DataPageOffset        int64                                  `thrift:"9,required"`
	DictionaryPageOffset  int64                                  `thrift:"11,optional"`
	Statistics            thrift.Null[statistics]                `thrift:"12,optional"`
	EncodingStats         thrift.Slice[format.PageEncodingStats] `thrift:"13,optional"`
	BloomFilterOffset     int64                                  `thrift:"14,optional"`
	BloomFilterLength     int32                                  `thrift:"15,optional"`
}

// The deprecated bounds (fields 1 and 2) are never written: their order was undefined for strings.
type statistics struct {
	NullCount thrift.Null[int64]  `thrift:"3,optional"`
	Max       thrift.Null[[]byte] `thrift:"5,optional"`
	Min       thrift.Null[[]byte] `thrift:"6,optional"`
	MaxExact  thrift.Null[bool]   `thrift:"7,optional"`
	MinExact  thrift.Null[bool]   `thrift:"8,optional"`
}

// start is where the chunk's first page lies.
func (m *columnMetaData) start() int64 {
	if m.DictionaryPageOffset > 0 {
		return min(m.DictionaryPageOffset, m.DataPageOffset)
	}
	return m.DataPageOffset
}

// A chunk is one leaf column of one row group as it lies in the file, with what is written behind the row groups.
type chunk struct {
	columnChunk
	columnIndex *format.ColumnIndex // nil where pages have no bounds
	offsetIndex *format.OffsetIndex
	bloom       []byte
}

// move shifts every offset of the chunk.
func (c *chunk) move(by int64) {
	if c.FileOffset > 0 {
		c.FileOffset += by
	}
	c.MetaData.DataPageOffset += by
	if c.MetaData.DictionaryPageOffset > 0 {
		c.MetaData.DictionaryPageOffset += by
	}
	for i := range c.offsetIndex.PageLocations {
		c.offsetIndex.PageLocations[i].Offset += by
	}
}
