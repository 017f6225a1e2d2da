package files

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// A jsonType is what was seen of the values in one place.
type jsonType struct {
	bools, numbers, texts, arrays, objects bool

	look    looks // of numbers and texts
	fields  []jsonField
	element *jsonType
	length  int // of all arrays, -1 if they differ
}

type jsonField struct {
	name string
	typ  *jsonType
}

// see takes in the value at the cursor.
func (t *jsonType) see(c *jsonCursor) error {
	switch b := c.peek(); {
	case b == '{':
		t.objects = true
		return c.fields(func(name string) error {
			f, err := t.field(name)
			if err != nil {
				return err
			}
			return f.see(c)
		})
	case b == '[':
		return t.seeArray(c)
	case b == '"':
		text, err := c.text()
		t.seeLook(&t.texts, lookOf(text))
		return err
	case b == 't' || b == 'f':
		t.bools = true
		_, err := c.bool()
		return err
	case c.null():
		return nil
	}
	number, err := c.number()
	t.seeLook(&t.numbers, lookOfJSONNumber(number))
	return err
}

// seeLook takes in a text or a number.
func (t *jsonType) seeLook(kind *bool, look looks) {
	if !t.texts && !t.numbers {
		t.look = looksAny
	}
	*kind = true
	t.look &= look
}

// lookOfJSONNumber is lookOf for what is known to be a number: embeddings are many.
func lookOfJSONNumber(number string) looks {
	for _, c := range []byte(number) {
		if c != '-' && (c < '0' || c > '9') {
			return looksDouble
		}
	}
	if len(number) <= 18 {
		return looksInteger | looksDouble
	}
	return lookOf(number)
}

// maxFields is how many different names the objects in one place may have: more are keys of a map than columns.
const maxFields = 10_000

func (t *jsonType) field(name string) (*jsonType, error) {
	for _, f := range t.fields {
		if f.name == name {
			return f.typ, nil
		}
	}
	if len(t.fields) == maxFields {
		return nil, &Error{State: stateLimit, Msg: fmt.Sprintf("objects have more than %d different names", maxFields), Hint: "read the lines as text, or give the columns"}
	}
	f := jsonField{strings.Clone(name), new(jsonType)}
	t.fields = append(t.fields, f)
	return f.typ, nil
}

func (t *jsonType) seeArray(c *jsonCursor) error {
	if t.element == nil {
		t.element = new(jsonType)
	}
	length := 0
	err := c.elements(func() error { length++; return t.element.see(c) })
	if t.arrays && t.length != length {
		length = -1
	}
	t.arrays, t.length = true, length
	return err
}

// typ is the type that holds all values seen. Values of several kinds are text, as they are written.
func (t *jsonType) typ() arrow.DataType {
	kinds := 0
	for _, seen := range []bool{t.bools, t.numbers, t.texts, t.arrays, t.objects} {
		if seen {
			kinds++
		}
	}
	switch {
	case kinds != 1:
	case t.bools:
		return arrow.FixedWidthTypes.Boolean
	case t.numbers && t.look&(looksInteger|looksDouble) != 0:
		return t.look.typ()
	case t.texts && t.look&(looksDate|looksTimestamp|looksTimestampTZ) != 0:
		return t.look.typ()
	case t.arrays:
		return arrow.ListOf(t.element.typ())
	case t.objects && len(t.fields) > 0:
		return arrow.StructOf(t.arrowFields()...)
	}
	return arrow.BinaryTypes.String
}

// columnType is typ, but for embeddings: arrays of one length whose numbers are not all integers.
func (t *jsonType) columnType() arrow.DataType {
	typ := t.typ()
	if list, ok := typ.(*arrow.ListType); ok && t.length > 0 && list.Elem().ID() == arrow.FLOAT64 {
		return arrow.FixedSizeListOfNonNullable(int32(t.length), arrow.PrimitiveTypes.Float32)
	}
	return typ
}

func (t *jsonType) arrowFields() []arrow.Field {
	fields := make([]arrow.Field, len(t.fields))
	for i, f := range t.fields {
		fields[i] = arrow.Field{Name: f.name, Type: f.typ.typ(), Nullable: true}
	}
	return fields
}

// jsonTableType is the type that values for a column of a table are read as: the column's, with text where Convert
// has to cast.
func jsonTableType(typ arrow.DataType) arrow.DataType {
	switch t := typ.(type) {
	case *arrow.StructType:
		fields := t.Fields()
		for i := range fields {
			fields[i].Type = jsonTableType(fields[i].Type)
		}
		return arrow.StructOf(fields...)
	case *arrow.FixedSizeListType:
		return t
	case *arrow.ListType:
		return arrow.ListOf(jsonTableType(t.Elem()))
	case *arrow.MapType:
		return t
	}
	return textType(typ)
}
