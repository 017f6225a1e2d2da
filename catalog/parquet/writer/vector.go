package writer

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// vectorPage is about how many bytes of values a page holds. Smaller pages slow a scan in place, larger ones do not
// speed it up.
const vectorPage = 1 << 20

// A vectorColumn writes vectors as list<float> with required elements: pages that hold whole rows, PLAIN and not
// compressed, so that the values of a page are one array. Writing is a copy of the values behind levels that are
// nearly always the same.
type vectorColumn struct {
	path     thrift.Slice[string]
	dim      int
	nullable bool

	head    []byte // scratch
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
			if _, err := out.Write(vectorBytes(run, v.dim)); err != nil {
				return 0, 0, err
			}
		}
	}
	return rows, nulls, nil
}

// appendUniform makes the head of a page at pos whose rows are all present.
func (v *vectorColumn) appendUniform(pos int64, rows int) (err error) {
	repeats := v.repeats
	if rows != v.full {
		repeats = appendRepeats(nil, rows, v.dim)
	}
	count := rows * v.dim
	head := pageHead{levels: count, encoding: format.Plain, values: 4 * count, repeats: repeats}
	v.head, err = head.appendAligned(v.head[:0], pos, v.present())
	return err
}

// appendMixed makes the head of a page some of whose rows are NULL.
func (v *vectorColumn) appendMixed(page []span, rows, nulls int) (err error) {
	var repeats, defined []byte
	for _, s := range page {
		for run := range s.runs() {
			n := run.to - run.from
			if run.values.IsNull(run.from) {
				repeats = appendRun(repeats, n, 0)
				defined = appendRun(defined, n, 0)
			} else {
				repeats = appendRunRepeats(repeats, n, v.dim)
				defined = appendRun(defined, n*v.dim, v.present())
			}
		}
	}
	count := (rows - nulls) * v.dim
	head := pageHead{
		levels: count + nulls, encoding: format.Plain, values: 4 * count, repeats: repeats, defined: defined,
		stats: format.Statistics{NullCount: int64(nulls)},
	}
	v.head, err = head.append(v.head[:0])
	return err
}

// vectorBytes are the values of the span's rows, none of which is NULL.
func vectorBytes(s span, dim int) []byte {
	list := s.values.(*array.FixedSizeList)
	at := list.Offset()
	values := list.ListValues().(*array.Float32).Float32Values()
	return arrow.Float32Traits.CastToBytes(values[(at+s.from)*dim : (at+s.to)*dim])
}
