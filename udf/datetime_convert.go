package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

var datetimeConvertFuncs = []Scalar{
	{
		Name: "timezone", Kind: "datetime", Args: []string{"zone", "source"},
		Doc: "A timestamp with time zone as a zone's clocks show it, or the instant at which they show a timestamp, as source AT TIME ZONE zone writes it. The zone is a name, an interval, or an offset as POSIX writes it: +03 is west of Greenwich. " +
			"A time that clocks skip counts as before the change, one that they show twice as after it. NULL if either is NULL.",
		Example: "timezone('Europe/Berlin', timestamptz '2024-02-29 12:00:00+00') = timestamp '2024-02-29 13:00:00'",
		Impls: []Impl{
			{In: []Type{text, timestamptz}, Out: returns(timestampType), Eval: zoneEval},
			{In: []Type{text, timestamp}, Out: returns(timestamptzType), Eval: zoneEval},
			{In: []Type{interval, timestamptz}, Out: returns(timestampType), Eval: offsetEval(1)},
			{In: []Type{interval, timestamp}, Out: returns(timestamptzType), Eval: offsetEval(-1)},
		},
	},
	{
		Name: "age", Kind: "datetime", Args: []string{"later", "earlier"},
		Doc:     "The time between two timestamps in years, months, days and time; from midnight today if one is given. NULL if an argument is NULL.",
		Example: "age(timestamp '2001-04-10', timestamp '1957-06-13') = interval '43 years 9 months 27 days'",
		Impls: []Impl{
			{In: []Type{timestamp, timestamp}, Out: returns(intervalType), Eval: ageEval},
			{In: []Type{timestamptz, timestamptz}, Out: returns(intervalType), Eval: ageEval},
			{In: []Type{timestamp}, Out: returns(intervalType), Eval: ageEval},
			{In: []Type{timestamptz}, Out: returns(intervalType), Eval: ageEval},
		},
	},
	{
		Name: "to_timestamp", Kind: "datetime", Args: []string{"source", "format"},
		Doc:     "The instant so many seconds after 1970-01-01 00:00 UTC; or the one that a text shows in a format of to_char, in the session's zone. NULL if an argument is NULL.",
		Example: "to_timestamp(1284352323.5) = timestamptz '2010-09-13 04:32:03.5+00'",
		Impls: []Impl{
			{In: []Type{float8}, Out: returns(timestamptzType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
				seconds := columnOf[float64](args[0])
				return mapFixed(call, args, func(i int) (int64, error) {
					micros := math.RoundToEven(seconds.at(i) * microsPerSecond)
					if !(micros >= float64(minTimestamp) && micros <= float64(maxTimestamp)) {
						return 0, faultf(stateDatetimeOverflow, "timestamp out of range: %g", seconds.at(i))
					}
					return checkTimestamp(int64(micros))
				})
			}},
			{In: []Type{text, text}, Out: returns(timestamptzType), Eval: toTimestampEval},
		},
	},
	{
		Name: "to_date", Kind: "datetime", Args: []string{"text", "format"},
		Doc:     "The date that a text shows in a format of to_char. NULL if either is NULL.",
		Example: "to_date('29 Feb 2024', 'DD Mon YYYY') = date '2024-02-29'",
		Impls:   []Impl{{In: []Type{text, text}, Out: returns(dateType), Eval: toDateEval}},
	},
	{
		Name: "justify_hours", Kind: "datetime", Args: []string{"interval"},
		Doc:     "The interval with every 24 hours made a day. NULL if it is NULL.",
		Example: "justify_hours(interval '27 hours') = interval '1 day 3 hours'",
		Impls:   justifyImpls(justifyHours),
	},
	{
		Name: "justify_days", Kind: "datetime", Args: []string{"interval"},
		Doc:     "The interval with every 30 days made a month. NULL if it is NULL.",
		Example: "justify_days(interval '35 days') = interval '1 month 5 days'",
		Impls:   justifyImpls(justifyDays),
	},
	{
		Name: "justify_interval", Kind: "datetime", Args: []string{"interval"},
		Doc:     "The interval with every 24 hours made a day, every 30 days a month, and all parts of one sign. NULL if it is NULL.",
		Example: "justify_interval(interval '1 month -1 hour') = interval '29 days 23 hours'",
		Impls:   justifyImpls(justifyAll),
	},
}

