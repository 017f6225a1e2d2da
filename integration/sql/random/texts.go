package random

import "fmt"

// text is a text that functions make of others.
func (g *Generator) text(e func(Type) string) string {
	return g.oneOf(
		func() string { return fmt.Sprintf("(%s || %s)", e(Text), e(Text)) },
		func() string {
			return fmt.Sprintf("%s(%s)", g.pick("upper", "lower", "trim", "ltrim", "rtrim", "reverse", "initcap", "md5", "quote_literal", "quote_ident"), e(Text))
		},
		func() string { return fmt.Sprintf("btrim(%s, %s)", e(Text), g.constant(Text)) },
		func() string { return fmt.Sprintf("substr(%s, %s)", e(Text), g.constant(Int)) },
		func() string { return fmt.Sprintf("substring(%s FROM %s FOR %s)", e(Text), g.constant(Int), g.small()) },
		func() string { return fmt.Sprintf("substring(%s FROM '[a-z]+')", e(Text)) },
		func() string {
			return fmt.Sprintf("overlay(%s PLACING %s FROM %s)", e(Text), g.constant(Text), g.small())
		},
		func() string {
			return fmt.Sprintf("%s(%s, %s)", g.pick("left", "right", "repeat"), e(Text), g.pick("-2", "-1", "0", "1", "2"))
		},
		func() string {
			return fmt.Sprintf("%s(%s, %s, %s)", g.pick("lpad", "rpad"), e(Text), g.small(), e(Text))
		},
		func() string { return fmt.Sprintf("replace(%s, %s, %s)", e(Text), g.constant(Text), e(Text)) },
		func() string { return fmt.Sprintf("split_part(%s, ',', %s)", e(Text), g.pick("1", "2", "-1")) },
		func() string { return fmt.Sprintf("translate(%s, 'ab', 'X')", e(Text)) },
		func() string {
			return fmt.Sprintf("(%s)::text", e(g.pickType(Int, Bigint, Date, Bool, Timestamp, Timestamptz, Interval, Ints, Texts, Json)))
		},
		func() string { return fmt.Sprintf("concat(%s, %s, %s)", e(Text), e(Int), e(Bool)) },
		func() string { return fmt.Sprintf("concat_ws('-', %s, %s)", e(Text), e(Date)) },
		func() string { return fmt.Sprintf("format('%%s/%%I/%%L', %s, 'x y', %s)", e(Int), e(Text)) },
		func() string {
			return fmt.Sprintf("to_char(%s, '%s')", e(g.pickType(Timestamp, Timestamptz)), g.pick("YYYY-MM-DD", "HH24:MI", "Mon DD", "Q IYYY IW", "FMDay", "DDD HH12 AM", "J D ID"))
		},
		func() string {
			return fmt.Sprintf("to_char(%s, '%s')", e(g.pickType(Int, Numeric)), g.pick("999", "FM990.00", "S0000", "9,999.9"))
		},
		func() string { return fmt.Sprintf("array_to_string(%s, ',', '*')", e(g.pickType(Ints, Texts))) },
		func() string { return fmt.Sprintf("(%s)[%s]", g.orColumn(Texts), g.small()) },
		func() string {
			return fmt.Sprintf("regexp_replace(%s, '[a-b]+', '<\\&>'%s)", e(Text), g.pick("", ", 'g'", ", 'i'"))
		},
		func() string { return fmt.Sprintf("(regexp_match(%s, '([ab])(.?)'))[%s]", e(Text), g.small()) },
		func() string { return fmt.Sprintf("regexp_substr(%s, '[^ ,]+', %s)", e(Text), g.small()) },
		func() string { return fmt.Sprintf("to_hex(%s)", e(Int)) },
		func() string {
			return fmt.Sprintf("encode(convert_to(%s, 'UTF8'), '%s')", e(Text), g.pick("hex", "base64", "escape"))
		},
		func() string { return fmt.Sprintf("jsonb_typeof(%s)", e(Json)) },
		func() string { return fmt.Sprintf("(%s ->> %s)", e(Json), g.pick("'a'", "'b'", "0", "-1")) },
		func() string { return fmt.Sprintf("(%s #>> '{%s}')", e(Json), g.pick("a", "b,a", "b,2", "0")) },
	)
}
