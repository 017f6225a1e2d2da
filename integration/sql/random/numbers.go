package random

import "fmt"

// number is a number of a type. Quotients of numerics are rounded, because they may have more digits here than there.
func (g *Generator) number(t Type, e func(Type) string) string {
	switch t {
	case Int:
		return g.oneOf(
			func() string { return fmt.Sprintf("(%s %s %s)", e(Int), g.pick("+", "-", "*"), g.small()) },
			func() string { return fmt.Sprintf("(%s %s %s)", e(Int), g.pick("+", "-"), e(Int)) },
			func() string { return fmt.Sprintf("(%s %s nullif(%s, 0))", e(Int), g.pick("/", "%"), e(Int)) },
			func() string { return fmt.Sprintf("%s(%s)", g.pick("abs", "-", "+", "~"), e(Int)) },
			func() string {
				return fmt.Sprintf("%s(%s)", g.pick("length", "octet_length", "ascii", "bit_length"), e(Text))
			},
			func() string { return fmt.Sprintf("(%s)::int", e(Bool)) },
			func() string { return fmt.Sprintf("(%s - %s)", e(Date), e(Date)) },
			func() string { return fmt.Sprintf("position(%s IN %s)", e(Text), e(Text)) },
			func() string { return fmt.Sprintf("extract(%s FROM %s)::int", g.dateField(), e(Date)) },
			func() string {
				return fmt.Sprintf("extract(%s FROM %s)::int", g.timeField(), e(g.pickType(Timestamp, Timestamptz, Interval)))
			},
			func() string { return fmt.Sprintf("round(%s)::int", e(Numeric)) },
			func() string { return fmt.Sprintf("(%s)[%s]", g.orColumn(Ints), g.small()) },
			func() string {
				return fmt.Sprintf("%s(%s, 1)", g.pick("array_length", "array_upper", "array_lower"), e(g.pickType(Ints, Texts)))
			},
			func() string { return fmt.Sprintf("cardinality(%s)", e(g.pickType(Ints, Texts))) },
			func() string { return fmt.Sprintf("array_position(%s, %s)", e(Ints), e(Int)) },
			func() string { return fmt.Sprintf("(%s %s %s)", e(Int), g.pick("&", "|", "#"), e(Int)) },
			func() string { return fmt.Sprintf("(%s %s %s)", e(Int), g.pick("<<", ">>"), g.small()) },
			func() string { return fmt.Sprintf("%s(%s, %s)", g.pick("gcd", "lcm"), e(Int), g.orColumn(Int)) },
			func() string { return fmt.Sprintf("width_bucket(%s, 0.0, 5.0, 4)", e(Numeric)) },
			func() string { return fmt.Sprintf("regexp_count(%s, '[ab]')", e(Text)) },
			func() string { return fmt.Sprintf("num_nulls(%s, %s, %s)", e(Int), e(Text), e(Bool)) },
			func() string {
				return fmt.Sprintf("(%s ->> 'a')::jsonb::text::int", g.pick(`'{"a": 5}'::jsonb`, `'{"b": 5}'::jsonb`))
			},
		)
	case Bigint:
		return g.oneOf(
			func() string { return fmt.Sprintf("(%s)::bigint", e(Int)) },
			func() string {
				return fmt.Sprintf("(%s %s %s)", e(Bigint), g.pick("+", "-"), e(g.pickType(Int, Bigint)))
			},
			func() string { return fmt.Sprintf("(%s %s nullif(%s, 0))", e(Bigint), g.pick("/", "%"), e(Int)) },
			func() string { return fmt.Sprintf("abs(%s)", e(Bigint)) },
			func() string {
				return fmt.Sprintf("floor(extract(epoch FROM %s))::bigint", e(g.pickType(Date, Timestamp, Timestamptz)))
			},
			func() string { return fmt.Sprintf("(%s %s %s)", e(Bigint), g.pick("&", "|", "#"), e(Bigint)) },
		)
	case Numeric:
		return g.oneOf(
			func() string {
				return fmt.Sprintf("(%s %s %s)", e(Numeric), g.pick("+", "-"), e(g.pickType(Int, Numeric)))
			},
			func() string { return fmt.Sprintf("(%s * %s)", e(Numeric), g.orColumn(g.pickType(Int, Numeric))) },
			func() string {
				return fmt.Sprintf("%s(%s)", g.pick("abs", "floor", "ceil", "sign", "trunc", "round"), e(Numeric))
			},
			func() string {
				return fmt.Sprintf("%s(%s, %s)", g.pick("round", "trunc"), e(Numeric), g.pick("0", "1", "2", "-1"))
			},
			func() string { return fmt.Sprintf("(%s)::numeric(14, 2)", e(g.pickType(Int, Numeric))) },
			func() string { return fmt.Sprintf("mod(%s, nullif(%s, 0))", e(Numeric), e(Numeric)) },
			func() string { return fmt.Sprintf("div(%s, nullif(%s, 0))", e(Numeric), e(Numeric)) },
			func() string {
				return fmt.Sprintf("round(%s / nullif(%s, 0), 3)", e(Numeric), g.orColumn(g.pickType(Int, Numeric)))
			},
			func() string { return fmt.Sprintf("extract(epoch FROM %s)::numeric(20, 6)", e(Interval)) },
		)
	}
	return g.oneOf(
		func() string { return fmt.Sprintf("(%s %s %s)", e(Float), g.pick("+", "-"), e(g.pickType(Int, Float))) },
		func() string {
			return fmt.Sprintf("%s(%s)", g.pick("abs", "floor", "ceil", "round", "trunc", "sign", "-"), e(Float))
		},
		func() string { return fmt.Sprintf("(%s * %s)", e(Float), g.orColumn(Int)) },
		func() string { return fmt.Sprintf("(%s / nullif(%s, 0))", e(Float), g.orColumn(Int)) },
		func() string { return fmt.Sprintf("(%s)::double precision", e(g.pickType(Int, Numeric))) },
		func() string { return g.pick("'NaN'", "'Infinity'", "'-Infinity'") + "::double precision" },
	)
}
