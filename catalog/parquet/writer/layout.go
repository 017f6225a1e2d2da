package writer

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/pierrec/lz4/v4"
)

const (
	valuePage = 256 << 10 // bytes of plain values in a page that is read in place or as codes
	textPage  = 64 << 10  // bytes in a page that must be decompressed for a single row

	// A dictionary pays while a value repeats this often, and must stay small enough to be looked up in.
	dictionaryRepeats = 8
	dictionaryBytes   = 4 << 20

	// pageBounds is how long a text may be to become a page's bound.
	pageBounds = 1 << 10
)

// A layout is how one leaf of one row group is written.
type layout struct {
	dictionary bool
	encoding   parquet.Encoding
	codec      compress.Compression
	page       int64
	batch      int64 // values after which pqarrow looks whether a page is full
	bounds     int64 // longest bound kept by pqarrow
}

func chooseLayout(typ arrow.DataType, values []arrow.Array, compact bool, scratch *distinct) layout {
	l := plainLayout(typ, values, compact)
	if typ.ID() != arrow.BOOL && scratch.few(values, typ) {
		l.dictionary = true
		l.codec, l.page, l.batch = compress.Codecs.Uncompressed, valuePage, 1024
	}
	return l
}

// plainLayout is the layout of values that are not few.
func plainLayout(typ arrow.DataType, values []arrow.Array, compact bool) layout {
	l := layout{
		encoding: parquet.Encodings.Plain,
		codec:    compress.Codecs.Uncompressed,
		page:     valuePage,
		batch:    1024,
		bounds:   math.MaxInt32,
	}
	switch {
	case arrow.IsBinaryLike(typ.ID()):
		l.page, l.batch, l.bounds = textPage, textBatch(values), pageBounds
		l.codec = textCodec(values, compact)
	case !compact || typ.ID() == arrow.BOOL:
	case isInteger(typ):
		l.encoding = parquet.Encodings.DeltaBinaryPacked // compressing packed bits gains nothing
	default:
		l.codec = compress.Codecs.Zstd
	}
	return l
}

// properties tells pqarrow to write leaves in the layouts given. Page sizes are a file's there: those of the leaf that
// wants the smallest pages count.
func properties(mem memory.Allocator, leaves []leaf, layouts []layout) []parquet.WriterProperty {
	page, batch, bounds := int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MaxInt64)
	var props []parquet.WriterProperty
	for i, l := range layouts {
		page, batch, bounds = min(page, l.page), min(batch, l.batch), min(bounds, l.bounds)
		path := leaves[i].path
		props = append(props,
			parquet.WithDictionaryFor(path, l.dictionary),
			parquet.WithDictionaryCostFallbackFor(path, false), // the choice has been made
			parquet.WithEncodingFor(path, l.encoding),
			parquet.WithCompressionFor(path, l.codec),
		)
	}
	return append(props,
		parquet.WithAllocator(mem),
		parquet.WithVersion(parquet.V2_LATEST),
		parquet.WithDataPageVersion(parquet.DataPageV1), // pqarrow cannot seek in V2 pages of lists
		parquet.WithStoreDecimalAsInteger(true),         // as Iceberg has it
		parquet.WithPageIndexEnabled(true),
		parquet.WithDictionaryPageSizeLimit(2*dictionaryBytes), // never reached: falling back would mix encodings
		parquet.WithDataPageSize(page),
		parquet.WithBatchSize(batch),
		parquet.WithMaxStatsSize(bounds),
	)
}

// isInteger reports whether values are INT32 or INT64 in Parquet.
func isInteger(typ arrow.DataType) bool {
	switch typ := typ.(type) {
	case *arrow.Decimal128Type:
		return typ.Precision <= 18
	case *arrow.Float32Type, *arrow.Float64Type:
		return false
	case arrow.FixedWidthDataType:
		return typ.ID() != arrow.FIXED_SIZE_BINARY
	}
	return false
}

// textBatch is how many values hold a quarter of a page.
func textBatch(values []arrow.Array) int64 {
	bytes, n := int64(1), int64(1)
	for _, v := range values {
		v := v.(array.BinaryLike)
		bytes += int64(len(v.ValueBytes()))
		n += int64(v.Len())
	}
	return min(max(1, n*textPage/4/bytes), 1024)
}

// textCodec compresses texts if a sample of them shrinks by a tenth.
func textCodec(values []arrow.Array, compact bool) compress.Compression {
	var sample []byte
	for _, v := range values {
		if len(sample) < textPage {
			bytes := v.(array.BinaryLike).ValueBytes()
			sample = append(sample, bytes[:min(len(bytes), textPage-len(sample))]...)
		}
	}
	into := make([]byte, lz4.CompressBlockBound(len(sample)))
	n, err := lz4.CompressBlock(sample, into, nil)
	switch {
	case err != nil, n == 0, n > len(sample)*9/10: // 0 says that it does not shrink
		return compress.Codecs.Uncompressed
	case compact:
		return compress.Codecs.Zstd
	}
	return compress.Codecs.Lz4Raw
}
