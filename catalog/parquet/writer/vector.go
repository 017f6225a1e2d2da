package writer

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	// vectorPage is about how many bytes of values a page holds. Smaller pages slow a scan in place, larger ones do
	// not speed it up.
	vectorPage = 1 << 20
	// vectorAlign is where in the file a page's values start, so that a mapped file shows them as []float32 on a
	// cache line.
	vectorAlign = 64
)

// A vectorColumn writes vectors as list<float> with required elements: pages that hold whole rows, PLAIN and not
// compressed, so that the values of a page are one array. Writing is a copy of the values behind levels that are
// nearly always the same.
type vectorColumn struct {
	path     thrift.Slice[string]
	dim      int
	nullable bool

	head    []byte // scratch: page header and levels
	levels  []byte
	repeats []byte // repetition levels of a page of full rows without NULL
	full    int    // rows of such a page
}

func newVectorColumn(f arrow.Field) *vectorColumn {
	dim := int(f.Type.(*arrow.FixedSizeListType).Len())
	full := max(1, vectorPage/(4*dim))
	return &vectorColumn{
		path:     thrift.Slice[string]{f.Name, "list", "element"},
		dim:      dim,
		nullable: f.Nullable,
		repeats:  appendRepeats(nil, full, dim),
		full:     full,
	}
}

// present is the definition level of an element.
func (v *vectorColumn) present() byte {
	if v.nullable {
		return 2
	}
	return 1
}

func (v *vectorColumn) write(out *sink, values []arrow.Array) ([]chunk, error) {
	start := out.pos
	var (
		rows, levels, nulls int64
		locations           []format.PageLocation
	)
	rest := cursor{values: values}
	for page := rest.take(v.full); len(page) > 0; page = rest.take(v.full) {
		at := out.pos
		n, null, err := v.writePage(out, page)
		if err != nil {
			return nil, err
		}
		locations = append(locations, format.PageLocation{
			Offset: at, CompressedPageSize: int32(out.pos - at), FirstRowIndex: rows,
		})
		rows += int64(n)
		nulls += int64(null)
		levels += int64((n-null)*v.dim + null)
	}
	size := out.pos - start
	return []chunk{{
		columnChunk: columnChunk{
			MetaData: columnMetaData{
				Type:                  format.Float,
				Encodings:             thrift.Slice[format.Encoding]{format.Plain, format.RLE},
				PathInSchema:          v.path,
				Codec:                 format.Uncompressed,
				NumValues:             levels,
				TotalUncompressedSize: size,
				TotalCompressedSize:   size,
				DataPageOffset:        start,
				Statistics:            thrift.New(statistics{NullCount: thrift.New(nulls)}),
				EncodingStats: thrift.Slice[format.PageEncodingStats]{
					{PageType: format.DataPage, Encoding: format.Plain, Count: int32(len(locations))},
				},
			},
		},
		offsetIndex: &format.OffsetIndex{PageLocations: locations},
	}}, nil
}

// writePage writes one page and returns how many rows it has and how many of them are NULL.
func (v *vectorColumn) writePage(out *sink, page []span) (rows, nulls int, err error) {
	for _, s := range page {
		rows += s.to - s.from
		nulls += s.nulls()
	}
	if nulls == 0 {
		err = v.appendUniform(out.pos, rows)
	} else {
		err = v.appendMixed(page, rows, nulls)
	}
	if err != nil {
		return 0, 0, err
	}
	if _, err := out.Write(v.head); err != nil {
		return 0, 0, err
	}
	for _, s := range page {
		for run := range s.present() {
			if _, err := out.Write(run.bytes(v.dim)); err != nil {
				return 0, 0, err
			}
		}
	}
	return rows, nulls, nil
}

// appendUniform makes the head of a page at pos whose rows are all present. The definition levels are split into as
// many runs as it takes for the values behind them to be aligned.
func (v *vectorColumn) appendUniform(pos int64, rows int) error {
	count := rows * v.dim
	repeats := v.repeats
	if rows != v.full {
		repeats = appendRepeats(nil, rows, v.dim)
	}
	header, err := v.header(count, 0, 8+len(repeats)+4+4*count)
	if err != nil {
		return err
	}
	// The header's length depends on the page's, which depends on the padding; it is right at the latest when the
	// padding has been chosen for a header of its own length.
	for range 2 {
		v.levels = binary.LittleEndian.AppendUint32(v.levels[:0], uint32(len(repeats)))
		v.levels = append(v.levels, repeats...)
		prefix := len(v.levels)
		v.levels = binary.LittleEndian.AppendUint32(v.levels, 0)
		before := int(pos%vectorAlign) + len(header) + len(v.levels)
		v.levels = appendPadded(v.levels, count, v.present(), before, vectorAlign)
		binary.LittleEndian.PutUint32(v.levels[prefix:], uint32(len(v.levels)-prefix-4))

		length := len(header)
		if header, err = v.header(count, 0, len(v.levels)+4*count); err != nil {
			return err
		}
		if len(header) == length {
			break
		}
	}
	v.head = append(append(v.head[:0], header...), v.levels...)
	return nil
}

// appendMixed makes the head of a page some of whose rows are NULL.
func (v *vectorColumn) appendMixed(page []span, rows, nulls int) error {
	var repeats, defined []byte
	for _, s := range page {
		for run := range s.runs() {
			n := run.to - run.from
			if run.list.IsNull(run.from) {
				repeats = appendRun(repeats, n, 0)
				defined = appendRun(defined, n, 0)
			} else {
				repeats = appendRunRepeats(repeats, n, v.dim)
				defined = appendRun(defined, n*v.dim, v.present())
			}
		}
	}
	v.levels = binary.LittleEndian.AppendUint32(v.levels[:0], uint32(len(repeats)))
	v.levels = append(v.levels, repeats...)
	v.levels = binary.LittleEndian.AppendUint32(v.levels, uint32(len(defined)))
	v.levels = append(v.levels, defined...)
	count := (rows - nulls) * v.dim
	header, err := v.header(count+nulls, nulls, len(v.levels)+4*count)
	if err != nil {
		return err
	}
	v.head = append(append(v.head[:0], header...), v.levels...)
	return nil
}

func (v *vectorColumn) header(levels, nulls, size int) ([]byte, error) {
	return thrift.Marshal(new(thrift.CompactProtocol), &format.PageHeader{
		Type:                 format.DataPage,
		UncompressedPageSize: int32(size),
		CompressedPageSize:   int32(size),
		DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues:               int32(levels),
			Encoding:                format.Plain,
			DefinitionLevelEncoding: format.RLE,
			RepetitionLevelEncoding: format.RLE,
			Statistics:              format.Statistics{NullCount: int64(nulls)},
		}),
	})
}
