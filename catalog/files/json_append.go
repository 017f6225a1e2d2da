package files

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/udf"
)

// jsonAppend appends the value at a cursor to a builder.
type jsonAppend func(c *jsonCursor) error

// appenderOf makes the appender for a builder, and those for the builders within it.
func appenderOf(b array.Builder) jsonAppend {
	var value jsonAppend
	switch b := b.(type) {
	case *array.StructBuilder:
		value = structAppender(b)
	case *array.FixedSizeListBuilder:
		value = vectorAppender(b)
	case *array.MapBuilder:
		value = mapAppender(b)
	case *array.ListBuilder:
		element := appenderOf(b.ValueBuilder())
		value = func(c *jsonCursor) error {
			b.Append(true)
			return c.elements(func() error { return element(c) })
		}
	case *array.BooleanBuilder:
		value = func(c *jsonCursor) error {
			v, err := c.bool()
			b.Append(v)
			return err
		}
	default:
		value = scalarAppender(b)
	}
	return func(c *jsonCursor) error {
		if c.null() {
			b.AppendNull()
			return nil
		}
		return value(c)
	}
}

// scalarAppender takes texts and numbers alike; what is neither becomes text as it is written.
func scalarAppender(b array.Builder) jsonAppend {
	_, isText := b.(*array.StringBuilder)
	return func(c *jsonCursor) error {
		start := c.at
		var (
			text string
			err  error
		)
		switch first := c.peek(); {
		case first == '"':
			text, err = c.text()
		case isText:
			text, err = c.raw()
		default:
			if text, err = c.number(); err != nil {
				found, _ := (&jsonCursor{c.data, start}).raw()
				return &jsonError{state: stateInvalidText, msg: fmt.Sprintf("expected %s, found %s", udf.TypeName(b.Type()), shorten(found))}
			}
		}
		if err != nil {
			return err
		}
		if !appendText(b, text) {
			return notJSON(b, text)
		}
		return nil
	}
}

// structAppender finds fields by name, first where the last object had them.
func structAppender(b *array.StructBuilder) jsonAppend {
	typ := b.Type().(*arrow.StructType)
	row := rowAppender(typ.Fields(), b.FieldBuilder)
	return func(c *jsonCursor) error {
		b.Append(true)
		return row(c)
	}
}

// rowAppender appends an object to the builders of its fields, NULL where it lacks one.
func rowAppender(fields []arrow.Field, builder func(int) array.Builder) jsonAppend {
	appenders := make([]jsonAppend, len(fields))
	for i := range fields {
		appenders[i] = appenderOf(builder(i))
	}
	seen := make([]bool, len(fields))
	return func(c *jsonCursor) error {
		clear(seen)
		guess := 0
		err := c.fields(func(name string) error {
			if guess >= len(fields) || fields[guess].Name != name {
				place, err := find(name, fields)
				if err != nil {
					return &jsonError{state: stateDuplicateColumn, msg: err.Error()}
				}
				if place < 0 {
					return &jsonError{state: stateUndefinedColumn, msg: "there is no such column in the rows before it or in the table"}
				}
				guess = place
			}
			if seen[guess] {
				return &jsonError{state: stateDuplicateColumn, msg: "the object has it twice"}
			}
			seen[guess] = true
			place := guess
			guess++
			return appenders[place](c)
		})
		if err != nil {
			return err
		}
		for i, ok := range seen {
			if !ok {
				builder(i).AppendNull()
			}
		}
		return nil
	}
}

// vectorAppender wants as many numbers as the vectors have.
func vectorAppender(b *array.FixedSizeListBuilder) jsonAppend {
	dim := int(b.Type().(*arrow.FixedSizeListType).Len())
	into := b.ValueBuilder().(*array.Float32Builder)
	return func(c *jsonCursor) error {
		b.Append(true)
		n := 0
		err := c.elements(func() error {
			if c.null() {
				return &jsonError{state: stateNullElement, msg: fmt.Sprintf("element %d is null", n+1)}
			}
			number, err := c.number()
			if err != nil {
				return &jsonError{state: stateInvalidText, msg: fmt.Sprintf("element %d is not a number", n+1)}
			}
			v, err := strconv.ParseFloat(number, 32)
			if err != nil {
				return &jsonError{state: stateOutOfRange, msg: number + " is out of range for real"}
			}
			if n++; n <= dim {
				into.Append(float32(v))
			}
			return nil
		})
		if err == nil && n != dim {
			err = &jsonError{state: stateData, msg: fmt.Sprintf("%d elements, but the column has %d", n, dim)}
		}
		return err
	}
}

// mapAppender reads an object as a map from its names.
func mapAppender(b *array.MapBuilder) jsonAppend {
	item := appenderOf(b.ItemBuilder())
	return func(c *jsonCursor) error {
		b.Append(true)
		return c.fields(func(name string) error {
			if !appendText(b.KeyBuilder(), name) {
				return notJSON(b.KeyBuilder(), name)
			}
			return item(c)
		})
	}
}

func notJSON(b array.Builder, text string) error {
	state, msg := invalidText(b.Type(), text)
	return &jsonError{state: state, msg: msg}
}
