package reader

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// A shape is how an Arrow type of lists, structs and maps is put together from a field of the file.
type shape struct {
	*field
	dt       arrow.DataType
	absent   bool // NULL throughout: the file does not have it
	children []*shape
	// A value has the leaf's reader in slot leaf of a nestedReader; a struct, list or map the reader whose levels show its
	// shape.
	leaf int
	list int // the length of a FixedSizeList
}

// A nestedReader reads a column of any shape.
type nestedReader struct {
	file   *File
	first  int64 // the row group's first row in the file, for messages
	name   string
	mem    memory.Allocator
	shape  *shape
	leaves []*nestedLeaf
}

func (r *nestedReader) drop(row int64) {
	for _, leaf := range r.leaves {
		leaf.drop(row)
	}
}

func (r *nestedReader) close() {
	for _, leaf := range r.leaves {
		leaf.close()
	}
}

func (r *nestedReader) edge(int64) (int64, error) { return 0, nil }

func (r *nestedReader) read(s selection) (arrow.Array, error) {
	defer func() {
		for _, leaf := range r.leaves {
			if leaf.array != nil {
				leaf.array.Release()
				leaf.array = nil
			}
		}
	}()
	for _, leaf := range r.leaves {
		if err := leaf.collect(s); err != nil {
			return nil, err
		}
	}
	a, err := r.build(r.shape, s.len())
	if e, ok := err.(*listError); ok {
		row := r.first + s.from + int64(e.row)
		if s.rows != nil {
			row = r.first + int64(s.rows[e.row])
		}
		return nil, r.file.fault(row, r.name, "22000", e.msg, "the column takes lists of one length")
	}
	return a, err
}

// A listError is a list that does not fit a FixedSizeList.
type listError struct {
	row int // of the selection
	msg string
}

func (e *listError) Error() string { return e.msg }

// build makes the array of a shape, n places long.
func (r *nestedReader) build(s *shape, n int) (arrow.Array, error) {
	if s.absent {
		return udf.NullArray(r.mem, s.dt, n), nil
	}
	leaf := r.leaves[s.leaf]
	if s.Kind == valueField {
		if leaf.array.Len() != n {
			return nil, leaf.corrupt("%d values where %d are due", leaf.array.Len(), n)
		}
		leaf.array.Retain()
		return leaf.array, nil
	}
	valid, nulls, err := r.validity(s, leaf, n)
	if err != nil {
		return nil, err
	}
	defer func() {
		if valid != nil {
			valid.Release()
		}
	}()
	switch s.Kind {
	case structField:
		return r.buildStruct(s, n, valid, nulls)
	case mapField, listField:
		if s.list > 0 {
			return r.buildFixedList(s, leaf, n, valid, nulls)
		}
	}
	return r.buildList(s, leaf, n, valid, nulls)
}

// validity says which of the places hold a struct or list that is there. The buffer is nil where all do.
func (r *nestedReader) validity(s *shape, leaf *nestedLeaf, n int) (*memory.Buffer, int, error) {
	places, nulls := 0, 0
	var bits []byte
	if s.Nullable {
		bits = make([]byte, bitutil.BytesForBits(int64(n)))
	}
	for i, rep := range leaf.rep {
		if int(rep) > s.Rep || int(leaf.def[i]) < s.Slot {
			continue
		}
		if bits != nil && places < n {
			if int(leaf.def[i]) >= s.Def {
				bitutil.SetBit(bits, places)
			} else {
				nulls++
			}
		}
		places++
	}
	if places != n {
		return nil, 0, leaf.corrupt("%d values where %d are due", places, n)
	}
	if nulls == 0 {
		return nil, 0, nil
	}
	buffer := memory.NewResizableBuffer(r.mem)
	buffer.Resize(len(bits))
	copy(buffer.Bytes(), bits)
	return buffer, nulls, nil
}

