package reader

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/arrow/scalar"

	"github.com/mediaflight/mediaflight/udf"
)

// A columnReader reads one column of one row group. Rows are asked for in ascending order; between two drops they may be
// asked for again.
type columnReader interface {
	read(s selection) (arrow.Array, error)
	// drop says that rows before this one are not asked for any more.
	drop(row int64)
	// edge is the end of the page, if there is one with values in place, that row lies in; 0 if there is none.
	edge(row int64) (int64, error)
	close()
}

// A flatReader reads a column that has one value a row.
type flatReader struct {
	*leafReader
	dt arrow.DataType
}

func (r *flatReader) read(s selection) (arrow.Array, error) {
	return r.gather(s, r.dt, func(p *page) *values { return p.values })
}

// gather makes an array of what pages have at the rows.
func (r *flatReader) gather(s selection, dt arrow.DataType, of func(*page) *values) (arrow.Array, error) {
	if s.rows == nil && s.from < s.to {
		p, err := r.pageAt(s.from)
		if err != nil {
			return nil, err
		}
		if s.to <= p.first+p.rows && p.valid == nil {
			if a, ok := wrap(dt, of(p), int(s.from-p.first), int(s.to-p.first)); ok {
				return a, nil
			}
		}
	}
	b := newBuilder(r.mem, dt, s.len())
	err := s.pages(r.leafReader, func(p *page, part selection) error {
		from, to := int(part.from-p.first), int(part.to-p.first)
		switch {
		case p.valid == nil && part.rows == nil:
			return b.append(of(p), from, to)
		case p.valid == nil:
			return b.appendRows(of(p), part.rows, uint32(p.first))
		case part.rows == nil:
			return b.appendSpread(of(p), p.valid, from, to)
		}
		return b.appendSpreadRows(of(p), p.valid, part.rows, uint32(p.first))
	})
	if err != nil {
		b.release()
		return nil, r.cutShort(err)
	}
	return b.finish(), nil
}

func (r *flatReader) edge(int64) (int64, error) { return 0, nil }

// A constantReader gives one value for every row: columns that the file does not have.
type constantReader struct {
	mem   memory.Allocator
	dt    arrow.DataType
	value arrow.Array // one row; nil for NULL
}

func (r *constantReader) read(s selection) (arrow.Array, error) {
	if r.value == nil {
		return udf.NullArray(r.mem, r.dt, s.len()), nil
	}
	return repeated(r.value, s.len(), r.mem)
}

// repeated is an array of one row n times.
func repeated(a arrow.Array, n int, mem memory.Allocator) (arrow.Array, error) {
	if extension, ok := a.(array.ExtensionArray); ok {
		storage, err := repeated(extension.Storage(), n, mem)
		if err != nil {
			return nil, err
		}
		defer storage.Release()
		return array.NewExtensionArrayWithStorage(extension.ExtensionType(), storage), nil
	}
	value, err := scalar.GetScalar(a, 0)
	if err != nil {
		return nil, err
	}
	return scalar.MakeArrayFromScalar(value, n, mem)
}

func (*constantReader) drop(int64)                {}
func (*constantReader) edge(int64) (int64, error) { return 0, nil }
func (*constantReader) close()                    {}
