package reader

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/format"
)

// A Column is a column of a table as a snapshot's schema wants it. In the file it is found by its id, or by its name where
// the file or the column has no ids, and so are the fields of structs, whose ids are their metadata under FieldIDKey. What
// the file has in a narrower type (int for long, float for double, a decimal of less precision) is widened.
type Column struct {
	FieldID int
	Name    string
	Field   arrow.Field
	Default arrow.Array // one row: the value where the file lacks the column; nil for NULL
}

// A binding is a column found in a file.
type binding struct {
	Column
	file   *File
	field  *field // nil: the file does not have it
	leaf   *node  // a column of single values
	to     conversion
	shape  *shape // a column of lists, structs or maps
	leaves []boundLeaf
	vector bool
}

// A boundLeaf is a leaf that a shape needs.
type boundLeaf struct {
	node             *node
	to               conversion
	dt               arrow.DataType // nil: levels only
	slot, nulls, pad int
}

// bind finds a column.
func (f *File) bind(c Column) (*binding, error) {
	b := &binding{Column: c, file: f}
	b.field = f.find(f.fields, int32(c.FieldID), c.Name)
	switch {
	case b.field == nil || b.field.isNull():
		b.field = nil
		return b, nil
	case b.field.Kind == valueField:
		var ok bool
		if b.to, ok = conversionTo(b.field.Leaf, c.Field.Type); !ok {
			return nil, b.mismatch(b.field, c.Field.Type)
		}
		b.leaf = b.field.Leaf
		return b, nil
	}
	var err error
	if b.shape, err = b.bindShape(b.field, c.Field.Type); err != nil {
		return nil, err
	}
	b.vector = b.shape.list > 0 && b.field.First.Rep == 1
	return b, nil
}

// find is the field with an id, or of a name where there are no ids; nil if there is none.
func (f *File) find(fields []*field, id int32, name string) *field {
	for _, candidate := range fields {
		if id != 0 && f.hasIDs && candidate.ID == id || (id == 0 || !f.hasIDs) && candidate.Name == name {
			return candidate
		}
	}
	return nil
}

// isNull says whether the field has the type of columns that hold nothing but NULL.
func (f *field) isNull() bool {
	return f.Kind == valueField && f.Leaf.meaning().kind == nullMeaning
}

func (b *binding) mismatch(f *field, to arrow.DataType) error {
	is := "a group"
	if from, err := f.arrowField(b.file.path); err == nil {
		is = from.Type.String()
	}
	return unsupported(b.file.path, "", "column %s is %s in the file and cannot be read as %s", b.Name, is, to)
}

// bindShape matches a field with an Arrow type.
func (b *binding) bindShape(f *field, to arrow.DataType) (*shape, error) {
	if f == nil || f.isNull() {
		return &shape{dt: to, absent: true}, nil
	}
	s := &shape{field: f, dt: to}
	var err error
	switch t := to.(type) {
	case *arrow.StructType:
		if f.Kind != structField {
			return nil, b.mismatch(f, to)
		}
		for _, want := range t.Fields() {
			child, err := b.bindShape(b.file.find(f.Children, fieldID(want), want.Name), want.Type)
			if err != nil {
				return nil, err
			}
			s.children = append(s.children, child)
		}
	case *arrow.ListType:
		if f.Kind != listField {
			return nil, b.mismatch(f, to)
		}
		s.children = make([]*shape, 1)
		if s.children[0], err = b.bindShape(f.Children[0], t.Elem()); err != nil {
			return nil, err
		}
	case *arrow.MapType:
		if f.Kind != mapField {
			return nil, b.mismatch(f, to)
		}
		s.children = make([]*shape, 2)
		for i, want := range []arrow.DataType{t.KeyType(), t.ItemType()} {
			if s.children[i], err = b.bindShape(f.Children[i], want); err != nil {
				return nil, err
			}
		}
	case *arrow.FixedSizeListType:
		return b.bindFixedList(s, t)
	default:
		if f.Kind != valueField {
			return nil, b.mismatch(f, to)
		}
		convert, ok := conversionTo(f.Leaf, to)
		if !ok {
			return nil, b.mismatch(f, to)
		}
		s.leaf = b.addLeaf(boundLeaf{node: f.Leaf, to: convert, dt: to, slot: f.Slot})
		return s, nil
	}
	s.leaf = b.addLeaf(boundLeaf{node: f.First})
	return s, nil
}

