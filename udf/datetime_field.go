package udf

import (
	"math"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

var datetimeFieldFuncs = []Scalar{
	{
		Name: "date_part", Aliases: []string{"extract"}, Kind: "datetime", Args: []string{"field", "source"},
		Doc: "A field of a date, time, timestamp or interval, as extract(field FROM source) writes it: year, month, day, hour, minute, second (with its fraction), quarter, week (ISO), dow (Sunday is 0), " +
			"isodow (Sunday is 7), doy, isoyear, decade, century, millennium, milliseconds, microseconds, epoch, julian, timezone. A field that the source does not have is an error. NULL if either is NULL.",
		Example: "date_part('year', date '2024-02-29') = 2024",
		Impls: []Impl{
			{In: []Type{text, date}, Out: returns(float8Type), Eval: datePartEval},
			{In: []Type{text, timestamp}, Out: returns(float8Type), Eval: datePartEval},
			{In: []Type{text, timestamptz}, Out: returns(float8Type), Eval: datePartEval},
			{In: []Type{text, clock}, Out: returns(float8Type), Eval: datePartEval},
			{In: []Type{text, interval}, Out: returns(float8Type), Eval: datePartEval},
		},
	},
	fieldFunction("year", "The year; years before 1 AD are negative.", "year(date '2024-02-29') = 2024"),
	fieldFunction("quarter", "The quarter of the year, 1 to 4.", "quarter(date '2024-02-29') = 1"),
	fieldFunction("month", "The month, 1 to 12.", "month(date '2024-02-29') = 2"),
	fieldFunction("week", "The ISO week of the year, 1 to 53.", "week(date '2024-02-29') = 9"),
	fieldFunction("day", "The day of the month.", "day(date '2024-02-29') = 29", "dayofmonth"),
	fieldFunction("dow", "The day of the week; Sunday is 0.", "dow(date '2024-02-29') = 4", "dayofweek"),
	fieldFunction("isodow", "The day of the week; Monday is 1, Sunday is 7.", "isodow(date '2024-02-29') = 4"),
	fieldFunction("doy", "The day of the year.", "doy(date '2024-02-29') = 60", "dayofyear"),
	fieldFunction("hour", "The hour of the day.", "hour(timestamp '2024-02-29 12:30:15') = 12"),
	fieldFunction("minute", "The minute of the hour.", "minute(timestamp '2024-02-29 12:30:15') = 30"),
	fieldFunction("second", "The second of the minute, without its fraction.", "second(timestamp '2024-02-29 12:30:15.5') = 15"),
	{
		Name: "epoch_ms", Kind: "datetime", Args: []string{"timestamp"},
		Doc:     "The milliseconds since 1970-01-01 00:00 UTC. NULL if it is NULL.",
		Example: "epoch_ms(timestamp '1970-01-01 00:00:01.5') = 1500",
		Impls:   epochImpls(1000),
	},
	{
		Name: "epoch_us", Kind: "datetime", Args: []string{"timestamp"},
		Doc:     "The microseconds since 1970-01-01 00:00 UTC. NULL if it is NULL.",
		Example: "epoch_us(timestamp '1970-01-01 00:00:01.5') = 1500000",
		Impls:   epochImpls(1),
	},
	{
		Name: "epoch", Kind: "datetime", Args: []string{"timestamp"},
		Doc:     "The seconds since 1970-01-01 00:00 UTC, without their fraction. NULL if it is NULL.",
		Example: "epoch(timestamp '1970-01-01 00:01:00') = 60",
		Impls:   epochImpls(microsPerSecond),
	},
	{
		Name: "dayname", Kind: "datetime", Args: []string{"date"},
		Doc:     "The English name of the day of the week. NULL if the date is NULL.",
		Example: "dayname(date '2024-02-29') = 'Thursday'",
		Impls:   nameImpls(func(days int64) string { return dayNames[weekday(days)] }),
	},
	{
		Name: "monthname", Kind: "datetime", Args: []string{"date"},
		Doc:     "The English name of the month. NULL if the date is NULL.",
		Example: "monthname(date '2024-02-29') = 'February'",
		Impls: nameImpls(func(days int64) string {
			_, month, _ := civil(days)
			return monthNames[month-1]
		}),
	},
	{
		Name: "last_day", Kind: "datetime", Args: []string{"date"},
		Doc:     "The last day of the date's month. NULL if it is NULL.",
		Example: "last_day(date '2024-02-03') = date '2024-02-29'",
		Impls: []Impl{{In: []Type{date}, Out: returns(dateType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			d := columnOf[int32](args[0])
			return mapFixed(call, args, func(i int) (int32, error) {
				year, month, _ := civil(int64(d.at(i)))
				return checkDate(daysOf(year, month, daysIn(year, month)))
			})
		}}},
	},
}

// fieldFunction is a function of one field, as a bigint.
func fieldFunction(field, doc, example string, aliases ...string) Scalar {
	eval := func(call *Call, args []Arg) (arrow.Array, error) {
		if a := calendarField[int64](call, args, args[0], field); a != nil {
			return a, nil
		}
		part, err := partReader(call, args[0], field)
		if err != nil {
			return nil, err
		}
		return mapFixed(call, args, func(i int) (int64, error) {
			v, err := part(i)
			return int64(math.Floor(v)), err
		})
	}
	impls := []Impl{
		{In: []Type{date}, Out: returns(int8Type), Eval: eval},
		{In: []Type{timestamp}, Out: returns(int8Type), Eval: eval},
		{In: []Type{timestamptz}, Out: returns(int8Type), Eval: eval},
	}
	switch field {
	case "hour", "minute", "second":
		impls = append(impls[1:], Impl{In: []Type{clock}, Out: returns(int8Type), Eval: eval}, Impl{In: []Type{interval}, Out: returns(int8Type), Eval: eval})
	case "year", "month", "day":
		impls = append(impls, Impl{In: []Type{interval}, Out: returns(int8Type), Eval: eval})
	}
	return Scalar{Name: field, Aliases: aliases, Kind: "datetime", Args: []string{"source"}, Doc: doc + " NULL if the argument is NULL.", Example: example, Impls: impls}
}

func epochImpls(unit int64) []Impl {
	eval := func(call *Call, args []Arg) (arrow.Array, error) {
		micros := columnOf[int64](args[0])
		return mapFixed(call, args, func(i int) (int64, error) { return floorDiv(micros.at(i), unit), nil })
	}
	return []Impl{
		{In: []Type{timestamp}, Out: returns(int8Type), Eval: eval},
		{In: []Type{timestamptz}, Out: returns(int8Type), Eval: eval},
	}
}

func nameImpls(name func(days int64) string) []Impl {
	eval := func(call *Call, args []Arg) (arrow.Array, error) {
		local := localReader(call, args[0])
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
			return append(dst, name(floorDiv(local(i), microsPerDay))...), nil
		})
	}
	return []Impl{
		{In: []Type{date}, Out: returns(textType), Eval: eval},
		{In: []Type{timestamp}, Out: returns(textType), Eval: eval},
		{In: []Type{timestamptz}, Out: returns(textType), Eval: eval},
	}
}

