package udf

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/apache/arrow-go/v18/arrow"
)

// Dates and times are read as PostgreSQL reads them with DateStyle "ISO, MDY": 2024-01-31, 20240131, 1/31/2024,
// 'Jan 31, 2024', 31 Jan 2024, each with a time and a zone behind it; and the words now, today, tomorrow, yesterday, epoch.

// A moment is what a text says of a date and time.
type moment struct {
	days    int64
	hasDate bool
	clock   int64 // microseconds of the day, up to 24:00
	hasTime bool
	zone    *time.Location // nil if the text has none
}

func parseDate(s string, env *Env) (int32, error) {
	m, err := parseMoment(s, dateType, env)
	if err != nil {
		return 0, err
	}
	if !m.hasDate {
		return 0, errInvalidDatetime(dateType, s)
	}
	return checkDate(m.days)
}

func parseTimestamp(s string, env *Env) (int64, error) {
	m, err := parseMoment(s, timestampType, env)
	if err != nil {
		return 0, err
	}
	if !m.hasDate {
		return 0, errInvalidDatetime(timestampType, s)
	}
	return m.local(s)
}

func parseInstant(s string, env *Env) (int64, error) {
	m, err := parseMoment(s, timestamptzType, env)
	if err != nil {
		return 0, err
	}
	if !m.hasDate {
		return 0, errInvalidDatetime(timestamptzType, s)
	}
	local, err := m.local(s)
	if err != nil {
		return 0, err
	}
	zone := m.zone
	if zone == nil {
		zone = zoneOf(env)
	}
	return checkTimestamp(instantOf(local, zone))
}

func parseClock(s string, env *Env) (int64, error) {
	m, err := parseMoment(s, timeType, env)
	if err != nil {
		return 0, err
	}
	if !m.hasTime {
		return 0, errInvalidDatetime(timeType, s)
	}
	return m.clock, nil
}

// local is the time that the text's clock shows.
func (m moment) local(s string) (int64, error) {
	if m.days < minDate || m.days > lastDay {
		return 0, faultf(stateDatetimeOverflow, "timestamp out of range: %q", s)
	}
	return checkTimestamp(m.days*microsPerDay + m.clock)
}

func errInvalidDatetime(dt arrow.DataType, s string) error {
	name := TypeName(dt)
	if dt.ID() == arrow.TIME64 {
		name = "time"
	}
	return faultf(stateInvalidDatetime, "invalid input syntax for type %s: %q", strings.TrimSuffix(name, " without time zone"), s)
}

func errFieldRange(s string) error {
	return faultf(stateDatetimeOverflow, "date/time field value out of range: %q", s)
}

func parseMoment(s string, dt arrow.DataType, env *Env) (moment, error) {
	text := strings.Trim(s, spaces)
	if m, rest, ok := isoDate(text); ok {
		if !m.valid {
			return moment{}, errFieldRange(s)
		}
		return parseRest(s, rest, moment{days: daysOf(m.year, m.month, m.day), hasDate: true}, dt)
	}
	if m, ok := momentWord(strings.ToLower(text), env); ok {
		return m, nil
	}
	if m, rest, ok := writtenDate(text); ok {
		if !m.valid {
			return moment{}, errFieldRange(s)
		}
		return parseRest(s, rest, moment{days: daysOf(m.year, m.month, m.day), hasDate: true}, dt)
	}
	return parseRest(s, text, moment{}, dt)
}

// momentWord reads the words that stand for a time.
func momentWord(word string, env *Env) (moment, bool) {
	if word == "epoch" {
		return moment{hasDate: true, hasTime: true, zone: time.UTC}, true
	}
	var shift int64
	switch word {
	case "now", "today":
	case "tomorrow":
		shift = 1
	case "yesterday":
		shift = -1
	default:
		return moment{}, false
	}
	var now time.Time
	if env != nil {
		now = env.Now
	}
	local := localMicros(now.UnixMicro(), zoneOf(env))
	m := moment{days: floorDiv(local, microsPerDay) + shift, hasDate: true, hasTime: true}
	if word == "now" {
		m.clock = floorMod(local, microsPerDay)
	}
	return m, true
}

type ymd struct {
	year       int64
	month, day int
	valid      bool
}

func newYMD(year int64, month, day int) ymd {
	return ymd{year, month, day, month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)}
}

