package eval

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// Predicates are the terms of the condition that statistics may refute. The caller releases their values.
func (c *Condition) Predicates(ctx context.Context) []catalog.Predicate {
	var out []catalog.Predicate
	for _, t := range c.terms {
		if p, ok := c.predicate(ctx, t); ok {
			out = append(out, p)
		}
	}
	return out
}

// predicate leaves out a constant that cannot be computed: whether that is an error is for the rows to say.
func (c *Condition) predicate(ctx context.Context, t term) (catalog.Predicate, bool) {
	if t.compare != nil {
		value, err := Value(ctx, t.compare.value)
		if err != nil {
			return catalog.Predicate{}, false
		}
		if value.NullN() > 0 || value.DataType().ID() == arrow.NULL {
			value.Release()
			return catalog.Predicate{}, false
		}
		return catalog.Predicate{Column: t.compare.column.Index, Op: t.compare.op, Values: value}, true
	}
	switch e := t.expr.(type) {
	case *InList:
		column, ok := e.value.(*Column)
		if !ok {
			return catalog.Predicate{}, false
		}
		values, err := e.values(ctx)
		if err != nil {
			return catalog.Predicate{}, false
		}
		if values.Len() == 0 {
			values.Release()
			return catalog.Predicate{}, false
		}
		return catalog.Predicate{Column: column.Index, Op: catalog.In, Values: values}, true
	case *Function:
		if len(e.args) != 1 {
			return catalog.Predicate{}, false
		}
		column, ok := e.args[0].(*Column)
		if !ok {
			return catalog.Predicate{}, false
		}
		switch e.fn.Name {
		case "is_null":
			return catalog.Predicate{Column: column.Index, Op: catalog.IsNull, Values: c.none(column)}, true
		case "is_not_null":
			return catalog.Predicate{Column: column.Index, Op: catalog.IsNotNull, Values: c.none(column)}, true
		}
	}
	return catalog.Predicate{}, false
}

func (c *Condition) none(column *Column) arrow.Array {
	return udf.NullArray(c.mem, column.Type(), 0)
}
