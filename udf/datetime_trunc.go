package udf

import (
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

var datetimeTruncFuncs = []Scalar{
	{
		Name: "date_trunc", Kind: "datetime", Args: []string{"unit", "source", "zone"},
		Doc: "The timestamp or interval cut off to a unit: microseconds, milliseconds, second, minute, hour, day, week (to Monday), month, quarter, year, decade, century, millennium. " +
			"Timestamps with time zone are cut off by the session's zone or the one given. NULL if an argument is NULL.",
		Example: "date_trunc('month', timestamp '2024-02-29 12:30:15') = timestamp '2024-02-01 00:00:00'",
		Impls: []Impl{
			{In: []Type{text, timestamp}, Out: returns(timestampType), Eval: truncTimestamp},
			{In: []Type{text, timestamptz}, Out: returns(timestamptzType), Eval: truncInstant},
			{In: []Type{text, timestamptz, text}, Out: returns(timestamptzType), Eval: truncInstant},
			{In: []Type{text, interval}, Out: returns(intervalType), Eval: truncInterval},
		},
	},
	{
		Name: "date_bin", Aliases: []string{"time_bucket"}, Kind: "datetime", Args: []string{"width", "source", "origin"},
		Doc:     "The start of the span of a width that the timestamp lies in, spans being counted from an origin, or from 2000-01-03, a Monday. The width has no months and is more than 0. NULL if an argument is NULL.",
		Example: "date_bin(interval '15 minutes', timestamp '2024-02-29 12:38:00', timestamp '2024-01-01') = timestamp '2024-02-29 12:30:00'",
		Impls: []Impl{
			{In: []Type{interval, timestamp, timestamp}, Out: returns(timestampType), Eval: dateBinEval},
			{In: []Type{interval, timestamptz, timestamptz}, Out: returns(timestamptzType), Eval: dateBinEval},
			{In: []Type{interval, timestamp}, Out: returns(timestampType), Eval: dateBinEval},
			{In: []Type{interval, timestamptz}, Out: returns(timestamptzType), Eval: dateBinEval},
		},
	},
	{
		Name: "date_diff", Aliases: []string{"datediff"}, Kind: "datetime", Args: []string{"unit", "from", "to"},
		Doc:     "How many borders of a unit lie between two dates or timestamps; negative if the second is earlier. Units as in date_trunc. NULL if an argument is NULL.",
		Example: "date_diff('month', date '2024-01-31', date '2024-02-01') = 1",
		Impls: []Impl{
			{In: []Type{text, date, date}, Out: returns(int8Type), Eval: dateDiffEval},
			{In: []Type{text, timestamp, timestamp}, Out: returns(int8Type), Eval: dateDiffEval},
			{In: []Type{text, timestamptz, timestamptz}, Out: returns(int8Type), Eval: dateDiffEval},
		},
	},
}

// truncLocal cuts a local time off to a unit; false if there is no such unit.
func truncLocal(unit string, micros int64) (int64, bool) {
	days := floorDiv(micros, microsPerDay)
	switch unit {
	case "microseconds":
		return micros, true
	case "milliseconds":
		return micros - floorMod(micros, 1000), true
	case "second":
		return micros - floorMod(micros, microsPerSecond), true
	case "minute":
		return micros - floorMod(micros, microsPerMinute), true
	case "hour":
		return micros - floorMod(micros, microsPerHour), true
	case "day":
		return days * microsPerDay, true
	case "week":
		return (days - floorMod(days+3, 7)) * microsPerDay, true
	}
	year, month, _ := civil(days)
	switch unit {
	case "month":
		return daysOf(year, month, 1) * microsPerDay, true
	case "quarter":
		return daysOf(year, (month-1)/3*3+1, 1) * microsPerDay, true
	case "year":
		return daysOf(year, 1, 1) * microsPerDay, true
	case "decade":
		return daysOf(year-floorMod(year, 10), 1, 1) * microsPerDay, true
	case "century":
		return daysOf(year-floorMod(year-1, 100), 1, 1) * microsPerDay, true
	case "millennium":
		return daysOf(year-floorMod(year-1, 1000), 1, 1) * microsPerDay, true
	}
	return 0, false
}

// units reads units, the last one of which is kept, because it is nearly always a constant.
type units struct {
	names      textColumn
	last, unit string
}

func unitsOf(a Arg) units { return units{names: textOf(a)} }

func (u *units) at(i int) string {
	if name := u.names.str(i); u.unit == "" || name != u.last {
		u.last = strings.Clone(name)
		u.unit = fieldNamed(strings.ToLower(name))
	}
	return u.unit
}

func (u *units) unknown(dt arrow.DataType) error {
	return faultf(stateInvalidParameter, "unit %q not recognized for type %s", u.last, TypeName(dt))
}

func truncTimestamp(call *Call, args []Arg) (arrow.Array, error) {
	unit, micros := unitsOf(args[0]), columnOf[int64](args[1])
	return mapFixed(call, args, func(i int) (int64, error) {
		cut, ok := truncLocal(unit.at(i), micros.at(i))
		if !ok {
			return 0, unit.unknown(call.Out)
		}
		return checkTimestamp(cut)
	})
}

func truncInstant(call *Call, args []Arg) (arrow.Array, error) {
	unit, micros, zones := unitsOf(args[0]), columnOf[int64](args[1]), zonesOf(call, args[2:])
	return mapFixed(call, args, func(i int) (int64, error) {
		zone, err := zones.at(i)
		if err != nil {
			return 0, err
		}
		cut, ok := truncLocal(unit.at(i), localMicros(micros.at(i), zone))
		if !ok {
			return 0, unit.unknown(call.Out)
		}
		return checkTimestamp(instantOf(cut, zone))
	})
}

// zoneColumn reads time zones, the last one of which is kept; without an argument it is the session's.
type zoneColumn struct {
	names *textColumn
	parse func(name string) (*time.Location, error)
	last  string
	zone  *time.Location
}

func zonesOf(call *Call, args []Arg) zoneColumn {
	if len(args) == 0 {
		return zoneColumn{zone: zoneOf(call.Env)}
	}
	names := textOf(args[0])
	return zoneColumn{names: &names, parse: parseZoneName}
}

func (z *zoneColumn) at(i int) (*time.Location, error) {
	if z.names == nil {
		return z.zone, nil
	}
	if name := z.names.str(i); z.zone == nil || name != z.last {
		zone, err := z.parse(name)
		if err != nil {
			return nil, err
		}
		z.zone, z.last = zone, strings.Clone(name)
	}
	return z.zone, nil
}

func truncInterval(call *Call, args []Arg) (arrow.Array, error) {
	unit, values := unitsOf(args[0]), columnOf[arrow.MonthDayNanoInterval](args[1])
	return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) {
		v := values.at(i)
		cut := func(months int32) (arrow.MonthDayNanoInterval, error) {
			return arrow.MonthDayNanoInterval{Months: v.Months - v.Months%months}, nil
		}
		switch unit.at(i) {
		case "millennium":
			return cut(12000)
		case "century":
			return cut(1200)
		case "decade":
			return cut(120)
		case "year":
			return cut(12)
		case "quarter":
			return cut(3)
		case "month":
			return cut(1)
		case "day":
			v.Nanoseconds = 0
		case "hour":
			v.Nanoseconds -= v.Nanoseconds % int64(time.Hour)
		case "minute":
			v.Nanoseconds -= v.Nanoseconds % int64(time.Minute)
		case "second":
			v.Nanoseconds -= v.Nanoseconds % int64(time.Second)
		case "milliseconds":
			v.Nanoseconds -= v.Nanoseconds % int64(time.Millisecond)
		case "microseconds":
		default:
			return v, unit.unknown(call.Out)
		}
		return v, nil
	})
}

