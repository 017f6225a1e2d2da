package random

import "fmt"

func (g *Generator) dateField() string {
	return g.pick("year", "month", "day", "dow", "doy", "week", "quarter", "isodow", "isoyear", "decade", "century")
}

func (g *Generator) timeField() string {
	return g.pick("hour", "minute", "second", "day", "month", "year")
}

// time is a date, a time or a span of time.
func (g *Generator) time(t Type, e func(Type) string) string {
	unit := func() string { return g.pick("month", "day", "hour", "week", "quarter", "year") }
	switch t {
	case Date:
		return g.oneOf(
			func() string { return fmt.Sprintf("(%s %s %s)", e(Date), g.pick("+", "-"), g.small()) },
			func() string { return fmt.Sprintf("(%s)::date", e(g.pickType(Timestamp, Timestamptz))) },
			func() string {
				return fmt.Sprintf("date_trunc('%s', %s)::date", g.pick("month", "week", "year"), e(Date))
			},
			func() string { return fmt.Sprintf("make_date(2024, %s, %s)", g.small(), g.small()) },
			func() string { return fmt.Sprintf("to_date(to_char(%s, 'DD.MM.YYYY'), 'DD.MM.YYYY')", e(Date)) },
		)
	case Timestamp:
		return g.oneOf(
			func() string {
				return fmt.Sprintf("(%s %s %s)", e(g.pickType(Date, Timestamp)), g.pick("+", "-"), e(Interval))
			},
			func() string { return fmt.Sprintf("date_trunc('%s', %s)", unit(), e(Timestamp)) },
			func() string { return fmt.Sprintf("(%s)::timestamp", e(g.pickType(Date, Timestamptz))) },
			func() string {
				return fmt.Sprintf("(%s AT TIME ZONE '%s')", e(Timestamptz), g.pick("UTC", "Europe/Berlin", "+03"))
			},
			func() string {
				return fmt.Sprintf("date_bin('%s', %s, TIMESTAMP '2024-01-01')", g.pick("15 minutes", "3 days", "7 hours"), e(Timestamp))
			},
		)
	case Timestamptz:
		return g.oneOf(
			func() string { return fmt.Sprintf("(%s %s %s)", e(Timestamptz), g.pick("+", "-"), e(Interval)) },
			func() string { return fmt.Sprintf("date_trunc('%s', %s)", unit(), e(Timestamptz)) },
			func() string {
				return fmt.Sprintf("(%s AT TIME ZONE '%s')", e(Timestamp), g.pick("UTC", "America/New_York", "+03"))
			},
			func() string { return fmt.Sprintf("(%s)::timestamptz", e(g.pickType(Date, Timestamp))) },
			func() string { return fmt.Sprintf("date_trunc('%s', %s, 'Europe/Berlin')", unit(), e(Timestamptz)) },
		)
	}
	return g.oneOf(
		func() string { return fmt.Sprintf("(%s - %s)", e(Timestamp), e(Timestamp)) },
		func() string { return fmt.Sprintf("age(%s, %s)", e(Timestamp), e(Timestamp)) },
		func() string { return fmt.Sprintf("(%s %s %s)", e(Interval), g.pick("+", "-"), e(Interval)) },
		func() string { return fmt.Sprintf("(%s * %s)", e(Interval), g.small()) },
		func() string {
			return fmt.Sprintf("make_interval(days => %s, hours => %s)", g.orColumn(Int), g.small())
		},
		func() string {
			return fmt.Sprintf("%s(%s)", g.pick("justify_days", "justify_hours", "justify_interval", "-"), e(Interval))
		},
	)
}
