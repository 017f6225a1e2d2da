package reader

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// FieldIDKey is the metadata key under which an Arrow field carries its Parquet (and Iceberg) field id.
const FieldIDKey = "PARQUET:field_id"

// A field is what a part of the file's schema means: a value, a struct, a list or a map, with the many ways of writing a
// list read as one.
type field struct {
	Name     string
	ID       int32 // 0: none
	Kind     fieldKind
	Nullable bool
	// Slot is the definition level from which there is a place for the value: that of the innermost list's elements, or 0.
	// Def is the one from which the value is not NULL; Elem (lists and maps) the one from which there is an element.
	Slot, Def, Elem int
	Rep             int      // repetition level of the value itself; elements of a list have one more
	Leaf            *node    // values only
	First           *node    // some leaf below: its levels show this field's shape
	Children        []*field // struct: its fields; list: the element; map: key and value
}

type fieldKind int

const (
	valueField fieldKind = iota
	structField
	listField
	mapField
)

// buildFields reads the children of a group, whose places exist from definition level slot on.
func buildFields(path string, group *node, slot int) ([]*field, error) {
	fields := make([]*field, 0, len(group.Children))
	for _, child := range group.Children {
		f, err := buildField(path, child, slot)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// buildField reads one node. A repeated node outside a list annotation is a list of required elements.
func buildField(path string, n *node, slot int) (*field, error) {
	if n.RepetitionType.V != format.Repeated {
		return buildSingle(path, n, slot)
	}
	element, err := buildSingle(path, n, n.Def)
	if err != nil {
		return nil, err
	}
	return &field{
		Name: n.Name, ID: n.FieldID, Kind: listField, Slot: slot, Def: n.Def - 1, Elem: n.Def, Rep: n.Rep - 1,
		First: element.First, Children: []*field{element},
	}, nil
}

// buildSingle reads a node as one value.
func buildSingle(path string, n *node, slot int) (*field, error) {
	f := &field{Name: n.Name, ID: n.FieldID, Nullable: n.RepetitionType.V == format.Optional, Slot: slot, Def: n.Def, Rep: n.Rep}
	if n.Leaf >= 0 {
		f.Kind, f.Leaf, f.First = valueField, n, n
		return f, nil
	}
	if len(n.Children) == 0 {
		return nil, unsupported(path, "leave the column out", "column %s is a group without fields", n.Path)
	}
	var err error
	switch repeated := n.Children[0]; {
	case n.isList() && len(n.Children) == 1 && repeated.RepetitionType.V == format.Repeated:
		var element *field
		if elementIsRepeated(n, repeated) {
			element, err = buildSingle(path, repeated, repeated.Def)
		} else {
			element, err = buildField(path, repeated.Children[0], repeated.Def)
		}
		f.Kind, f.Elem, f.Children = listField, repeated.Def, []*field{element}
	case n.isMap() && len(n.Children) == 1 && repeated.RepetitionType.V == format.Repeated && len(repeated.Children) == 2:
		f.Kind, f.Elem = mapField, repeated.Def
		f.Children, err = buildFields(path, repeated, repeated.Def)
	default:
		f.Kind = structField
		f.Children, err = buildFields(path, n, slot)
	}
	if err != nil {
		return nil, err
	}
	f.First = f.Children[0].First
	return f, nil
}

// elementIsRepeated applies the format's rules for lists of old writers: whether a list's repeated node is itself the
// element, rather than a wrapper around it.
func elementIsRepeated(list, repeated *node) bool {
	return repeated.Leaf >= 0 || len(repeated.Children) != 1 ||
		repeated.Name == "array" || repeated.Name == list.Name+"_tuple" ||
		repeated.Children[0].RepetitionType.V == format.Repeated
}

func (n *node) isList() bool {
	_, ok := n.LogicalType.Value.(*format.ListType)
	return ok || n.converted(deprecated.List)
}

func (n *node) isMap() bool {
	_, ok := n.LogicalType.Value.(*format.MapType)
	return ok || n.converted(deprecated.Map) || n.converted(deprecated.MapKeyValue)
}

func (n *node) converted(t deprecated.ConvertedType) bool {
	return n.ConvertedType.Valid && n.ConvertedType.V == t
}

// arrowField is the field as Arrow would have it without knowledge of a table.
func (f *field) arrowField(path string) (arrow.Field, error) {
	out := arrow.Field{Name: f.Name, Nullable: f.Nullable}
	if f.ID != 0 {
		out.Metadata = arrow.NewMetadata([]string{FieldIDKey}, []string{strconv.Itoa(int(f.ID))})
	}
	if f.Kind == valueField {
		var err error
		out.Type, err = leafType(path, f.Leaf)
		return out, err
	}
	children := make([]arrow.Field, len(f.Children))
	for i, child := range f.Children {
		var err error
		if children[i], err = child.arrowField(path); err != nil {
			return out, err
		}
	}
	switch f.Kind {
	case listField:
		out.Type = arrow.ListOfField(children[0])
	case mapField:
		children[0].Nullable = false
		out.Type = arrow.MapOfFields(children[0], children[1])
	default:
		out.Type = arrow.StructOf(children...)
	}
	return out, nil
}