// bindFixedList matches a list of one length. Embeddings of float64, float16 and whole numbers become float32.
func (b *binding) bindFixedList(s *shape, t *arrow.FixedSizeListType) (*shape, error) {
	if s.Kind != listField || s.Children[0].Kind != valueField || t.Len() < 1 {
		return nil, b.mismatch(s.field, t)
	}
	element := s.Children[0]
	convert, ok := conversionTo(element.Leaf, t.Elem())
	if t.Elem().ID() == arrow.FLOAT32 {
		switch m := element.Leaf.meaning(); {
		case element.Leaf.Type.V == format.Double:
			convert, ok = conversion{width: 4, apply: doubleToFloat}, true
		case element.Leaf.Type.V == format.Int32 && (m.kind == noMeaning || m.kind == integerMeaning && !(m.unsigned && m.bits == 32)):
			convert, ok = each(4, func(v int32) float32 { return float32(v) }), true
		}
	}
	if layout, _ := layoutOf(t.Elem()); !ok || layout != fixed {
		return nil, b.mismatch(s.field, t)
	}
	s.list = int(t.Len())
	s.leaf = b.addLeaf(boundLeaf{node: element.Leaf, to: convert, dt: t.Elem(), slot: s.Slot, nulls: s.Def, pad: s.list})
	s.children = []*shape{{field: element, dt: t.Elem(), leaf: s.leaf}}
	return s, nil
}

// addLeaf returns the place of a leaf among those to read.
func (b *binding) addLeaf(leaf boundLeaf) int {
	for i := range b.leaves {
		if have := &b.leaves[i]; have.node == leaf.node {
			if have.dt == nil {
				*have = leaf
			}
			return i
		}
	}
	b.leaves = append(b.leaves, leaf)
	return len(b.leaves) - 1
}

func fieldID(f arrow.Field) int32 {
	text, _ := f.Metadata.GetValue(FieldIDKey)
	id, _ := strconv.ParseInt(text, 10, 32)
	return int32(id)
}

// open makes a reader of the column in one row group.
func (b *binding) open(group *rowGroup, mem memory.Allocator, stats *counters) columnReader {
	leafReaderOf := func(n *node, to conversion) *leafReader {
		return &leafReader{chunk: group.chunks[n.Leaf], conversion: to, mem: mem, stats: stats}
	}
	switch {
	case b.field == nil:
		return &constantReader{mem: mem, dt: b.Field.Type, value: b.Default}
	case b.leaf != nil:
		leaf := leafReaderOf(b.leaf, b.to)
		leaf.flat = true
		return &flatReader{leafReader: leaf, dt: b.Field.Type}
	}
	nested := nestedReader{file: b.file, first: group.first, name: b.Name, mem: mem, shape: b.shape}
	for _, leaf := range b.leaves {
		nested.leaves = append(nested.leaves, &nestedLeaf{
			leafReader: leafReaderOf(leaf.node, leaf.to), dt: leaf.dt, slot: leaf.slot, nulls: leaf.nulls, pad: leaf.pad,
		})
	}
	if b.vector {
		leaf := nested.leaves[0].leafReader
		leaf.list = b.shape.list
		return &vectorReader{nestedReader: nested, leaf: leaf, dt: b.Field.Type.(*arrow.FixedSizeListType)}
	}
	return &nested
}

// rowBytes estimates what a row of the column takes in a batch.
func (b *binding) rowBytes(group *rowGroup) int64 {
	switch {
	case b.field == nil:
		return 8
	case b.leaf != nil:
		if layout, width := layoutOf(b.Field.Type); layout == fixed {
			return int64(width)
		}
		return group.chunks[b.leaf.Leaf].rowBytes()
	case b.shape.list > 0:
		_, width := layoutOf(b.shape.children[0].dt)
		return int64(b.shape.list * width)
	}
	sum := int64(8)
	for _, leaf := range b.leaves {
		if leaf.dt != nil {
			sum += group.chunks[leaf.node.Leaf].rowBytes()
		}
	}
	return sum
}

// rowBytes estimates a row's bytes in memory. Dictionary-coded strings are longer there than in the file.
func (c *chunk) rowBytes() int64 {
	meta := &c.meta.MetaData
	rows := max(c.rows, 1)
	if n := meta.SizeStatistics.UnencodedByteArrayDataBytes; n > 0 && n < 1<<40 {
		return n/rows + 4
	}
	size := meta.TotalUncompressedSize/rows + 4
	if begin := c.begin(); meta.Type == format.ByteArray && begin < meta.DataPageOffset {
		header, _, err := c.header(begin)
		if n := int64(header.DictionaryPageHeader.V.NumValues); err == nil && n > 0 {
			size = max(size, int64(header.UncompressedPageSize)/n)
		}
	}
	return max(size, 1)
}
