package reader

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/parquet-go/parquet-go/format"

	"github.com/mediaflight/mediaflight/catalog"
)

// repeats is how many rows there must be for each entry of a dictionary: with fewer, looking entries up later costs more
// than it spares.
const repeats = 2

// repeatsOfNumbers is the same for columns of numbers, of which decoding costs little.
const repeatsOfNumbers = 16

func (r *flatReader) repeats() int64 {
	if catalog.Encodes(r.dt) {
		return repeats
	}
	return repeatsOfNumbers
}

// codedColumns are the columns that the filter may be given encoded: those of text, and what numbers it asks for.
func (p *plan) codedColumns(filter catalog.Filter) []int {
	var coded []int
	if f, ok := filter.(catalog.CodedFilter); ok {
		coded = f.CodedColumns()
	}
	for _, c := range filter.Columns() {
		if catalog.Encodes(p.spec.Columns[c].Field.Type) {
			coded = append(coded, c)
		}
	}
	return coded
}

// readEncoded is read for an encoded array. ok is false where the rows are not all in pages of codes, as behind the place
// where a writer gave its dictionary up: then they are read as text.
func (r *flatReader) readEncoded(s selection) (a arrow.Array, ok bool, err error) {
	ok = true
	err = s.pages(r.leafReader, func(p *page, _ selection) error {
		ok = ok && (p.values.dict != nil || p.values.n == 0)
		return nil
	})
	if err != nil || !ok || r.dictionary == nil || int64(r.dictionary.n)*r.repeats() > r.chunk.rows {
		return nil, false, err
	}
	entries, err := r.entryArray(r.dt)
	if err != nil {
		return nil, false, err
	}
	codes, err := r.gather(s, arrow.PrimitiveTypes.Uint32, codesOf)
	if err != nil {
		return nil, false, err
	}
	defer codes.Release()
	return array.NewDictionaryArray(catalog.Encoded(r.dt), codes, entries), true, nil
}

// codesOf is a page's codes as numbers.
func codesOf(p *page) *values {
	v := p.values
	codes := &values{n: len(v.index), layout: fixed, width: 4}
	if v.dict != nil && v.buffer != nil {
		codes.data, codes.buffer = v.buffer.Bytes(), v.buffer
	}
	return codes
}

// entryArray is the chunk's dictionary. It is made once, so that all batches share it.
func (l *leafReader) entryArray(dt arrow.DataType) (arrow.Array, error) {
	if l.entries != nil {
		return l.entries, nil
	}
	b := newBuilder(l.mem, dt, l.dictionary.n)
	if err := b.append(l.dictionary, 0, l.dictionary.n); err != nil {
		b.release()
		return nil, err
	}
	l.entries = b.finish()
	return l.entries, nil
}

// allEncoded says whether the chunk's metadata promise that all its pages are of codes.
func (c *chunk) allEncoded() bool {
	coded := false
	for _, s := range c.meta.MetaData.EncodingStats {
		if s.PageType != format.DataPage && s.PageType != format.DataPageV2 || s.Count == 0 {
			continue
		}
		if s.Encoding != format.RLEDictionary && s.Encoding != plainDictionary {
			return false
		}
		coded = true
	}
	return coded
}

// keepsNone asks the filter about the dictionaries of its columns, before any page of them is read. One that cannot be read
// says nothing here: reading the pages will say what is wrong.
func (s *groupScan) keepsNone(ctx context.Context) bool {
	filter, ok := s.spec.Scan.Filter.(catalog.EntryFilter)
	if !ok {
		return false
	}
	for _, c := range filter.Columns() {
		r, ok := s.readers[c].(*flatReader)
		if !ok || !catalog.Encodes(r.dt) || !r.chunk.allEncoded() {
			continue
		}
		none := false
		_ = guard(s.file.path, func() error {
			if err := r.locate(); err != nil {
				return err
			}
			if r.dictionary == nil {
				if err := r.loadDictionary(); err != nil {
					return err
				}
			}
			if int64(r.dictionary.n)*repeats > r.chunk.rows {
				return nil
			}
			entries, err := r.entryArray(r.dt)
			none = err == nil && filter.KeepsNone(ctx, c, entries)
			return err
		})
		if none {
			s.spec.Scan.Stats.RowGroupsPruned.Add(1)
			return true
		}
	}
	return false
}