// localReader reads dates and timestamps as the session's clock shows them, in microseconds.
func localReader(call *Call, a Arg) func(i int) int64 {
	switch {
	case a.DataType().ID() == arrow.DATE32:
		days := columnOf[int32](a)
		return func(i int) int64 { return int64(days.at(i)) * microsPerDay }
	case sameType(a.DataType(), timestamptzType):
		micros, zone := columnOf[int64](a), zoneOf(call.Env)
		return func(i int) int64 { return localMicros(micros.at(i), zone) }
	}
	return columnOf[int64](a).at
}

// calendarField looks the commonest fields of dates up in the calendar; nil if one of them is not in it, or the field is
// another.
func calendarField[T int64 | float64](call *Call, args []Arg, dates Arg, field string) arrow.Array {
	if dates.DataType().ID() != arrow.DATE32 || dates.Const || field != "year" && field != "month" && field != "day" {
		return nil
	}
	days, list := columnOf[int32](dates).values, calendar()
	buffer, out := newValues[T](call.Mem, call.Rows)
	for i, d := range days {
		at := uint64(int64(d) - calendarStart)
		if at >= calendarDays {
			buffer.Release()
			return nil
		}
		switch field {
		case "year":
			out[i] = T(list[at].year)
		case "month":
			out[i] = T(list[at].month)
		default:
			out[i] = T(list[at].day)
		}
	}
	return validOf(call, args, call.Rows).array(call.Out, buffer)
}

