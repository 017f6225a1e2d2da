package random

import "fmt"

// condition is an expression that is true, false or NULL.
func (g *Generator) condition(e func(Type) string) string {
	t := g.ordinary()
	comparison := func() string { return g.pick("=", "<>", "<", "<=", ">", ">=") }
	return g.oneOf(
		func() string { return fmt.Sprintf("(%s %s %s)", e(t), comparison(), e(t)) },
		func() string { return fmt.Sprintf("(%s %s %s)", e(t), comparison(), e(t)) },
		func() string {
			return fmt.Sprintf("(%s %s %s)", e(g.pickType(Int, Bigint, Numeric)), comparison(), e(g.pickType(Int, Bigint, Numeric, Float)))
		},
		func() string { return fmt.Sprintf("(%s %s %s)", e(Bool), g.pick("AND", "OR"), e(Bool)) },
		func() string { return fmt.Sprintf("(NOT %s)", e(Bool)) },
		func() string { return fmt.Sprintf("(%s IS %sNULL)", e(t), g.pick("", "NOT ")) },
		func() string {
			return fmt.Sprintf("(%s IS %s)", e(Bool), g.pick("TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "UNKNOWN", "NOT UNKNOWN"))
		},
		func() string { return fmt.Sprintf("(%s IS %sDISTINCT FROM %s)", e(t), g.pick("", "NOT "), e(t)) },
		func() string {
			return fmt.Sprintf("(%s %sBETWEEN %s%s AND %s)", e(t), g.pick("", "NOT "), g.pick("", "SYMMETRIC "), e(t), e(t))
		},
		func() string {
			return fmt.Sprintf("(%s %sIN (%s, %s, %s))", e(t), g.pick("", "NOT "), e(t), g.constant(t), g.orNull(t))
		},
		func() string {
			return fmt.Sprintf("(%s %s '%s')", e(Text), g.pick("LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"), g.pick("a%", "%b%", "_", "a_c", "%", "%!%%' ESCAPE '!"))
		},
		func() string { return fmt.Sprintf("((%s, %s) %s (%s, %s))", e(t), e(Int), comparison(), e(t), e(Int)) },
		func() string {
			return fmt.Sprintf("(%s %s ANY ((%s)::int[]))", e(Int), g.pick("=", "<>", ">="), e(Ints))
		},
		func() string {
			return fmt.Sprintf("(%s %s %s ((%s)::text[]))", e(Text), g.pick("=", "<>", "<", "LIKE"), g.pick("ANY", "ALL"), e(Texts))
		},
		func() string { return fmt.Sprintf("(%s %s %s)", e(Interval), comparison(), e(Interval)) },
		func() string { return fmt.Sprintf("((%s, %s) OVERLAPS (%s, %s))", e(Date), e(Date), e(Date), e(Date)) },
		func() string { return fmt.Sprintf("(%s %s %s)", e(Date), comparison(), e(Timestamp)) },
		func() string {
			return fmt.Sprintf("%s(%s, %s)", g.pick("starts_with", "regexp_like"), e(Text), g.pick("'a'", "'b'", "'x'"))
		},
		func() string {
			return fmt.Sprintf("(%s %s '%s')", e(Text), g.pick("~", "!~", "~*", "!~*"), g.pick("^a", "b$", "[a-c]+", "^.?$", "\\w,", "a|x"))
		},
		func() string {
			return fmt.Sprintf("(%s SIMILAR TO '%s')", e(Text), g.pick("a%", "(a|b)_*", "[a-c]+", "%y"))
		},
		func() string {
			return fmt.Sprintf("(%s %s %s)", g.orColumn(Texts), g.pick("@>", "<@", "&&", "=", "<"), g.orColumn(Texts))
		},
		func() string { return fmt.Sprintf("((%s, %s) IS %sNULL)", e(t), e(Text), g.pick("", "NOT ")) },
		func() string {
			return fmt.Sprintf("((%s, %s) IS %sDISTINCT FROM (%s, %s))", e(t), e(Int), g.pick("", "NOT "), e(t), e(Int))
		},
		func() string {
			return fmt.Sprintf("(%s %s '%s')", e(Json), g.pick("@>", "<@"), g.pick(`{"a": 1}`, "[1]", `"a"`, `{"b": {}}`))
		},
		func() string {
			return fmt.Sprintf("(%s %s %s)", g.orColumn(Ints), g.pick("@>", "<@", "&&", "=", "<"), g.orColumn(Ints))
		},
		func() string { return g.subqueryCondition(e) },
		func() string { return g.subqueryCondition(e) },
	)
}
