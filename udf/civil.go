package udf

import (
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// The proleptic Gregorian calendar in plain arithmetic: time.Time is an order of magnitude slower and knows nothing of
// dates that are only days.

const (
	microsPerSecond = 1_000_000
	microsPerMinute = 60 * microsPerSecond
	microsPerHour   = 60 * microsPerMinute
	microsPerDay    = 24 * microsPerHour
	nanosPerMicro   = 1000
)

// daysOf counts the days from 1970-01-01 to a date; the month may be any that the day is in range for (1 to 12).
func daysOf(year int64, month, day int) int64 {
	if month <= 2 {
		year--
	}
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	shifted := int64(month+9) % 12 // March is 0
	dayOfYear := (153*shifted+2)/5 + int64(day) - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146097 + dayOfEra - 719468
}

// civil is the date so many days after 1970-01-01. Year 0 is 1 BC.
func civil(days int64) (year int64, month, day int) {
	if at := uint64(days - calendarStart); at < calendarDays {
		d := calendar()[at]
		return int64(d.year), int(d.month), int(d.day)
	}
	return reckon(days)
}

// calendar lists the dates from 1900 to 2099, which nearly all dates are: looking one up takes a third of the time of
// reckoning it.
var calendar = sync.OnceValue(func() []calendarDay {
	list := make([]calendarDay, calendarDays)
	for at := range list {
		year, month, day := reckon(int64(at) + calendarStart)
		list[at] = calendarDay{int16(year), uint8(month), uint8(day)}
	}
	return list
})

type calendarDay struct {
	year       int16
	month, day uint8
}

const (
	calendarStart = -25567 // 1900-01-01
	calendarDays  = 73049
)

func reckon(days int64) (year int64, month, day int) {
	days += 719468
	era := floorDiv(days, 146097)
	dayOfEra := days - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*dayOfYear + 2) / 153
	day = int(dayOfYear-(153*shifted+2)/5) + 1
	month = int(shifted) + 3
	if month > 12 {
		month -= 12
	}
	year = yearOfEra + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

func isLeap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysIn(year int64, month int) int {
	switch month {
	case 2:
		if isLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// weekday is 0 for Sunday.
func weekday(days int64) int { return int(floorMod(days+4, 7)) }

// isoWeek is the ISO 8601 week and the year that it belongs to.
func isoWeek(days int64) (year int64, week int) {
	monday := floorMod(days+3, 7)
	thursday := days - monday + 3
	year, _, _ = civil(thursday)
	return year, int(thursday-daysOf(year, 1, 1))/7 + 1
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// addMonths moves a date by months; a day that the month lacks becomes its last.
func addMonths(days, months int64) int64 {
	year, month, day := civil(days)
	total := year*12 + int64(month-1) + months
	year, month = floorDiv(total, 12), int(floorMod(total, 12))+1
	return daysOf(year, month, min(day, daysIn(year, month)))
}

// The range of dates is PostgreSQL's. Timestamps end at the last year that 64 bits of microseconds since 1970 hold.
var (
	minDate      = daysOf(-4712, 1, 1)
	maxDate      = daysOf(5874897, 12, 31)
	lastDay      = daysOf(294246, 12, 31)
	minTimestamp = minDate * microsPerDay
	maxTimestamp = lastDay*microsPerDay + microsPerDay - 1
)

func checkDate(days int64) (int32, error) {
	if days < minDate || days > maxDate {
		return 0, faultf(stateDatetimeOverflow, "date out of range")
	}
	return int32(days), nil
}

func checkTimestamp(micros int64) (int64, error) {
	if micros < minTimestamp || micros > maxTimestamp {
		return 0, faultf(stateDatetimeOverflow, "timestamp out of range")
	}
	return micros, nil
}

// localMicros is the wall clock's time in a zone at an instant, as if it were a time in UTC.
func localMicros(instant int64, zone *time.Location) int64 {
	if zone == time.UTC {
		return instant
	}
	_, offset := time.UnixMicro(instant).In(zone).Zone()
	return instant + int64(offset)*microsPerSecond
}

// instantOf is the instant at which the clocks of a zone show a time. Of a time that comes twice, it is the second, in
// standard time; a time that is skipped is taken by the offset before the change. PostgreSQL does the same.
func instantOf(local int64, zone *time.Location) int64 {
	if zone == time.UTC {
		return local
	}
	_, before := time.UnixMicro(local - microsPerDay).In(zone).Zone()
	_, after := time.UnixMicro(local + microsPerDay).In(zone).Zone()
	early, late := local-int64(before)*microsPerSecond, local-int64(after)*microsPerSecond
	switch {
	case localMicros(late, zone) == local:
		return late
	default:
		return early
	}
}

// zoneOf is the session's time zone.
func zoneOf(env *Env) *time.Location {
	if env == nil || env.Location == nil {
		return time.UTC
	}
	return env.Location
}

// addInterval moves a time by an interval's months, days and clock time, in this order.
func addInterval(micros int64, v arrow.MonthDayNanoInterval) (int64, error) {
	micros, err := addCalendar(micros, v)
	if err != nil {
		return 0, err
	}
	return checkTimestamp(micros + v.Nanoseconds/nanosPerMicro)
}

// addIntervalIn moves an instant. Months and days are those of a zone's calendar: a day may have 23 hours.
func addIntervalIn(zone *time.Location, instant int64, v arrow.MonthDayNanoInterval) (int64, error) {
	if v.Months != 0 || v.Days != 0 {
		local, err := addCalendar(localMicros(instant, zone), v)
		if err != nil {
			return 0, err
		}
		instant = instantOf(local, zone)
	}
	return checkTimestamp(instant + v.Nanoseconds/nanosPerMicro)
}

// addCalendar moves a wall-clock time by an interval's months and days.
func addCalendar(local int64, v arrow.MonthDayNanoInterval) (int64, error) {
	if v.Months == 0 && v.Days == 0 {
		return local, nil
	}
	days, clock := floorDiv(local, microsPerDay), floorMod(local, microsPerDay)
	if v.Months != 0 {
		days = addMonths(days, int64(v.Months))
	}
	days += int64(v.Days)
	if days < minDate || days > lastDay {
		return 0, faultf(stateDatetimeOverflow, "timestamp out of range")
	}
	return days*microsPerDay + clock, nil
}
