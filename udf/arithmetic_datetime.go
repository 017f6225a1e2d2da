package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
)

var dateAddition = []Impl{
	{In: []Type{date, int4}, Out: returns(dateType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return addDays(call, args, args[0], args[1], 1)
	}},
	{In: []Type{int4, date}, Out: returns(dateType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return addDays(call, args, args[1], args[0], 1)
	}},
	{In: []Type{date, clock}, Out: returns(timestampType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return addClock(call, args, args[0], args[1])
	}},
	{In: []Type{clock, date}, Out: returns(timestampType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return addClock(call, args, args[1], args[0])
	}},
}

var intervalAddition = []Impl{
	{In: []Type{date, interval}, Out: returns(timestampType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftDate(call, args, args[0], args[1], 1)
	}},
	{In: []Type{interval, date}, Out: returns(timestampType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftDate(call, args, args[1], args[0], 1)
	}},
	{In: []Type{timestamp, interval}, Out: returns(timestampType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftTimestamp(call, args, args[0], args[1], 1)
	}},
	{In: []Type{interval, timestamp}, Out: returns(timestampType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftTimestamp(call, args, args[1], args[0], 1)
	}},
	{In: []Type{timestamptz, interval}, Out: returns(timestamptzType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftInstant(call, args, args[0], args[1], 1)
	}},
	{In: []Type{interval, timestamptz}, Out: returns(timestamptzType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftInstant(call, args, args[1], args[0], 1)
	}},
	{In: []Type{interval, interval}, Out: returns(intervalType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return sumIntervals(call, args, 1)
	}},
	{In: []Type{clock, interval}, Out: returns(timeType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftClock(call, args, args[0], args[1], 1)
	}},
	{In: []Type{interval, clock}, Out: returns(timeType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftClock(call, args, args[1], args[0], 1)
	}},
}

var dateSubtraction = []Impl{
	{In: []Type{date, date}, Out: returns(int4Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		a, b := columnOf[int32](args[0]), columnOf[int32](args[1])
		return mapFixed(call, args, func(i int) (int32, error) { return a.at(i) - b.at(i), nil })
	}},
	{In: []Type{date, int4}, Out: returns(dateType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return addDays(call, args, args[0], args[1], -1)
	}},
}

var intervalSubtraction = []Impl{
	{In: []Type{date, interval}, Out: returns(timestampType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftDate(call, args, args[0], args[1], -1)
	}},
	{In: []Type{timestamp, interval}, Out: returns(timestampType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftTimestamp(call, args, args[0], args[1], -1)
	}},
	{In: []Type{timestamptz, interval}, Out: returns(timestamptzType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftInstant(call, args, args[0], args[1], -1)
	}},
	{In: []Type{interval, interval}, Out: returns(intervalType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return sumIntervals(call, args, -1)
	}},
	{In: []Type{clock, interval}, Out: returns(timeType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return shiftClock(call, args, args[0], args[1], -1)
	}},
	{In: []Type{clock, clock}, Out: returns(intervalType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		a, b := columnOf[int64](args[0]), columnOf[int64](args[1])
		return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) {
			return arrow.MonthDayNanoInterval{Nanoseconds: (a.at(i) - b.at(i)) * nanosPerMicro}, nil
		})
	}},
	{In: []Type{timestamp, timestamp}, Out: returns(intervalType), Eval: timestampDifference},
	{In: []Type{timestamptz, timestamptz}, Out: returns(intervalType), Eval: timestampDifference},
}

func addDays(call *Call, args []Arg, dates, days Arg, sign int64) (arrow.Array, error) {
	d, n := columnOf[int32](dates), columnOf[int32](days)
	return mapFixed(call, args, func(i int) (int32, error) { return checkDate(int64(d.at(i)) + sign*int64(n.at(i))) })
}

func addClock(call *Call, args []Arg, dates, times Arg) (arrow.Array, error) {
	d, t := columnOf[int32](dates), columnOf[int64](times)
	return mapFixed(call, args, func(i int) (int64, error) {
		midnight, err := dateToTimestamp(d.at(i))
		return midnight + t.at(i), err
	})
}

// dateToTimestamp is midnight of a day.
func dateToTimestamp(days int32) (int64, error) {
	if int64(days) > lastDay || int64(days) < minDate {
		return 0, faultf(stateDatetimeOverflow, "date out of range for timestamp")
	}
	return int64(days) * microsPerDay, nil
}

func shiftDate(call *Call, args []Arg, dates, by Arg, sign int) (arrow.Array, error) {
	d, v := columnOf[int32](dates), columnOf[arrow.MonthDayNanoInterval](by)
	return mapFixed(call, args, func(i int) (int64, error) {
		midnight, err := dateToTimestamp(d.at(i))
		if err != nil {
			return 0, err
		}
		return addInterval(midnight, signedInterval(v.at(i), sign))
	})
}

func shiftTimestamp(call *Call, args []Arg, times, by Arg, sign int) (arrow.Array, error) {
	t, v := columnOf[int64](times), columnOf[arrow.MonthDayNanoInterval](by)
	return mapFixed(call, args, func(i int) (int64, error) { return addInterval(t.at(i), signedInterval(v.at(i), sign)) })
}

func shiftInstant(call *Call, args []Arg, times, by Arg, sign int) (arrow.Array, error) {
	t, v, zone := columnOf[int64](times), columnOf[arrow.MonthDayNanoInterval](by), zoneOf(call.Env)
	return mapFixed(call, args, func(i int) (int64, error) {
		return addIntervalIn(zone, t.at(i), signedInterval(v.at(i), sign))
	})
}

// shiftClock moves a time of day, round midnight if need be; days and months don't matter.
func shiftClock(call *Call, args []Arg, times, by Arg, sign int64) (arrow.Array, error) {
	t, v := columnOf[int64](times), columnOf[arrow.MonthDayNanoInterval](by)
	return mapFixed(call, args, func(i int) (int64, error) {
		return floorMod(t.at(i)+sign*(v.at(i).Nanoseconds/nanosPerMicro%microsPerDay), microsPerDay), nil
	})
}

func timestampDifference(call *Call, args []Arg) (arrow.Array, error) {
	a, b := columnOf[int64](args[0]), columnOf[int64](args[1])
	return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) {
		micros := a.at(i) - b.at(i)
		return arrow.MonthDayNanoInterval{Days: int32(micros / microsPerDay), Nanoseconds: micros % microsPerDay * nanosPerMicro}, nil
	})
}
