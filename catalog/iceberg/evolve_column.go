package iceberg

import (
	"context"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/iceberg-go"

	"github.com/mediaflight/mediaflight/catalog"
)

// setType gives a column another type. Iceberg promotes types in files that are there already where the new one has room for all
// values; the columns of a table without files can become anything.
func (e *evolution) setType(s catalog.SetType) error {
	at, err := e.column(s.Column)
	if err != nil {
		return err
	}
	f := &e.fields[at]
	stored := s.Type
	if dim := vectorDim(stored); dim > 0 {
		stored = vectorStorage
	}
	to, err := toIceberg(stored, e.nextID)
	if err != nil {
		return e.fault("0A000", "%v", err)
	}
	dim, length := e.props[vectorPrefix+s.Column+dimSuffix], e.props[catalog.LengthProperty(s.Column)]
	newDim, newLength := positive(vectorDim(s.Type)), positive(s.Length)
	switch {
	case !e.filled:
		// Another field: what is being written to the column meanwhile is refused.
		if !sameType(f.Type, to) || dim != newDim || length != newLength {
			if err := e.mustNotOrder(s.Column, f.ID); err != nil {
				return err
			}
			e.dropped = append(e.dropped, f.ID)
			f.ID, f.Type, f.InitialDefault, f.WriteDefault = e.nextID(), to, nil, nil
		}
	case dim != newDim:
		return e.noRoom(s)
	case newLength != "" && newLength != length && !(length != "" && longer(newLength, length)):
		return e.noRoom(s)
	case sameType(f.Type, to):
	case promotes(f.Type, to):
		f.Type = to
	default:
		return e.noRoom(s)
	}
	delete(e.props, catalog.LengthProperty(s.Column))
	if newLength != "" {
		e.props[catalog.LengthProperty(s.Column)] = newLength
	}
	if newDim != dim {
		e.moveProperties(s.Column, "")
		e.noteDim(s.Column, s.Type)
	}
	return nil
}

func (e *evolution) noRoom(s catalog.SetType) error {
	fault := e.fault("0A000", "the type of column %q cannot be changed to this one without writing all rows anew", s.Column)
	fault.Hint = "types can be widened: integer to bigint, real to double precision, numeric and varchar to more digits; otherwise add a column, UPDATE it and drop the old one"
	return fault
}

// positive is a number as a property has it, and "" for 0.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func longer(a, b string) bool {
	m, _ := strconv.Atoi(a)
	n, _ := strconv.Atoi(b)
	return m > n
}

// sameType compares types but for the ids of nested fields.
func sameType(a, b iceberg.Type) bool {
	switch a := a.(type) {
	case *iceberg.ListType:
		b, ok := b.(*iceberg.ListType)
		return ok && a.ElementRequired == b.ElementRequired && sameType(a.Element, b.Element)
	case *iceberg.MapType:
		b, ok := b.(*iceberg.MapType)
		return ok && a.ValueRequired == b.ValueRequired && sameType(a.KeyType, b.KeyType) && sameType(a.ValueType, b.ValueType)
	case *iceberg.StructType:
		b, ok := b.(*iceberg.StructType)
		if !ok || len(a.FieldList) != len(b.FieldList) {
			return false
		}
		for i, f := range a.FieldList {
			if g := b.FieldList[i]; f.Name != g.Name || f.Required != g.Required || !sameType(f.Type, g.Type) {
				return false
			}
		}
		return true
	}
	return a.Equals(b)
}

// promotes tells whether Iceberg reads values of one type as another.
func promotes(from, to iceberg.Type) bool {
	switch from := from.(type) {
	case iceberg.Int32Type:
		return to == iceberg.PrimitiveTypes.Int64
	case iceberg.Float32Type:
		return to == iceberg.PrimitiveTypes.Float64
	case iceberg.DecimalType:
		to, ok := to.(iceberg.DecimalType)
		return ok && from.Scale() == to.Scale() && to.Precision() >= from.Precision()
	}
	return false
}

// setNotNull looks for NULLs in the rows that the table has when it commits. Whoever writes some meanwhile is told to try again.
func (e *evolution) setNotNull(ctx context.Context, name string) error {
	at, err := e.column(name)
	if err != nil {
		return err
	}
	if e.fields[at].Required {
		return nil
	}
	found, err := e.hasNulls(ctx, e.fields[at])
	if err != nil {
		return err
	}
	if found {
		return e.fault("23502", "column %q contains null values", name)
	}
	e.fields[at].Required = true
	return nil
}

// hasNulls reads the files whose statistics do not say that they have none.
func (e *evolution) hasNulls(ctx context.Context, f iceberg.NestedField) (bool, error) {
	s := e.base.current
	column := -1
	for i, c := range s.columns {
		if c.field.ID == f.ID {
			column = i
		}
	}
	if column < 0 { // added by this very change
		return e.filled && f.InitialDefault == nil, nil
	}
	scan := catalog.Scan{Columns: []int{column}, Prune: []catalog.Predicate{{Column: column, Op: catalog.IsNull}},
		Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats), Rows: 32 << 10}
	tasks, err := s.Tasks(ctx, scan)
	if err != nil {
		return false, err
	}
	for _, task := range tasks {
		for batch, err := range task.Read(ctx) {
			if err != nil {
				return false, err
			}
			if batch.Column(0).NullN() > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

func (e *evolution) dropNotNull(name string) error {
	at, err := e.column(name)
	if err != nil {
		return err
	}
	for _, k := range e.keys {
		for _, column := range k.Columns {
			if k.Kind == catalog.PrimaryKey && column == name {
				return e.fault("42P16", "column %q is in a primary key", name)
			}
		}
	}
	e.fields[at].Required = false
	return nil
}

// setDefault changes what new rows get. What rows that are there already got when the column was added, stays.
func (e *evolution) setDefault(name, text string) error {
	at, err := e.column(name)
	if err != nil {
		return err
	}
	e.fields[at].WriteDefault = nil
	delete(e.props, defaultPrefix+name)
	if text != "" {
		e.props[defaultPrefix+name] = text
	}
	return nil
}

func (e *evolution) setComment(s catalog.SetComment) error {
	if s.Column == "" {
		delete(e.props, commentKey)
		if s.Text != "" {
			e.props[commentKey] = s.Text
		}
		return nil
	}
	at, err := e.column(s.Column)
	if err != nil {
		return err
	}
	e.fields[at].Doc = s.Text
	return nil
}

func (e *evolution) setProperties(s catalog.SetProperties) error {
	for k, v := range s.Set {
		if ours(k) {
			return e.fault("22023", "property is reserved: %q", k)
		}
		e.props[k] = v
	}
	for _, k := range s.Remove {
		if ours(k) {
			return e.fault("22023", "property is reserved: %q", k)
		}
		delete(e.props, k)
	}
	return nil
}