func (r *nestedReader) buildStruct(s *shape, n int, valid *memory.Buffer, nulls int) (arrow.Array, error) {
	children := make([]arrow.ArrayData, 0, len(s.children))
	defer func() {
		for _, child := range children {
			child.Release()
		}
	}()
	for _, child := range s.children {
		a, err := r.build(child, n)
		if err != nil {
			return nil, err
		}
		a.Data().Retain()
		children = append(children, a.Data())
		a.Release()
	}
	data := array.NewData(s.dt, n, []*memory.Buffer{valid}, children, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

// buildList makes a list or a map.
func (r *nestedReader) buildList(s *shape, leaf *nestedLeaf, n int, valid *memory.Buffer, nulls int) (arrow.Array, error) {
	offsets := memory.NewResizableBuffer(r.mem)
	defer offsets.Release()
	offsets.Resize(4 * (n + 1))
	ends := elements[int32](offsets.Bytes())
	ends[0] = 0
	place, count := 0, int32(0)
	for i, rep := range leaf.rep {
		def := int(leaf.def[i])
		if def < s.Slot || int(rep) > s.Rep+1 {
			continue
		}
		if int(rep) <= s.Rep {
			place++
		}
		if def >= s.Elem {
			count++
		}
		if place == 0 {
			return nil, leaf.corrupt("a list goes on before it begins")
		}
		ends[place] = count
	}
	child, err := r.elements(s, int(count))
	if err != nil {
		return nil, err
	}
	defer child.Release()
	data := array.NewData(s.dt, n, []*memory.Buffer{valid, offsets}, []arrow.ArrayData{child}, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

// elements makes what lies in the lists of s: for a map, the struct of key and value.
func (r *nestedReader) elements(s *shape, n int) (arrow.ArrayData, error) {
	if m, ok := s.dt.(*arrow.MapType); ok {
		entries := &shape{field: s.field, dt: m.Elem(), children: s.children}
		a, err := r.buildStruct(entries, n, nil, 0)
		if err != nil {
			return nil, err
		}
		defer a.Release()
		a.Data().Retain()
		return a.Data(), nil
	}
	a, err := r.build(s.children[0], n)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	a.Data().Retain()
	return a.Data(), nil
}

// buildFixedList makes a FixedSizeList of lists that all have its length, or are NULL.
func (r *nestedReader) buildFixedList(s *shape, leaf *nestedLeaf, n int, valid *memory.Buffer, nulls int) (arrow.Array, error) {
	row, length := -1, s.list
	check := func() error {
		if length != s.list {
			return &listError{row: row, msg: fmt.Sprintf("list of %d elements, %d expected", length, s.list)}
		}
		return nil
	}
	for i, rep := range leaf.rep {
		def := int(leaf.def[i])
		if rep == 0 || int(rep) <= s.Rep && def >= s.Slot {
			if err := check(); err != nil {
				return nil, err
			}
			length = 0
		}
		if rep == 0 {
			row++
		}
		switch {
		case def >= s.Elem:
			length++
			if def < leaf.chunk.leaf.Def && !s.elementNullable() {
				return nil, &listError{row: row, msg: "a NULL element in a list without NULLs"}
			}
		case def < s.Def:
			length = s.list
		}
	}
	if err := check(); err != nil {
		return nil, err
	}
	child := r.leaves[s.children[0].leaf].array.Data()
	if child.Len() != n*s.list {
		return nil, leaf.corrupt("%d elements where %d are due", child.Len(), n*s.list)
	}
	if !s.elementNullable() && child.NullN() > 0 { // only those that fill the places of NULL lists
		bare := array.NewData(child.DataType(), child.Len(), []*memory.Buffer{nil, child.Buffers()[1]}, nil, 0, 0)
		defer bare.Release()
		child = bare
	}
	data := array.NewData(s.dt, n, []*memory.Buffer{valid}, []arrow.ArrayData{child}, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

func (s *shape) elementNullable() bool {
	return s.dt.(*arrow.FixedSizeListType).ElemField().Nullable
}
