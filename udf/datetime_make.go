package udf

import (
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

var datetimeMakeFuncs = []Scalar{
	{
		Name: "now", Aliases: []string{"current_timestamp", "transaction_timestamp", "statement_timestamp"}, Kind: "datetime", Args: []string{},
		Doc:     "The time at which the statement started; the same for all its rows.",
		Example: "now() = timestamptz '2024-02-29 12:30:15.123456+00'",
		Impls:   sessionTime(timestamptzType, func(now, _ int64) int64 { return now }),
	},
	{
		Name: "localtimestamp", Kind: "datetime", Args: []string{},
		Doc:     "The time at which the statement started, as the session's zone shows it.",
		Example: "localtimestamp() = timestamp '2024-02-29 12:30:15.123456'",
		Impls:   sessionTime(timestampType, func(_, local int64) int64 { return local }),
	},
	{
		Name: "localtime", Aliases: []string{"current_time"}, Kind: "datetime", Args: []string{},
		Doc:     "The time of day at which the statement started, in the session's zone.",
		Example: "localtime() = time '12:30:15.123456'",
		Impls:   sessionTime(timeType, func(_, local int64) int64 { return floorMod(local, microsPerDay) }),
	},
	{
		Name: "current_date", Aliases: []string{"today"}, Kind: "datetime", Args: []string{},
		Doc:     "The day on which the statement started, in the session's zone.",
		Example: "current_date() = date '2024-02-29'",
		Impls: []Impl{{In: []Type{}, Out: returns(dateType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			local := localMicros(call.Env.Now.UnixMicro(), zoneOf(call.Env))
			return mapFixed(call, args, func(int) (int32, error) { return int32(floorDiv(local, microsPerDay)), nil })
		}}},
	},
	{
		Name: "clock_timestamp", Kind: "datetime", Args: []string{}, Volatile: true,
		Doc:     "The time right now; it goes on within a statement.",
		Example: "date_part('year', age(clock_timestamp(), clock_timestamp())) = 0",
		Impls: []Impl{{In: []Type{}, Out: returns(timestamptzType), Eval: func(call *Call, _ []Arg) (arrow.Array, error) {
			return mapFixedValid(call, allValid(call.Mem, call.Rows), func(int) (int64, error) { return time.Now().UnixMicro(), nil })
		}}},
	},
	{
		Name: "make_date", Kind: "datetime", Args: []string{"year", "month", "day"},
		Doc:     "The date of a year, month and day; negative years are before 1 AD. A day that there is not is an error. NULL if an argument is NULL.",
		Example: "make_date(2024, 2, 29) = date '2024-02-29'",
		Impls: []Impl{{In: []Type{int4, int4, int4}, Out: returns(dateType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			year, month, day := columnOf[int32](args[0]), columnOf[int32](args[1]), columnOf[int32](args[2])
			return mapFixed(call, args, func(i int) (int32, error) {
				days, err := makeDate(year.at(i), month.at(i), day.at(i))
				if err != nil {
					return 0, err
				}
				return checkDate(days)
			})
		}}},
	},
	{
		Name: "make_time", Kind: "datetime", Args: []string{"hour", "minute", "second"},
		Doc:     "The time of day of an hour, minute and second. NULL if an argument is NULL.",
		Example: "make_time(8, 15, 23.5) = time '08:15:23.5'",
		Impls: []Impl{{In: []Type{int4, int4, float8}, Out: returns(timeType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			hour, minute, second := columnOf[int32](args[0]), columnOf[int32](args[1]), columnOf[float64](args[2])
			return mapFixed(call, args, func(i int) (int64, error) { return makeClock(hour.at(i), minute.at(i), second.at(i)) })
		}}},
	},
	{
		Name: "make_timestamp", Kind: "datetime", Args: []string{"year", "month", "day", "hour", "minute", "second"},
		Doc:     "The timestamp of its parts. NULL if an argument is NULL.",
		Example: "make_timestamp(2024, 2, 29, 8, 15, 23.5) = timestamp '2024-02-29 08:15:23.5'",
		Impls: []Impl{{In: []Type{int4, int4, int4, int4, int4, float8}, Out: returns(timestampType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			return makeTimestamps(call, args)
		}}},
	},
	{
		Name: "make_timestamptz", Kind: "datetime", Args: []string{"year", "month", "day", "hour", "minute", "second", "zone"},
		Doc:     "The timestamp with time zone of its parts, in the session's zone or the one given. NULL if an argument is NULL.",
		Example: "make_timestamptz(2024, 2, 29, 8, 15, 23.5, 'Europe/Berlin') = timestamptz '2024-02-29 07:15:23.5+00'",
		Impls: []Impl{
			{In: []Type{int4, int4, int4, int4, int4, float8}, Out: returns(timestamptzType), Eval: makeTimestamps},
			{In: []Type{int4, int4, int4, int4, int4, float8, text}, Out: returns(timestamptzType), Eval: makeTimestamps},
		},
	},
	{
		Name: "make_interval", Kind: "datetime", Args: []string{"years", "months", "weeks", "days", "hours", "mins", "secs"},
		Doc:     "The interval of its parts; those left out at the end are 0. NULL if an argument is NULL.",
		Example: "make_interval(1, 2, 0, 10) = interval '1 year 2 months 10 days'",
		Impls: []Impl{
			{In: []Type{}, Out: returns(intervalType), Eval: makeIntervalEval},
			{In: []Type{int4}, Out: returns(intervalType), Eval: makeIntervalEval},
			{In: []Type{int4, int4}, Out: returns(intervalType), Eval: makeIntervalEval},
			{In: []Type{int4, int4, int4}, Out: returns(intervalType), Eval: makeIntervalEval},
			{In: []Type{int4, int4, int4, int4}, Out: returns(intervalType), Eval: makeIntervalEval},
			{In: []Type{int4, int4, int4, int4, int4}, Out: returns(intervalType), Eval: makeIntervalEval},
			{In: []Type{int4, int4, int4, int4, int4, int4}, Out: returns(intervalType), Eval: makeIntervalEval},
			{In: []Type{int4, int4, int4, int4, int4, int4, float8}, Out: returns(intervalType), Eval: makeIntervalEval},
		},
	},
}

func sessionTime(dt arrow.DataType, f func(now, local int64) int64) []Impl {
	return []Impl{{In: []Type{}, Out: returns(dt), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		now := call.Env.Now.UnixMicro()
		v := f(now, localMicros(now, zoneOf(call.Env)))
		return mapFixed(call, args, func(int) (int64, error) { return v, nil })
	}}}
}

