package reader

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A vectorReader reads a list column as FixedSizeList. Pages whose levels are proven uniform need no assembly: their
// values, end to end, are the array's values. Rows in other pages are put together as any list is, and checked.
type vectorReader struct {
	nestedReader // of the same leaf
	leaf         *leafReader
	dt           *arrow.FixedSizeListType
}

var errNotUniform = errors.New("page is not uniform")

func (r *vectorReader) read(s selection) (arrow.Array, error) {
	dim := r.leaf.list
	if s.rows == nil && s.from < s.to {
		p, err := r.leaf.pageAt(s.from)
		if err != nil {
			return nil, err
		}
		if s.to <= p.first+p.rows && r.wrappable(p) {
			if a, ok := wrap(r.dt.Elem(), p.values, int(s.from-p.first)*dim, int(s.to-p.first)*dim); ok {
				return r.vectors(a, s.len()), nil
			}
		}
	}
	b := newBuilder(r.mem, r.dt.Elem(), s.len()*dim)
	err := s.pages(r.leaf, func(p *page, part selection) error {
		if !p.uniform {
			return errNotUniform
		}
		for _, run := range part.runs() {
			if err := b.append(p.values, int(run.from-p.first)*dim, int(run.to-p.first)*dim); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.release()
		if err == errNotUniform {
			return r.nestedReader.read(s)
		}
		return nil, err
	}
	return r.vectors(b.finish(), s.len()), nil
}

// wrappable says whether rows of the page can be given without a copy. Vectors lie at multiples of their elements' size,
// whatever made them; a file that puts them elsewhere is copied.
func (r *vectorReader) wrappable(p *page) bool {
	return p.uniform && p.values.dict == nil && p.values.buffer != nil && aligned(p.values.data, uintptr(p.values.width))
}

// vectors makes n lists of elements, which it takes over.
func (r *vectorReader) vectors(elements arrow.Array, n int) arrow.Array {
	defer elements.Release()
	data := array.NewData(r.dt, n, []*memory.Buffer{nil}, []arrow.ArrayData{elements.Data()}, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

func (r *vectorReader) edge(row int64) (int64, error) {
	p, err := r.leaf.pageAt(row)
	if err != nil || !r.wrappable(p) {
		return 0, err
	}
	return p.first + p.rows, nil
}
