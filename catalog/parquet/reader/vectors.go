package reader

import (
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/parquet-go/parquet-go/format"
)

// Vectors finds the vectors of one column by their rows' numbers: for a search, which looks at few rows, here and there,
// and at the same ones again. A vector that lies in place is found by arithmetic, once its page is proven; other pages are
// decoded when first looked at and kept in a pool. Its methods may be called at once. What it gives points into the mapping
// or the pool's memory, and the mapping may fault: whoever reads it does so under debug.SetPanicOnFault.
type Vectors struct {
	file     *File
	column   *binding
	rowBytes uintptr
	pool     *VectorPool
	groups   []vectorGroup
	perGroup int64 // rows of the first group, and mostly of the others
}

// A vectorGroup is a row group. Its pages are found when it is first looked at.
type vectorGroup struct {
	*rowGroup
	mu    sync.Mutex // held while pages are found, proven or decoded
	pages atomic.Pointer[vectorPages]
}

// vectorPages are the pages of a group that rows begin in, and where to look for a row: the page of every 64th one.
type vectorPages struct {
	list   []vectorPage
	coarse []uint32
}

// A vectorPage holds the vectors of the group's rows [first, end).
type vectorPage struct {
	index      int // among the chunk's pages
	first, end int64
	data       unsafe.Pointer // to the first vector; nil until looked at, and for whole pages. Atomic.
	valid      []byte         // rows whose vector is not NULL, a bit each; nil if none is. Good if data is.
	whole      atomic.Pointer[wholePage]
}

// Vectors opens a column that is a FixedSizeList of float32 in the table. Pages that do not lie in place are kept in pool.
// The file stays open until Close.
func (f *File) Vectors(column Column, pool *VectorPool) (*Vectors, error) {
	b, dim, err := f.bindVector(column)
	if err != nil {
		return nil, err
	}
	if f, err = f.reopen(); err != nil {
		return nil, err
	}
	v := &Vectors{file: f, column: b, rowBytes: uintptr(dim) * 4, pool: pool, groups: make([]vectorGroup, len(f.groups))}
	for g := range v.groups {
		v.groups[g].rowGroup = &f.groups[g]
		if g == 0 {
			v.perGroup = f.groups[0].rows
		}
	}
	return v, nil
}

func (f *File) bindVector(column Column) (b *binding, dim int, err error) {
	list, ok := column.Field.Type.(*arrow.FixedSizeListType)
	if !ok || list.Elem().ID() != arrow.FLOAT32 {
		return nil, 0, unsupported(f.path, "", "column %s is %s, not a vector", column.Name, column.Field.Type)
	}
	err = guard(f.path, func() error {
		b, err = f.bind(column)
		return err
	})
	return b, int(list.Len()), err
}

// Close gives the file back. Nothing that At has given may be read from then on.
func (v *Vectors) Close() {
	v.pool.forget(v)
	v.file.Close()
}

// At is where the vector of a row lies; nil if it is NULL. One that is put together lies in memory of its own.
func (v *Vectors) At(row int64) (unsafe.Pointer, error) { return v.Read(row, nil) }

// Read is At for who reads many: a vector that is put together is so in to, which has room for it, and lies there.
func (v *Vectors) Read(row int64, to []float32) (unsafe.Pointer, error) {
	g := v.group(row)
	if g == nil {
		return nil, corrupt(v.file.path, "row %d of %d was asked for", row, v.file.Rows())
	}
	row -= g.first
	pages := g.pages.Load()
	if pages == nil {
		var err error
		if pages, err = v.find(g); err != nil {
			return nil, err
		}
	}
	p := pages.of(row)
	data := atomic.LoadPointer(&p.data)
	if data == nil {
		w := p.whole.Load()
		if w == nil {
			var err error
			if data, w, err = v.load(g, p); err != nil {
				return nil, err
			}
		}
		if w != nil {
			if to == nil {
				to = make([]float32, w.dim)
			}
			w.read(row-p.first, to)
			return unsafe.Pointer(&to[0]), nil
		}
	}
	row -= p.first
	if p.valid != nil && !bitutil.BitIsSet(p.valid, int(row)) {
		return nil, nil
	}
	return unsafe.Add(data, uintptr(row)*v.rowBytes), nil
}

// Assembles says whether vectors may have to be put together: they are of whole numbers in the file.
func (v *Vectors) Assembles() bool {
	return v.column.vector && v.column.field.First.Type.V == format.Int32
}

// InPlace says whether what At has given lies in the file, not in the pool.
func (v *Vectors) InPlace(at unsafe.Pointer) bool {
	return uintptr(at)-uintptr(unsafe.Pointer(unsafe.SliceData(v.file.data))) < uintptr(len(v.file.data))
}