func dateBinEval(call *Call, args []Arg) (arrow.Array, error) {
	widths, micros := columnOf[arrow.MonthDayNanoInterval](args[0]), columnOf[int64](args[1])
	origin := column[int64]{[]int64{daysOf(2000, 1, 3) * microsPerDay}, 0}
	if len(args) == 3 {
		origin = columnOf[int64](args[2])
	}
	return mapFixed(call, args, func(i int) (int64, error) {
		v := widths.at(i)
		if v.Months != 0 {
			return 0, faultf(stateUnsupported, "timestamps cannot be binned into intervals containing months or years")
		}
		width := int64(v.Days)*microsPerDay + v.Nanoseconds/nanosPerMicro
		if width <= 0 {
			return 0, faultf(stateDatetimeOverflow, "stride must be greater than zero")
		}
		from := origin.at(i)
		return checkTimestamp(from + floorDiv(micros.at(i)-from, width)*width)
	})
}

func dateDiffEval(call *Call, args []Arg) (arrow.Array, error) {
	unit, from, to := unitsOf(args[0]), localReader(call, args[1]), localReader(call, args[2])
	return mapFixed(call, args, func(i int) (int64, error) {
		a, ok1 := ordinal(unit.at(i), from(i))
		b, ok2 := ordinal(unit.at(i), to(i))
		if !ok1 || !ok2 {
			return 0, unit.unknown(args[1].DataType())
		}
		return b - a, nil
	})
}

// ordinal numbers the units of time one after the other.
func ordinal(unit string, micros int64) (int64, bool) {
	days := floorDiv(micros, microsPerDay)
	switch unit {
	case "microseconds":
		return micros, true
	case "milliseconds":
		return floorDiv(micros, 1000), true
	case "second":
		return floorDiv(micros, microsPerSecond), true
	case "minute":
		return floorDiv(micros, microsPerMinute), true
	case "hour":
		return floorDiv(micros, microsPerHour), true
	case "day":
		return days, true
	case "week":
		return floorDiv(days+3, 7), true
	}
	year, month, _ := civil(days)
	switch unit {
	case "month":
		return year*12 + int64(month), true
	case "quarter":
		return year*4 + int64(month-1)/3, true
	case "year":
		return year, true
	case "decade":
		return floorDiv(year, 10), true
	case "century":
		return floorDiv(year-1, 100), true
	case "millennium":
		return floorDiv(year-1, 1000), true
	}
	return 0, false
}
