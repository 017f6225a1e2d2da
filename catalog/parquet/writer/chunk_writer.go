package writer

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A chunkWriter gathers what the footer and the indexes say of a flat column's chunk while its pages are written.
type chunkWriter struct {
	physical format.Type
	encoding format.Encoding
	path     thrift.Slice[string]

	first      int64 // where the chunk starts
	data       int64 // where its data pages start
	page       int64 // where the next one does
	rows       int64
	nulls      int64
	bounds     bounds
	unbounded  bool // a page has values, but none that counts for bounds
	locations  []format.PageLocation
	pageBounds []bounds
	pageNulls  []int64
}

func (w *chunkWriter) start(out *sink)           { w.first, w.data, w.page = out.pos, out.pos, out.pos }
func (w *chunkWriter) afterDictionary(out *sink) { w.data, w.page = out.pos, out.pos }

// add takes in a page that has just been written.
func (w *chunkWriter) add(out *sink, rows, nulls int, b bounds) {
	w.locations = append(w.locations, format.PageLocation{
		Offset: w.page, CompressedPageSize: int32(out.pos - w.page), FirstRowIndex: w.rows,
	})
	w.page = out.pos
	w.rows += int64(rows)
	w.nulls += int64(nulls)
	w.pageNulls = append(w.pageNulls, int64(nulls))
	w.pageBounds = append(w.pageBounds, b)
	w.unbounded = w.unbounded || !b.known && nulls < rows
	w.bounds.merge(w.physical, b)
}

func (w *chunkWriter) finish(out *sink, typ arrow.DataType) ([]chunk, error) {
	stats := statistics{NullCount: thrift.New(w.nulls)}
	if w.bounds.known {
		stats.Min.Set(w.bounds.lowBytes(w.physical))
		stats.Max.Set(w.bounds.highBytes(w.physical))
	}
	size := out.pos - w.first
	c := chunk{
		columnChunk: columnChunk{
			MetaData: columnMetaData{
				Type:                  w.physical,
				Encodings:             thrift.Slice[format.Encoding]{format.Plain, format.RLE},
				PathInSchema:          w.path,
				Codec:                 format.Uncompressed,
				NumValues:             w.rows,
				TotalUncompressedSize: size,
				TotalCompressedSize:   size,
				DataPageOffset:        w.data,
				Statistics:            thrift.New(stats),
			},
		},
		columnIndex: w.columnIndex(),
		offsetIndex: &format.OffsetIndex{PageLocations: w.locations},
	}
	if w.encoding == format.RLEDictionary {
		c.MetaData.DictionaryPageOffset = w.first
		c.MetaData.Encodings = append(c.MetaData.Encodings, w.encoding)
		c.MetaData.EncodingStats = append(c.MetaData.EncodingStats,
			format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
	}
	c.MetaData.EncodingStats = append(c.MetaData.EncodingStats,
		format.PageEncodingStats{PageType: format.DataPage, Encoding: w.encoding, Count: int32(len(w.locations))})
	c.finishBounds(typ, nil)
	return []chunk{c}, nil
}

// columnIndex is nil if some page's bounds are not known.
func (w *chunkWriter) columnIndex() *format.ColumnIndex {
	if w.unbounded {
		return nil
	}
	index := &format.ColumnIndex{NullCounts: w.pageNulls, BoundaryOrder: w.order()}
	for _, b := range w.pageBounds {
		index.NullPages = append(index.NullPages, !b.known)
		if !b.known {
			index.MinValues = append(index.MinValues, []byte{})
			index.MaxValues = append(index.MaxValues, []byte{})
			continue
		}
		index.MinValues = append(index.MinValues, b.lowBytes(w.physical))
		index.MaxValues = append(index.MaxValues, b.highBytes(w.physical))
	}
	return index
}

// order says whether the pages' bounds ascend or descend.
func (w *chunkWriter) order() format.BoundaryOrder {
	ascending, descending := true, true
	var last bounds
	for _, b := range w.pageBounds {
		if !b.known {
			continue
		}
		if last.known {
			low, high := compareBounds(w.physical, last, b)
			ascending = ascending && low <= 0 && high <= 0
			descending = descending && low >= 0 && high >= 0
		}
		last = b
	}
	switch {
	case ascending:
		return format.Ascending
	case descending:
		return format.Descending
	}
	return format.Unordered
}
