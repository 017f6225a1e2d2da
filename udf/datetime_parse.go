package udf

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

func toTimestampEval(call *Call, args []Arg) (arrow.Array, error) {
	s, formats, zone := textOf(args[0]), textOf(args[1]), zoneOf(call.Env)
	var compiled timeFormat
	return mapFixed(call, args, func(i int) (int64, error) {
		compiled.use(formats.str(i))
		t, err := compiled.parse(s.str(i))
		if err != nil {
			return 0, err
		}
		local := t.days*microsPerDay + t.clock
		if t.zone != "" {
			return checkTimestamp(local - t.offset*microsPerSecond)
		}
		return checkTimestamp(instantOf(local, zone))
	})
}

func toDateEval(call *Call, args []Arg) (arrow.Array, error) {
	s, formats := textOf(args[0]), textOf(args[1])
	var compiled timeFormat
	return mapFixed(call, args, func(i int) (int32, error) {
		compiled.use(formats.str(i))
		t, err := compiled.parse(s.str(i))
		if err != nil {
			return 0, err
		}
		return checkDate(t.days)
	})
}

// A readTime is what a format finds in a text. Fields not found have their least values.
type readTime struct {
	shownTime
	dayOfYear int
	isPM      bool
	hasHalf   bool
	isBC      bool
	second    int64
	micros    int64
}

func (f *timeFormat) parse(s string) (shownTime, error) {
	t := readTime{shownTime: shownTime{year: 1, month: 1, day: 1}}
	rest := s
	for k := range f.parts {
		part := &f.parts[k]
		if part.keyword == "" {
			rest = f.skipSeparator(rest, k)
			continue
		}
		var ok bool
		if rest, ok = t.read(part.keyword, strings.TrimLeft(rest, spaces), f.isFollowedByDigits(k)); !ok {
			return t.shownTime, faultf(stateInvalidDatetime, "invalid value %q for %q", abbreviate(rest), part.text)
		}
	}
	return t.finish(s)
}

// skipSeparator skips one separator, any for any other, but not the sign of an offset.
func (f *timeFormat) skipSeparator(s string, k int) string {
	s = strings.TrimLeft(s, spaces)
	if s == "" || isDigit(s[0]) || isLetter(s[0]|0x20) || s[0] >= 0x80 {
		return s
	}
	if k+1 < len(f.parts) && strings.Contains("TZ OF TZH", f.parts[k+1].keyword) && (s[0] == '+' || s[0] == '-') {
		return s
	}
	return s[1:]
}

// isFollowedByDigits reports that a number has to end where its keyword's width does.
func (f *timeFormat) isFollowedByDigits(k int) bool {
	return k+1 < len(f.parts) && f.parts[k+1].keyword != ""
}

// fieldWidths are the digits that a field has at most.
var fieldWidths = map[string]int{
	"YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "MM": 2, "DD": 2, "DDD": 3, "HH24": 2, "HH12": 2, "HH": 2, "MI": 2, "SS": 2, "MS": 3, "US": 6, "J": 7,
	"FF1": 1, "FF2": 2, "FF3": 3, "FF4": 4, "FF5": 5, "FF6": 6, "Q": 1, "SSSS": 5, "SSSSS": 5, "D": 1, "ID": 1, "WW": 2, "IW": 2, "W": 1, "CC": 2,
}

// read takes a field from the start of a text.
func (t *readTime) read(keyword, s string, isTight bool) (rest string, ok bool) {
	switch keyword {
	case "MONTH", "MON":
		t.month, rest, ok = monthName(s)
		return rest, ok
	case "DAY", "DY":
		return dayName(s)
	case "AM", "PM", "A.M.", "P.M.":
		word := s[:min(len(keyword), len(s))]
		t.hasHalf, t.isPM = true, strings.HasPrefix(strings.ToUpper(word), "P")
		return s[len(word):], len(word) == len(keyword) && strings.ContainsAny(word[:1], "aApP")
	case "AD", "BC", "A.D.", "B.C.":
		word := s[:min(len(keyword), len(s))]
		t.isBC = strings.HasPrefix(strings.ToUpper(word), "B")
		return s[len(word):], len(word) == len(keyword)
	case "TZ", "OF", "TZH":
		end := strings.IndexAny(s, spaces)
		if end < 0 {
			end = len(s)
		}
		zone, err := parseZone(s[:end])
		if err != nil {
			return s, false
		}
		t.zone, t.offset = s[:end], (localMicros(0, zone))/microsPerSecond
		return s[end:], true
	}
	width, known := fieldWidths[keyword]
	n := leadingDigits(s)
	if !known || n == 0 {
		return s, false
	}
	if n > width && (isTight || keyword != "YYYY") {
		n = width
	}
	v, _, ok := number(s[:n])
	if !ok {
		return s, false
	}
	t.set(keyword, v, n)
	return s[n:], true
}

func dayName(s string) (rest string, ok bool) {
	for _, name := range dayNames {
		for _, word := range []string{name, name[:3]} {
			if len(s) >= len(word) && strings.EqualFold(s[:len(word)], word) {
				return s[len(word):], true
			}
		}
	}
	return s, false
}

func (t *readTime) set(keyword string, v, digits int) {
	fraction := func() {
		t.micros = int64(v)
		for ; digits < 6; digits++ {
			t.micros *= 10
		}
	}
	switch keyword {
	case "YYYY":
		t.year = int64(v)
	case "YYY", "YY", "Y":
		t.year = fullYear(v)
	case "MM":
		t.month = v
	case "DD":
		t.day = v
	case "DDD":
		t.dayOfYear = v
	case "J":
		t.year, t.month, t.day = civil(int64(v) - julianEpoch)
	case "HH24", "HH12", "HH":
		t.hour = int64(v)
	case "MI":
		t.minute = int64(v)
	case "SS":
		t.second = int64(v)
	case "SSSS", "SSSSS":
		t.hour, t.minute, t.second = int64(v)/3600, int64(v)/60%60, int64(v)%60
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		fraction()
	}
}

func (t *readTime) finish(s string) (shownTime, error) {
	if t.isBC {
		t.year = 1 - t.year
	}
	if t.hasHalf {
		if t.hour < 1 || t.hour > 12 {
			return t.shownTime, errFieldRange(s)
		}
		t.hour %= 12
		if t.isPM {
			t.hour += 12
		}
	}
	if d := newYMD(t.year, t.month, t.day); !d.valid || t.hour > 23 || t.minute > 59 || t.second > 59 || t.dayOfYear > 366 {
		return t.shownTime, errFieldRange(s)
	}
	t.days = daysOf(t.year, t.month, t.day)
	if t.dayOfYear > 0 {
		t.days = daysOf(t.year, 1, 1) + int64(t.dayOfYear) - 1
	}
	t.clock = t.hour*microsPerHour + t.minute*microsPerMinute + t.second*microsPerSecond + t.micros
	return t.shownTime, nil
}