// group is the group that has a row, nil if none has.
func (v *Vectors) group(row int64) *vectorGroup {
	if row < 0 || row >= v.file.Rows() {
		return nil
	}
	if v.perGroup > 0 {
		if i := row / v.perGroup; i < int64(len(v.groups)) {
			if g := &v.groups[i]; row >= g.first && row < g.first+g.rows {
				return g
			}
		}
	}
	i := sort.Search(len(v.groups), func(i int) bool { return row < v.groups[i].first+v.groups[i].rows })
	return &v.groups[i]
}

func (p *vectorPages) of(row int64) *vectorPage {
	i := p.coarse[row>>6]
	for p.list[i].end <= row {
		i++
	}
	return &p.list[i]
}

// find lists the pages of a group.
func (v *Vectors) find(g *vectorGroup) (*vectorPages, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if pages := g.pages.Load(); pages != nil {
		return pages, nil
	}
	pages := new(vectorPages)
	err := guard(v.file.path, func() error {
		if !v.column.vector {
			return corrupt(v.file.path, "column %s has no vectors", v.column.Name)
		}
		r, close := v.open(g)
		defer close()
		if err := pages.locate(r.leaf); err != nil {
			return err
		}
		pages.coarse = make([]uint32, (g.rows+63)/64)
		at := 0
		for i := range pages.coarse {
			for pages.list[at].end <= int64(i)*64 {
				at++
			}
			pages.coarse[i] = uint32(at)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	g.pages.Store(pages)
	return pages, nil
}

// locate lists the pages of a chunk with the rows that begin in them. Where only decoding shows which ones do, all pages
// are decoded, once.
func (p *vectorPages) locate(leaf *leafReader) error {
	if err := leaf.locate(); err != nil {
		return err
	}
	add := func(index int, first, end int64) {
		if first < end {
			p.list = append(p.list, vectorPage{index: index, first: first, end: end})
		}
	}
	if n := len(leaf.chunk.pages); n > 0 && leaf.chunk.pages[n-1].first >= 0 {
		for i := range leaf.chunk.pages {
			add(i, leaf.chunk.pages[i].first, leaf.rowsFrom(i))
		}
	} else {
		for leaf.next < len(leaf.chunk.pages) {
			page, err := leaf.nextPage()
			if err != nil {
				return err
			}
			add(page.index, page.first, page.first+page.rows)
			leaf.drop(page.first + page.rows)
		}
	}
	if n := len(p.list); n == 0 || p.list[0].first != 0 || p.list[n-1].end != leaf.chunk.rows {
		return leaf.corrupt("pages do not hold the %d rows", leaf.chunk.rows)
	}
	return nil
}

// load proves that a page lies in place, or decodes it.
func (v *Vectors) load(g *vectorGroup, p *vectorPage) (data unsafe.Pointer, whole *wholePage, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if data, whole := atomic.LoadPointer(&p.data), p.whole.Load(); data != nil || whole != nil {
		return data, whole, nil
	}
	err = guard(v.file.path, func() error {
		r, close := v.open(g)
		defer close()
		r.leaf.startAt(p)
		page, err := r.leaf.pageAt(p.first)
		if err != nil {
			return err
		}
		if page.inPlace && page.uniform && page.rows == p.end-p.first {
			data = unsafe.Pointer(&page.values.data[0])
			atomic.StorePointer(&p.data, data)
			return nil
		}
		if page.rows == p.end-p.first {
			if whole = r.leaf.wholePage(page); whole != nil {
				p.whole.Store(whole)
				return nil
			}
		}
		a, err := r.read(selection{from: p.first, to: p.end})
		if err != nil {
			return err
		}
		defer a.Release()
		list, ok := a.(*array.FixedSizeList)
		if !ok {
			return corrupt(v.file.path, "column %s is %s, not a vector", v.column.Name, a.DataType())
		}
		copied := slices.Clone(VectorRun{FixedSizeList: list}.Values())
		if p.valid == nil && list.NullN() > 0 { // once: others may read it
			p.valid = slices.Clone(list.NullBitmapBytes())
		}
		data = unsafe.Pointer(&copied[0])
		atomic.StorePointer(&p.data, data)
		v.pool.keep(v, p, int64(len(copied))*4)
		return nil
	})
	return data, whole, err
}

// open reads a group of the column. The counts are nobody's: a search has no statistics of pages.
func (v *Vectors) open(g *vectorGroup) (r *vectorReader, close func()) {
	r = v.column.open(g.rowGroup, v.pool.mem, new(counters)).(*vectorReader)
	return r, r.close
}

// startAt has a reader begin with a page, whose first row it might not know otherwise.
func (l *leafReader) startAt(p *vectorPage) { l.next, l.nextFirst = p.index, p.first }
