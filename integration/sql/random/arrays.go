package random

import "fmt"

// array is an array of integers or texts.
func (g *Generator) array(t Type, e func(Type) string) string {
	of := Int
	if t == Texts {
		of = Text
	}
	return g.oneOf(
		func() string { return fmt.Sprintf("ARRAY[%s, %s]", e(of), e(of)) },
		func() string { return fmt.Sprintf("array_append(%s, %s)", e(t), e(of)) },
		func() string { return fmt.Sprintf("array_prepend(%s, %s)", e(of), e(t)) },
		func() string { return fmt.Sprintf("(%s || %s)", g.orColumn(t), g.orColumn(t)) },
		func() string { return fmt.Sprintf("array_cat(%s, %s)", e(t), e(t)) },
		func() string { return fmt.Sprintf("array_remove(%s, %s)", e(t), g.constant(of)) },
		func() string { return fmt.Sprintf("array_replace(%s, %s, %s)", e(t), g.constant(of), e(of)) },
		func() string { return fmt.Sprintf("(%s)[%s:%s]", g.orColumn(t), g.small(), g.small()) },
		func() string {
			if t == Ints {
				return fmt.Sprintf("array_positions(%s, %s)", e(t), e(of))
			}
			return fmt.Sprintf("string_to_array(%s, %s)", e(Text), g.pick("','", "'b'", "NULL"))
		},
		func() string {
			from := g.enter(1)
			defer g.leave()
			item := g.expr(of, 1)
			return fmt.Sprintf("ARRAY(SELECT %s FROM %s WHERE %s ORDER BY 1)", item, from, g.expr(Bool, 1))
		},
	)
}

// arrayAgg collects what a group has, in order.
func (g *Generator) arrayAgg(t Type) string {
	of := Int
	if t == Texts {
		of = Text
	}
	item := g.expr(of, 1)
	return fmt.Sprintf("array_agg(%s%s ORDER BY %s%s)", g.pick("", "DISTINCT "), item, item, g.pick("", " DESC", " NULLS FIRST"))
}

// json is a value of JSON.
func (g *Generator) json(e func(Type) string) string {
	return g.oneOf(
		func() string {
			return fmt.Sprintf("jsonb_build_object('a', %s, 'b', %s)", e(g.pickType(Int, Text, Bool, Date)), e(g.pickType(Ints, Texts, Json)))
		},
		func() string { return fmt.Sprintf("jsonb_build_array(%s, %s)", e(Int), e(Text)) },
		func() string {
			return fmt.Sprintf("to_jsonb(%s)", e(g.pickType(Int, Text, Bool, Ints, Texts, Timestamp)))
		},
		func() string { return fmt.Sprintf("(%s -> %s)", e(Json), g.pick("'a'", "'b'", "0", "-1")) },
		func() string { return fmt.Sprintf("(%s #> '{%s}')", e(Json), g.pick("a", "b,a", "b,2", "0")) },
		func() string { return fmt.Sprintf("(%s || %s)", e(Json), e(Json)) },
		func() string { return fmt.Sprintf("jsonb_strip_nulls(%s)", e(Json)) },
		func() string {
			return fmt.Sprintf("jsonb_set(jsonb_build_object('a', %s), '{%s}', %s)", e(Int), g.pick("a", "c"), e(Json))
		},
	)
}
