package udf

import (
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// Intervals are read in PostgreSQL's forms: '1 year 2 months 3 days 04:05:06', '1-2', '@ 3 days ago', ISO 8601's
// 'P1Y2M3DT4H5M6S'. Parts of a month become days, parts of a day become time.

// A span adds up what a text says.
type span struct {
	months, days, micros float64
	isBeyond             bool // a minute or second is more than 59
}

// intervalUnits are what one unit adds, by every name it goes by.
var intervalUnits = func() map[string]span {
	units := make(map[string]span)
	name := func(s span, names ...string) {
		for _, n := range names {
			units[n] = s
		}
	}
	name(span{months: 12000}, "millennium", "millennia", "mil", "mils", "millenniums")
	name(span{months: 1200}, "century", "centuries", "cent", "c")
	name(span{months: 120}, "decade", "decades", "dec", "decs")
	name(span{months: 12}, "year", "years", "yr", "yrs", "y")
	name(span{months: 3}, "quarter", "quarters", "qtr")
	name(span{months: 1}, "month", "months", "mon", "mons")
	name(span{days: 7}, "week", "weeks", "w")
	name(span{days: 1}, "day", "days", "d")
	name(span{micros: microsPerHour}, "hour", "hours", "hr", "hrs", "h")
	name(span{micros: microsPerMinute}, "minute", "minutes", "min", "mins", "m")
	name(span{micros: microsPerSecond}, "second", "seconds", "sec", "secs", "s")
	name(span{micros: 1000}, "millisecond", "milliseconds", "millisecon", "msec", "msecs", "ms")
	name(span{micros: 1}, "microsecond", "microseconds", "microsecon", "usec", "usecs", "us")
	return units
}()

func parseInterval(s string) (arrow.MonthDayNanoInterval, error) {
	text := strings.ToLower(strings.Trim(s, spaces))
	var total span
	var ok bool
	if strings.HasPrefix(text, "p") {
		ok = total.readISO(text[1:])
	} else {
		ok = total.read(strings.TrimPrefix(text, "@"))
	}
	switch {
	case total.isBeyond:
		return arrow.MonthDayNanoInterval{}, faultf(stateIntervalOverflow, "interval field value out of range: %q", s)
	case !ok:
		return arrow.MonthDayNanoInterval{}, faultf(stateInvalidDatetime, "invalid input syntax for type interval: %q", s)
	}
	return total.interval()
}

func (t *span) interval() (arrow.MonthDayNanoInterval, error) {
	if !(math.Abs(t.months) <= math.MaxInt32 && math.Abs(t.days) <= math.MaxInt32 && math.Abs(t.micros) <= math.MaxInt64/nanosPerMicro) {
		return arrow.MonthDayNanoInterval{}, errIntervalRange()
	}
	return makeInterval(int64(t.months), int64(t.days), int64(math.RoundToEven(t.micros))*nanosPerMicro)
}

// add takes in so many of a unit.
func (t *span) add(count float64, unit span) {
	months := count * unit.months
	if unit.months > 1 {
		months = math.RoundToEven(months) // a part of a year is whole months
	}
	t.months += math.Trunc(months)
	days := count*unit.days + roundMicro((months-math.Trunc(months))*daysPerMonth)
	t.days += math.Trunc(days)
	t.micros += count*unit.micros + roundMicro(days-math.Trunc(days))*microsPerDay
}

// read takes in words: numbers with units, a clock time, years-months.
func (t *span) read(s string) bool {
	fields := strings.Fields(splitUnits(s))
	ago := len(fields) > 0 && fields[len(fields)-1] == "ago"
	if ago {
		fields = fields[:len(fields)-1]
	}
	if len(fields) == 0 {
		return false
	}
	for i := 0; i < len(fields); i++ {
		field := fields[i]
		if strings.Contains(field, ":") {
			micros, ok := t.clock(field)
			if !ok {
				return false
			}
			t.micros += micros
			continue
		}
		if years, months, ok := yearMonth(field); ok {
			t.months += years*12 + months
			continue
		}
		count, err := strconv.ParseFloat(field, 64)
		if err != nil || math.IsNaN(count) || math.IsInf(count, 0) {
			return false
		}
		unit := span{micros: microsPerSecond} // a number alone counts seconds
		if i+1 < len(fields) {
			named, ok := intervalUnits[fields[i+1]]
			switch {
			case ok:
				unit = named
				i++
			case strings.Contains(fields[i+1], ":"):
				unit = intervalUnits["day"] // '3 04:05:06'
			default:
				return false
			}
		}
		t.add(count, unit)
	}
	if ago {
		t.months, t.days, t.micros = -t.months, -t.days, -t.micros
	}
	return true
}

// splitUnits parts numbers from the units written right behind them: 1h30m.
func splitUnits(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i > 0 && (isLetter(s[i]) && (isDigit(s[i-1]) || s[i-1] == '.') || isDigit(s[i]) && isLetter(s[i-1])) {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// clock reads -04:05:06.7 or 04:05 as microseconds.
func (t *span) clock(s string) (micros float64, ok bool) {
	sign := 1.0
	switch s[0] {
	case '-':
		sign, s = -1, s[1:]
	case '+':
		s = s[1:]
	}
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	unit := float64(microsPerHour)
	for i, part := range parts {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || v < 0 || part[0] == '+' || i < len(parts)-1 && strings.Contains(part, ".") {
			return 0, false
		}
		t.isBeyond = t.isBeyond || i > 0 && v >= 60
		micros += v * unit
		unit /= 60
	}
	return sign * micros, true
}

// yearMonth reads 1-2, a year and two months.
func yearMonth(s string) (years, months float64, ok bool) {
	sign := 1.0
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	a, b, found := strings.Cut(s, "-")
	if !found || leadingDigits(a) != len(a) || leadingDigits(b) != len(b) || a == "" || b == "" {
		return 0, 0, false
	}
	years, _ = strconv.ParseFloat(a, 64)
	months, _ = strconv.ParseFloat(b, 64)
	return sign * years, sign * months, months < 12
}

// readISO takes in what follows the P of ISO 8601.
func (t *span) readISO(s string) bool {
	date, clock, hasClock := strings.Cut(s, "t")
	if s == "" || hasClock && clock == "" {
		return false
	}
	return t.readDesignators(date, "ymwd", []string{"year", "month", "week", "day"}) &&
		t.readDesignators(clock, "hms", []string{"hour", "minute", "second"})
}

func (t *span) readDesignators(s, designators string, units []string) bool {
	for s != "" {
		n := strings.IndexAny(s, designators)
		if n <= 0 {
			return false
		}
		count, err := strconv.ParseFloat(s[:n], 64)
		if err != nil {
			return false
		}
		t.add(count, intervalUnits[units[strings.IndexByte(designators, s[n])]])
		s = s[n+1:]
	}
	return true
}