func datePartEval(call *Call, args []Arg) (arrow.Array, error) {
	fields := textOf(args[0])
	if args[0].Const && args[0].IsValid(0) {
		if a := calendarField[float64](call, args, args[1], fieldNamed(strings.ToLower(fields.str(0)))); a != nil {
			return a, nil
		}
	}
	var field string
	var part func(i int) (float64, error)
	return mapFixed(call, args, func(i int) (float64, error) {
		if name := fields.str(i); part == nil || name != field {
			var err error
			if part, err = partReader(call, args[1], strings.ToLower(name)); err != nil {
				return 0, err
			}
			field = strings.Clone(name)
		}
		return part(i)
	})
}

// fieldAliases are other names of fields.
var fieldAliases = map[string]string{
	"y": "year", "yr": "year", "years": "year", "yrs": "year", "mon": "month", "mons": "month", "months": "month", "d": "day", "days": "day",
	"h": "hour", "hr": "hour", "hours": "hour", "hrs": "hour", "m": "minute", "min": "minute", "mins": "minute", "minutes": "minute",
	"s": "second", "sec": "second", "secs": "second", "seconds": "second", "ms": "milliseconds", "msec": "milliseconds", "millisecond": "milliseconds",
	"us": "microseconds", "usec": "microseconds", "microsecond": "microseconds", "w": "week", "weeks": "week", "qtr": "quarter", "quarters": "quarter",
	"decades": "decade", "centuries": "century", "c": "century", "millennia": "millennium", "millenniums": "millennium",
	"dayofweek": "dow", "dayofyear": "doy", "weekday": "dow",
}

func fieldNamed(name string) string {
	if alias, ok := fieldAliases[name]; ok {
		return alias
	}
	return name
}

// partReader reads a field of every row.
func partReader(call *Call, a Arg, name string) (func(i int) (float64, error), error) {
	field := fieldNamed(name)
	switch dt := a.DataType().(type) {
	case *arrow.MonthDayNanoIntervalType:
		values := columnOf[arrow.MonthDayNanoInterval](a)
		return fieldOf(field, name, dt, intervalFields, values.at)
	case *arrow.Time64Type:
		return fieldOf(field, name, dt, clockFields, columnOf[int64](a).at)
	case *arrow.TimestampType:
		if dt.TimeZone != "" {
			if reader := instantField(call, a, field); reader != nil {
				return reader, nil
			}
		}
	}
	local := localReader(call, a)
	read, ok := dateFields[field]
	if ok {
		return func(i int) (float64, error) {
			micros := local(i)
			return read(floorDiv(micros, microsPerDay), floorMod(micros, microsPerDay)), nil
		}, nil
	}
	clock, ok := clockFields[field]
	if !ok {
		return nil, errField(name, a.DataType())
	}
	return func(i int) (float64, error) { return clock(floorMod(local(i), microsPerDay)), nil }, nil
}

func fieldOf[T any](field, name string, dt arrow.DataType, fields map[string]func(T) float64, at func(i int) T) (func(i int) (float64, error), error) {
	read, ok := fields[field]
	if !ok {
		return nil, errField(name, dt)
	}
	return func(i int) (float64, error) { return read(at(i)), nil }, nil
}

func errField(name string, dt arrow.DataType) error {
	state, msg := stateUnsupported, "not supported"
	if _, known := dateFields[fieldNamed(name)]; !known && clockFields[fieldNamed(name)] == nil {
		state, msg = stateInvalidParameter, "not recognized"
	}
	return faultf(state, "unit %q %s for type %s", name, msg, TypeName(dt))
}

// instantField reads the fields that instants have beyond those of local times; nil for others.
func instantField(call *Call, a Arg, field string) func(i int) (float64, error) {
	micros, zone := columnOf[int64](a), zoneOf(call.Env)
	offset := func(i int) int64 { return (localMicros(micros.at(i), zone) - micros.at(i)) / microsPerSecond }
	switch field {
	case "epoch":
		return func(i int) (float64, error) { return float64(micros.at(i)) / microsPerSecond, nil }
	case "timezone":
		return func(i int) (float64, error) { return float64(offset(i)), nil }
	case "timezone_hour":
		return func(i int) (float64, error) { return float64(offset(i) / 3600), nil }
	case "timezone_minute":
		return func(i int) (float64, error) { return float64(offset(i) / 60 % 60), nil }
	}
	return nil
}

// julianEpoch is the Julian day of 1970-01-01.
const julianEpoch = 2440588

