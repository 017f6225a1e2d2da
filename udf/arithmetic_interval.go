package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

var intervalScaling = []Impl{
	{In: []Type{interval, float8}, Out: returns(intervalType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return scaleIntervals(call, args, args[0], args[1])
	}},
	{In: []Type{float8, interval}, Out: returns(intervalType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		return scaleIntervals(call, args, args[1], args[0])
	}},
}

func errIntervalRange() error { return faultf(stateDatetimeOverflow, "interval out of range") }

// signedInterval is v or -v. The parts of a real interval are far from the ends of their ranges; makeInterval sees to that.
func signedInterval(v arrow.MonthDayNanoInterval, sign int) arrow.MonthDayNanoInterval {
	if sign > 0 {
		return v
	}
	return arrow.MonthDayNanoInterval{Months: -v.Months, Days: -v.Days, Nanoseconds: -v.Nanoseconds}
}

// makeInterval puts an interval together, or says that it is out of range.
func makeInterval(months, days, nanos int64) (arrow.MonthDayNanoInterval, error) {
	if months != int64(int32(months)) || days != int64(int32(days)) || months == math.MinInt32 || days == math.MinInt32 {
		return arrow.MonthDayNanoInterval{}, errIntervalRange()
	}
	return arrow.MonthDayNanoInterval{Months: int32(months), Days: int32(days), Nanoseconds: nanos}, nil
}

func sumIntervals(call *Call, args []Arg, sign int) (arrow.Array, error) {
	a, b := columnOf[arrow.MonthDayNanoInterval](args[0]), columnOf[arrow.MonthDayNanoInterval](args[1])
	return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) {
		return addIntervals(a.at(i), signedInterval(b.at(i), sign))
	})
}

func addIntervals(a, b arrow.MonthDayNanoInterval) (arrow.MonthDayNanoInterval, error) {
	nanos := a.Nanoseconds + b.Nanoseconds
	if (a.Nanoseconds^nanos)&(b.Nanoseconds^nanos) < 0 {
		return a, errIntervalRange()
	}
	return makeInterval(int64(a.Months)+int64(b.Months), int64(a.Days)+int64(b.Days), nanos)
}

func negateIntervals(call *Call, args []Arg) (arrow.Array, error) {
	a := columnOf[arrow.MonthDayNanoInterval](args[0])
	return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) { return signedInterval(a.at(i), -1), nil })
}

func scaleIntervals(call *Call, args []Arg, intervals, factors Arg) (arrow.Array, error) {
	v, f := columnOf[arrow.MonthDayNanoInterval](intervals), columnOf[float64](factors)
	return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) {
		factor := f.at(i)
		return scaleInterval(v.at(i), func(part float64) float64 { return part * factor })
	})
}

func intervalDivide(call *Call, args []Arg) (arrow.Array, error) {
	v, f := columnOf[arrow.MonthDayNanoInterval](args[0]), columnOf[float64](args[1])
	return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) {
		divisor := f.at(i)
		if divisor == 0 {
			return arrow.MonthDayNanoInterval{}, errDivisionByZero()
		}
		return scaleInterval(v.at(i), func(part float64) float64 { return part / divisor })
	})
}

// scaleInterval scales each part as PostgreSQL does: what is left of a month becomes days, what is left of a day becomes
// time, which is rounded to microseconds.
func scaleInterval(v arrow.MonthDayNanoInterval, scale func(float64) float64) (arrow.MonthDayNanoInterval, error) {
	const secondsPerDay = 24 * 60 * 60
	months, days := scale(float64(v.Months)), scale(float64(v.Days))
	micros := scale(float64(v.Nanoseconds / nanosPerMicro))
	if !(math.Abs(months) <= math.MaxInt32 && math.Abs(days) <= math.MaxInt32) {
		return v, errIntervalRange()
	}
	restDays := roundMicro((months - math.Trunc(months)) * daysPerMonth)
	seconds := roundMicro((days - math.Trunc(days) + restDays - math.Trunc(restDays)) * secondsPerDay)
	wholeDays := math.Trunc(days) + math.Trunc(restDays)
	if math.Abs(seconds) >= secondsPerDay {
		wholeDays += math.Trunc(seconds / secondsPerDay)
		seconds = math.Mod(seconds, secondsPerDay)
	}
	micros = math.RoundToEven(micros + seconds*microsPerSecond)
	if !(math.Abs(micros) <= math.MaxInt64/nanosPerMicro) {
		return v, errIntervalRange()
	}
	return makeInterval(int64(months), int64(wholeDays), int64(micros)*nanosPerMicro)
}

// roundMicro rounds to six digits after the point.
func roundMicro(v float64) float64 { return math.RoundToEven(v*microsPerSecond) / microsPerSecond }