// isoDate reads 2024-01-31 or 20240131 at the start of a text.
func isoDate(s string) (d ymd, rest string, ok bool) {
	n := leadingDigits(s)
	if n == 8 && (len(s) == 8 || s[8] == ' ' || s[8] == 'T') {
		year, _ := strconv.ParseInt(s[:4], 10, 64)
		month, _ := strconv.Atoi(s[4:6])
		day, _ := strconv.Atoi(s[6:8])
		return newYMD(year, month, day), s[8:], true
	}
	if n < 3 || n > 7 || len(s) < n+4 || s[n] != '-' {
		return ymd{}, "", false
	}
	year, _ := strconv.ParseInt(s[:n], 10, 64)
	s = s[n+1:]
	month, s, ok := number(s)
	if !ok || s == "" || s[0] != '-' {
		return ymd{}, "", false
	}
	day, s, ok := number(s[1:])
	if !ok {
		return ymd{}, "", false
	}
	if strings.HasSuffix(strings.ToUpper(s), " BC") {
		year, s = 1-year, s[:len(s)-3]
	}
	return newYMD(year, month, day), s, true
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// number reads a number of at most nine digits.
func number(s string) (v int, rest string, ok bool) {
	n := leadingDigits(s)
	if n == 0 || n > 9 {
		return 0, s, false
	}
	v, _ = strconv.Atoi(s[:n])
	return v, s[n:], true
}

// writtenDate reads 1/31/2024, January 31, 2024 or 31 Jan 2024 at the start of a text.
func writtenDate(s string) (d ymd, rest string, ok bool) {
	if month, tail, ok := number(s); ok && strings.HasPrefix(tail, "/") {
		day, tail, ok1 := number(tail[1:])
		if !ok1 || !strings.HasPrefix(tail, "/") {
			return ymd{}, "", false
		}
		year, tail, ok2 := number(tail[1:])
		return newYMD(fullYear(year), month, day), tail, ok2
	}
	day, tail, dayFirst := number(s)
	tail = strings.TrimLeft(tail, " -,")
	month, tail, ok := monthName(tail)
	if !ok {
		return ymd{}, "", false
	}
	tail = strings.TrimLeft(tail, " -,.")
	if !dayFirst {
		if day, tail, ok = number(tail); !ok {
			return ymd{}, "", false
		}
		tail = strings.TrimLeft(tail, " -,")
	}
	year, tail, ok := number(tail)
	return newYMD(fullYear(year), month, day), tail, ok
}

// fullYear reads two digits as a year from 1970 to 2069.
func fullYear(year int) int64 {
	switch {
	case year < 70:
		return int64(year) + 2000
	case year < 100:
		return int64(year) + 1900
	}
	return int64(year)
}

var monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

var dayNames = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// monthName reads a month's name or its first three letters.
func monthName(s string) (month int, rest string, ok bool) {
	n := 0
	for n < len(s) && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
		n++
	}
	word := s[:n]
	if len(word) < 3 {
		return 0, s, false
	}
	for i, name := range monthNames {
		if strings.EqualFold(word, name) || strings.EqualFold(word, name[:3]) || i == 8 && strings.EqualFold(word, "sept") {
			return i + 1, s[n:], true
		}
	}
	return 0, s, false
}

// parseRest reads what may follow a date: a time, AM or PM, a zone, an era.
func parseRest(whole, s string, m moment, dt arrow.DataType) (moment, error) {
	if m.hasDate && len(s) > 1 && (s[0] == 'T' || s[0] == 't') && s[1] >= '0' && s[1] <= '9' {
		s = s[1:]
	}
	s = strings.TrimLeft(s, spaces)
	if n := leadingDigits(s); n > 0 && n < len(s) && s[n] == ':' {
		var err error
		if m.clock, s, err = parseClockAt(whole, s, dt); err != nil {
			return m, err
		}
		m.hasTime = true
	}
	s = strings.Trim(s, spaces)
	if strings.HasSuffix(strings.ToUpper(s), "BC") && m.hasDate {
		year, month, day := civil(m.days)
		m.days, s = daysOf(1-year, month, day), strings.Trim(s[:len(s)-2], spaces)
	}
	if s == "" {
		if !m.hasDate && !m.hasTime {
			return m, errInvalidDatetime(dt, whole)
		}
		return m, nil
	}
	zone, err := parseZone(s)
	if err != nil {
		return m, errInvalidDatetime(dt, whole)
	}
	m.zone = zone
	return m, nil
}

// parseClockAt reads 12:30, 12:30:15.5 or 12:30 PM at the start of a text.
func parseClockAt(whole, s string, dt arrow.DataType) (micros int64, rest string, err error) {
	hour, s, _ := number(s)
	minute, s, ok := number(s[1:])
	if !ok {
		return 0, "", errInvalidDatetime(dt, whole)
	}
	second, fraction := 0, int64(0)
	if strings.HasPrefix(s, ":") {
		if second, s, ok = number(s[1:]); !ok {
			return 0, "", errInvalidDatetime(dt, whole)
		}
		if strings.HasPrefix(s, ".") {
			n := leadingDigits(s[1:])
			fraction, s = parseFraction(s[1:1+n]), s[1+n:]
		}
	}
	tail := strings.TrimLeft(s, spaces)
	if half := tail[:leadingLetters(tail)]; strings.EqualFold(half, "am") || strings.EqualFold(half, "pm") {
		if hour < 1 || hour > 12 {
			return 0, "", errFieldRange(whole)
		}
		hour %= 12
		if tail[0]|0x20 == 'p' {
			hour += 12
		}
		s = tail[2:]
	}
	micros = int64(hour)*microsPerHour + int64(minute)*microsPerMinute + int64(second)*microsPerSecond + fraction
	if hour > 24 || minute > 59 || second > 60 || micros > microsPerDay {
		return 0, "", errFieldRange(whole)
	}
	return micros, s, nil
}

// leadingLetters is how many letters a text starts with.
func leadingLetters(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if n < 0 {
		return len(s)
	}
	return n
}

// parseFraction reads the digits behind a point as microseconds, rounded.
func parseFraction(digits string) int64 {
	var micros int64
	for i := range 6 {
		micros *= 10
		if i < len(digits) {
			micros += int64(digits[i] - '0')
		}
	}
	if len(digits) > 6 && digits[6] >= '5' {
		micros++
	}
	return micros
}
