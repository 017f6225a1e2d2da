package ipccheck

// maxDepth is how deep types may nest. arrow-go and Arrow's C++ have the same limit.
const maxDepth = 64

// maxFields bounds the fields of a schema, nested ones included, because arrow-go takes some hundred bytes for each where a
// message may spend ten.
const maxFields = 100_000

// A schema is what batches of a stream are made of.
type schema struct {
	batch        layout
	dictionaries map[int64]layout // by id: the layout of their values
	fields       int
}

// A layout counts what an array takes from a batch's lists, for arrow-go reads on past their ends.
type layout struct {
	nodes, buffers int
	views          int // arrays whose number of buffers the batch tells
}

func (l *layout) add(o layout) {
	l.nodes += o.nodes
	l.buffers += o.buffers
	l.views += o.views
}

// Codes of types in Arrow's Schema.fbs.
const (
	typeNull            = 1
	typeInt             = 2
	typeFloatingPoint   = 3
	typeBinary          = 4
	typeUtf8            = 5
	typeBool            = 6
	typeDecimal         = 7
	typeDate            = 8
	typeTime            = 9
	typeTimestamp       = 10
	typeInterval        = 11
	typeList            = 12
	typeStruct          = 13
	typeFixedSizeBinary = 15
	typeFixedSizeList   = 16
	typeMap             = 17
	typeDuration        = 18
	typeLargeBinary     = 19
	typeLargeUtf8       = 20
	typeLargeList       = 21
	typeBinaryView      = 23
	typeUtf8View        = 24
	typeListView        = 25
	typeLargeListView   = 26
)

// checkSchema walks a Schema table.
func checkSchema(t table) (*schema, error) {
	s := &schema{dictionaries: map[int64]layout{}}
	if endianness := t.int16(0, 0); endianness != 0 && endianness != 1 {
		t.b.fail(badf("schema of byte order %d", endianness))
	}
	s.batch = s.children(t, 1, 0)
	t.keyValues(2)
	return s, t.b.err
}

// children is the layout of all fields in a vector of them.
func (s *schema) children(t table, i, depth int) (sum layout) {
	at, n := t.vector(i, 4)
	for k := 0; k < n && t.b.err == nil; k++ {
		sum.add(s.field(t.b.table(at+4*k), depth))
	}
	return sum
}

func (s *schema) field(t table, depth int) layout {
	if s.fields++; s.fields > maxFields {
		t.b.fail(&Error{State: stateTooLarge, Msg: "schema has more than 100000 fields"})
	}
	if depth > maxDepth {
		t.b.fail(&Error{State: stateTooLarge, Msg: "types are nested more than 64 deep"})
	}
	if t.b.err != nil {
		return layout{}
	}
	name := t.text(0)
	code := t.uint8(2)
	dt, ok := t.table(3)
	if !ok {
		t.b.fail(badf("field %q has no type", name))
		return layout{}
	}
	nested := s.children(t, 5, depth+1)
	_, children := t.vector(5, 4)
	t.keyValues(6)
	own := dt.layout(code, children)
	if own.nested {
		own.add(nested)
	}
	if t.b.err != nil {
		return layout{}
	}
	encoding, ok := t.table(4)
	if !ok {
		return own.layout
	}
	if index, ok := encoding.table(1); ok {
		index.integer()
	} else {
		t.b.fail(badf("dictionary of field %q has no index type", name))
	}
	s.dictionaries[encoding.int64(0)] = own.layout
	return layout{nodes: 1, buffers: 2}
}

// A typeLayout is a type's own part of a layout, to which a nested type's children come.
type typeLayout struct {
	layout
	nested bool
}

// layout checks a type's parameters: numbers that arrow-go takes as they are.
func (t table) layout(code uint8, children int) typeLayout {
	flat := func(buffers int) typeLayout { return typeLayout{layout: layout{nodes: 1, buffers: buffers}} }
	nested := func(buffers, want int) typeLayout {
		if children != want {
			t.b.fail(badf("type %d has %d children, not %d", code, children, want))
		}
		return typeLayout{layout: layout{nodes: 1, buffers: buffers}, nested: true}
	}
	switch code {
	case typeNull:
		return flat(0)
	case typeBool:
		return flat(2)
	case typeInt:
		t.integer()
		return flat(2)
	case typeFloatingPoint:
		t.unit(2)
		return flat(2)
	case typeDecimal:
		t.decimal()
		return flat(2)
	case typeDate:
		t.unit(1)
		return flat(2)
	case typeInterval:
		t.unit(2)
		return flat(2)
	case typeDuration, typeTime:
		t.unit(3)
		return flat(2)
	case typeTimestamp:
		t.unit(3)
		t.text(1)
		return flat(2)
	case typeFixedSizeBinary:
		t.count("binary values")
		return flat(2)
	case typeBinary, typeUtf8, typeLargeBinary, typeLargeUtf8:
		return flat(3)
	case typeBinaryView, typeUtf8View:
		return typeLayout{layout: layout{nodes: 1, buffers: 2, views: 1}}
	case typeList, typeLargeList, typeMap:
		return nested(2, 1)
	case typeListView, typeLargeListView:
		return nested(3, 1)
	case typeFixedSizeList:
		t.count("lists")
		return nested(1, 1)
	case typeStruct:
		return nested(1, children)
	}
	t.b.fail(unsupported("a column is a union, run-end encoded, or of a type that is not known", "leave it out, or write it as another type"))
	return typeLayout{}
}

func (t table) integer() {
	switch bits := t.int32(0, 0); bits {
	case 8, 16, 32, 64:
	default:
		t.b.fail(badf("integer type of %d bits", bits))
	}
}

// unit checks an enumeration, which is the first field of many types.
func (t table) unit(last int16) {
	if unit := t.int16(0, 0); unit < 0 || unit > last {
		t.b.fail(badf("type of unit %d", unit))
	}
}

func (t table) decimal() {
	precision, scale := t.int32(0, 0), t.int32(1, 0)
	digits, ok := map[int32]int32{32: 9, 64: 18, 128: 38, 256: 76}[t.int32(2, 128)]
	if !ok || precision < 1 || precision > digits || scale < -digits || scale > digits {
		t.b.fail(badf("decimal type of precision %d and scale %d", precision, scale))
	}
}

// count checks the number of elements that a type's values have.
func (t table) count(what string) {
	switch n := t.int32(0, 0); {
	case n < 0:
		t.b.fail(badf("type of %s of %d elements", what, n))
	case n == 0:
		t.b.fail(unsupported("a column has "+what+" of no elements", "leave it out, or write it as another type"))
	}
}