// dateFields are the fields of a day; epoch and julian count the time of day in.
var dateFields = map[string]func(days, clock int64) float64{
	"epoch":  func(days, clock int64) float64 { return float64(days*microsPerDay+clock) / microsPerSecond },
	"julian": func(days, clock int64) float64 { return float64(days+julianEpoch) + float64(clock)/microsPerDay },
	"year": func(days, _ int64) float64 {
		year, _, _ := civil(days)
		return float64(shownYear(year))
	},
	"month": func(days, _ int64) float64 {
		_, month, _ := civil(days)
		return float64(month)
	},
	"quarter": func(days, _ int64) float64 {
		_, month, _ := civil(days)
		return float64((month-1)/3 + 1)
	},
	"day": func(days, _ int64) float64 {
		_, _, day := civil(days)
		return float64(day)
	},
	"dow": func(days, _ int64) float64 { return float64(weekday(days)) },
	"isodow": func(days, _ int64) float64 {
		return float64((weekday(days)+6)%7 + 1)
	},
	"doy": func(days, _ int64) float64 {
		year, _, _ := civil(days)
		return float64(days - daysOf(year, 1, 1) + 1)
	},
	"week": func(days, _ int64) float64 {
		_, week := isoWeek(days)
		return float64(week)
	},
	"isoyear": func(days, _ int64) float64 {
		year, _ := isoWeek(days)
		return float64(shownYear(year))
	},
	"decade": func(days, _ int64) float64 {
		year, _, _ := civil(days)
		return float64(floorDiv(year, 10))
	},
	"century": func(days, _ int64) float64 {
		year, _, _ := civil(days)
		return float64(yearsPast(year, 100))
	},
	"millennium": func(days, _ int64) float64 {
		year, _, _ := civil(days)
		return float64(yearsPast(year, 1000))
	},
}

// shownYear counts years before 1 AD as -1, -2 and so on: there is no year 0.
func shownYear(year int64) int64 {
	if year <= 0 {
		return year - 1
	}
	return year
}

// yearsPast numbers centuries and millennia, which end with their last year and have no number 0.
func yearsPast(year, unit int64) int64 {
	if year > 0 {
		return (year + unit - 1) / unit
	}
	return -((unit - 1 - (year - 1)) / unit)
}

// clockFields are the fields of a time of day.
var clockFields = map[string]func(micros int64) float64{
	"epoch":        func(micros int64) float64 { return float64(micros) / microsPerSecond },
	"hour":         func(micros int64) float64 { return float64(micros / microsPerHour) },
	"minute":       func(micros int64) float64 { return float64(micros / microsPerMinute % 60) },
	"second":       func(micros int64) float64 { return float64(micros%microsPerMinute) / microsPerSecond },
	"milliseconds": func(micros int64) float64 { return float64(micros%microsPerMinute) / 1000 },
	"microseconds": func(micros int64) float64 { return float64(micros % microsPerMinute) },
}

// intervalFields are the fields of an interval.
var intervalFields = map[string]func(v arrow.MonthDayNanoInterval) float64{
	"epoch": func(v arrow.MonthDayNanoInterval) float64 {
		// A year counts 365.25 days here, as in PostgreSQL.
		const secondsPerDay = 24 * 60 * 60
		years, months := float64(v.Months/12), float64(v.Months%12)
		return years*365.25*secondsPerDay + months*daysPerMonth*secondsPerDay + float64(v.Days)*secondsPerDay + float64(v.Nanoseconds)/float64(time.Second)
	},
	"millennium": func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Months / 12000) },
	"century":    func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Months / 1200) },
	"decade":     func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Months / 120) },
	"year":       func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Months / 12) },
	"quarter":    func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Months%12/3 + 1) },
	"month":      func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Months % 12) },
	"week":       func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Days / 7) },
	"day":        func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Days) },
	"hour":       func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Nanoseconds / int64(time.Hour)) },
	"minute":     func(v arrow.MonthDayNanoInterval) float64 { return float64(v.Nanoseconds / int64(time.Minute) % 60) },
	"second": func(v arrow.MonthDayNanoInterval) float64 {
		return float64(v.Nanoseconds%int64(time.Minute)) / float64(time.Second)
	},
	"milliseconds": func(v arrow.MonthDayNanoInterval) float64 {
		return float64(v.Nanoseconds%int64(time.Minute)) / float64(time.Millisecond)
	},
	"microseconds": func(v arrow.MonthDayNanoInterval) float64 {
		return float64(v.Nanoseconds%int64(time.Minute)) / float64(time.Microsecond)
	},
}