func makeDate(year, month, day int32) (int64, error) {
	y := int64(year)
	if year < 0 {
		y++ // 1 BC is year 0
	}
	if d := newYMD(y, int(month), int(day)); !d.valid || year == 0 {
		return 0, faultf(stateDatetimeOverflow, "date field value out of range: %d-%02d-%02d", year, month, day)
	}
	return daysOf(y, int(month), int(day)), nil
}

func makeClock(hour, minute int32, second float64) (int64, error) {
	micros := math.RoundToEven(second * microsPerSecond)
	if hour < 0 || hour > 24 || minute < 0 || minute > 59 || !(micros >= 0 && micros <= microsPerMinute) ||
		hour == 24 && (minute > 0 || micros > 0) {
		return 0, faultf(stateDatetimeOverflow, "time field value out of range: %d:%02d:%02g", hour, minute, second)
	}
	return int64(hour)*microsPerHour + int64(minute)*microsPerMinute + int64(micros), nil
}

// makeTimestamps makes local times, or instants if the result has a zone.
func makeTimestamps(call *Call, args []Arg) (arrow.Array, error) {
	var parts [5]column[int32]
	for k := range parts {
		parts[k] = columnOf[int32](args[k])
	}
	second, zones := columnOf[float64](args[5]), zonesOf(call, args[6:])
	zones.parse = parseZone
	isInstant := sameType(call.Out, timestamptzType)
	return mapFixed(call, args, func(i int) (int64, error) {
		days, err := makeDate(parts[0].at(i), parts[1].at(i), parts[2].at(i))
		if err != nil {
			return 0, err
		}
		clock, err := makeClock(parts[3].at(i), parts[4].at(i), second.at(i))
		if err != nil {
			return 0, err
		}
		if days < minDate || days > lastDay {
			return 0, faultf(stateDatetimeOverflow, "timestamp out of range")
		}
		local := days*microsPerDay + clock
		if !isInstant {
			return checkTimestamp(local)
		}
		zone, err := zones.at(i)
		if err != nil {
			return 0, err
		}
		return checkTimestamp(instantOf(local, zone))
	})
}

func makeIntervalEval(call *Call, args []Arg) (arrow.Array, error) {
	var parts [6]column[int32]
	for k := range parts {
		parts[k] = column[int32]{[]int32{0}, 0}
		if k < len(args) {
			parts[k] = columnOf[int32](args[k])
		}
	}
	seconds := column[float64]{[]float64{0}, 0}
	if len(args) == 7 {
		seconds = columnOf[float64](args[6])
	}
	return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) {
		part := func(k int) int64 { return int64(parts[k].at(i)) }
		micros := float64(part(4)*microsPerHour+part(5)*microsPerMinute) + math.RoundToEven(seconds.at(i)*microsPerSecond)
		if !(math.Abs(micros) <= math.MaxInt64/nanosPerMicro) {
			return arrow.MonthDayNanoInterval{}, errIntervalRange()
		}
		return makeInterval(part(0)*12+part(1), part(2)*7+part(3), int64(micros)*nanosPerMicro)
	})
}