func zoneEval(call *Call, args []Arg) (arrow.Array, error) {
	zones, micros := zonesOf(call, args[:1]), columnOf[int64](args[1])
	toLocal := sameType(call.Out, timestampType)
	return mapFixed(call, args, func(i int) (int64, error) {
		zone, err := zones.at(i)
		if err != nil {
			return 0, err
		}
		if toLocal {
			return checkTimestamp(localMicros(micros.at(i), zone))
		}
		return checkTimestamp(instantOf(micros.at(i), zone))
	})
}

func offsetEval(sign int64) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		offsets, micros := columnOf[arrow.MonthDayNanoInterval](args[0]), columnOf[int64](args[1])
		return mapFixed(call, args, func(i int) (int64, error) {
			v := offsets.at(i)
			if v.Months != 0 || v.Days != 0 {
				return 0, faultf(stateInvalidParameter, "interval time zone %q must not include months or days", appendInterval(nil, v))
			}
			return checkTimestamp(micros.at(i) + sign*(v.Nanoseconds/nanosPerMicro))
		})
	}
}

func ageEval(call *Call, args []Arg) (arrow.Array, error) {
	later := localReader(call, args[0])
	today := localMicros(call.Env.Now.UnixMicro(), zoneOf(call.Env))
	midnight := today - floorMod(today, microsPerDay)
	return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) {
		if len(args) == 1 {
			return age(midnight, later(i))
		}
		return age(later(i), localReader(call, args[1])(i))
	})
}

// age subtracts field by field: what a field lacks it borrows from the next, a month having the days of the earlier
// timestamp's month.
func age(later, earlier int64) (arrow.MonthDayNanoInterval, error) {
	sign := 1
	if later < earlier {
		later, earlier, sign = earlier, later, -1
	}
	year, month, day := civil(floorDiv(later, microsPerDay))
	fromYear, fromMonth, fromDay := civil(floorDiv(earlier, microsPerDay))
	clock := floorMod(later, microsPerDay) - floorMod(earlier, microsPerDay)
	months, days := (year-fromYear)*12+int64(month-fromMonth), int64(day-fromDay)
	if clock < 0 {
		clock, days = clock+microsPerDay, days-1
	}
	if days < 0 {
		days, months = days+int64(daysIn(fromYear, fromMonth)), months-1
	}
	v, err := makeInterval(months, days, clock*nanosPerMicro)
	return signedInterval(v, sign), err
}

func justifyImpls(f func(v arrow.MonthDayNanoInterval) (arrow.MonthDayNanoInterval, error)) []Impl {
	return []Impl{{In: []Type{interval}, Out: returns(intervalType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		values := columnOf[arrow.MonthDayNanoInterval](args[0])
		return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) { return f(values.at(i)) })
	}}}
}

func justifyHours(v arrow.MonthDayNanoInterval) (arrow.MonthDayNanoInterval, error) {
	days, nanos := int64(v.Days)+v.Nanoseconds/nanosPerDay, v.Nanoseconds%nanosPerDay
	switch {
	case days > 0 && nanos < 0:
		days, nanos = days-1, nanos+nanosPerDay
	case days < 0 && nanos > 0:
		days, nanos = days+1, nanos-nanosPerDay
	}
	return makeInterval(int64(v.Months), days, nanos)
}

func justifyDays(v arrow.MonthDayNanoInterval) (arrow.MonthDayNanoInterval, error) {
	months, days := int64(v.Months)+int64(v.Days/daysPerMonth), int64(v.Days%daysPerMonth)
	switch {
	case months > 0 && days < 0:
		months, days = months-1, days+daysPerMonth
	case months < 0 && days > 0:
		months, days = months+1, days-daysPerMonth
	}
	return makeInterval(months, days, v.Nanoseconds)
}

func justifyAll(v arrow.MonthDayNanoInterval) (arrow.MonthDayNanoInterval, error) {
	days, nanos := int64(v.Days)+v.Nanoseconds/nanosPerDay, v.Nanoseconds%nanosPerDay
	months := int64(v.Months) + days/daysPerMonth
	days %= daysPerMonth
	switch {
	case months > 0 && (days < 0 || days == 0 && nanos < 0):
		months, days = months-1, days+daysPerMonth
	case months < 0 && (days > 0 || days == 0 && nanos > 0):
		months, days = months+1, days-daysPerMonth
	}
	switch {
	case days > 0 && nanos < 0:
		days, nanos = days-1, nanos+nanosPerDay
	case days < 0 && nanos > 0:
		days, nanos = days+1, nanos-nanosPerDay
	}
	return makeInterval(months, days, nanos)
}
