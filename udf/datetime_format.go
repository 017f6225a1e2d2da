package udf

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

var datetimeFormatFuncs = []Scalar{
	{
		Name: "to_char", Kind: "format", Args: []string{"value", "format"},
		Doc: "A timestamp, date, interval or number as text in PostgreSQL's formats. Of times: YYYY YY MM Mon Month DD Day Dy DDD HH24 HH12 MI SS MS US AM TZ OF IYYY IW D ID Q WW W J CC, case as written, FM before a part to leave out padding, text in double quotes. " +
			"Of numbers: 9 a digit, 0 a digit or zero, . and D the point, , and G groups, S MI PL the sign, PR negative in angle brackets, FM without padding. NULL if either is NULL.",
		Example: "to_char(timestamp '2024-02-29 13:05:09', 'Dy, DD Mon YYYY HH24:MI:SS') = 'Thu, 29 Feb 2024 13:05:09'",
		Impls: []Impl{
			{In: []Type{timestamp, text}, Out: returns(textType), Eval: timeToChar},
			{In: []Type{timestamptz, text}, Out: returns(textType), Eval: timeToChar},
			{In: []Type{date, text}, Out: returns(textType), Eval: timeToChar},
			{In: []Type{interval, text}, Out: returns(textType), Eval: timeToChar},
			{In: []Type{int8, text}, Out: returns(textType), Eval: numberToChar},
			{In: []Type{numeric, text}, Out: returns(textType), Eval: numberToChar},
			{In: []Type{float8, text}, Out: returns(textType), Eval: numberToChar},
		},
	},
	{
		Name: "strftime", Kind: "format", Args: []string{"source", "format"},
		Doc:     "A timestamp or date as text in C's formats: %Y %m %d %H %M %S %f %y %b %B %a %A %j %p %I %F %T %z %Z %%. NULL if either is NULL.",
		Example: "strftime(timestamp '2024-02-29 13:05:09', '%Y-%m-%dT%H:%M:%S') = '2024-02-29T13:05:09'",
		Impls: []Impl{
			{In: []Type{timestamp, text}, Out: returns(textType), Eval: strftimeEval},
			{In: []Type{timestamptz, text}, Out: returns(textType), Eval: strftimeEval},
			{In: []Type{date, text}, Out: returns(textType), Eval: strftimeEval},
		},
	},
}

// A shownTime is a time taken apart for formats.
type shownTime struct {
	days         int64
	year         int64
	month, day   int
	clock        int64 // microseconds; of intervals any number
	hour, minute int64
	zone         string
	offset       int64 // seconds east of Greenwich
	isInterval   bool
}

func timeReader(call *Call, a Arg) func(i int) shownTime {
	if a.DataType().ID() == arrow.INTERVAL_MONTH_DAY_NANO {
		values := columnOf[arrow.MonthDayNanoInterval](a)
		return func(i int) shownTime {
			v := values.at(i)
			micros := v.Nanoseconds / nanosPerMicro
			return shownTime{year: int64(v.Months / 12), month: int(v.Months % 12), day: int(v.Days), clock: micros,
				hour: micros / microsPerHour, minute: micros / microsPerMinute % 60, isInterval: true}
		}
	}
	local, zone, instant := localReader(call, a), zoneOf(call.Env), column[int64]{}
	if sameType(a.DataType(), timestamptzType) {
		instant = columnOf[int64](a)
	}
	return func(i int) shownTime {
		micros := local(i)
		t := shownTime{days: floorDiv(micros, microsPerDay), clock: floorMod(micros, microsPerDay)}
		t.year, t.month, t.day = civil(t.days)
		t.hour, t.minute = t.clock/microsPerHour, t.clock/microsPerMinute%60
		if instant.values != nil {
			name, offset := time.UnixMicro(instant.at(i)).In(zone).Zone()
			t.zone, t.offset = name, int64(offset)
		}
		return t
	}
}

func timeToChar(call *Call, args []Arg) (arrow.Array, error) {
	read, formats := timeReader(call, args[0]), textOf(args[1])
	var compiled timeFormat
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		compiled.use(formats.str(i))
		t := read(i)
		for _, part := range compiled.parts {
			dst = part.append(dst, &t)
		}
		return dst, nil
	})
}

// A timeFormat is a compiled format of to_char, to_date and to_timestamp. The last one is kept.
type timeFormat struct {
	source string
	parts  []timePart
}

// A timePart is a keyword, or text that stands for itself.
type timePart struct {
	keyword string // in upper case; empty for text
	text    string // as written
	isBare  bool   // FM: no padding
	ordinal string // TH or th
}

// timeKeywords are looked for in this order: the longer first.
var timeKeywords = []string{
	"MONTH", "Y,YYY", "IYYY", "YYYY", "HH24", "HH12", "A.M.", "P.M.", "A.D.", "B.C.", "IDDD", "SSSSS", "SSSS", "DAY", "MON", "IYY", "YYY", "DDD", "TZH", "TZM",
	"FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "AM", "PM", "AD", "BC", "HH", "MI", "SS", "MS", "US", "YY", "IY", "MM", "DY", "DD", "ID", "WW", "IW", "CC", "TZ", "OF", "RM",
	"Y", "I", "D", "W", "Q", "J",
}

func (f *timeFormat) use(source string) {
	if f.parts != nil && f.source == source {
		return
	}
	f.source, f.parts = strings.Clone(source), []timePart{}
	s := f.source
	for s != "" {
		var part timePart
		if len(s) > 2 && strings.EqualFold(s[:2], "FM") {
			part.isBare, s = true, s[2:]
		}
		if s[0] == '"' {
			end := strings.IndexByte(s[1:], '"')
			if end < 0 {
				end = len(s) - 1
			}
			part.text, s = s[1:1+end], s[min(end+2, len(s)):]
		} else if part.keyword = keywordAt(s); part.keyword != "" {
			part.text, s = s[:len(part.keyword)], s[len(part.keyword):]
			if len(s) >= 2 && strings.EqualFold(s[:2], "TH") {
				part.ordinal, s = s[:2], s[2:]
			}
		} else {
			part.text, s = s[:1], s[1:]
		}
		f.parts = append(f.parts, part)
	}
}

func keywordAt(s string) string {
	for _, keyword := range timeKeywords {
		if len(s) >= len(keyword) && strings.EqualFold(s[:len(keyword)], keyword) {
			return keyword
		}
	}
	return ""
}

func (p *timePart) append(dst []byte, t *shownTime) []byte {
	if p.keyword == "" {
		return append(dst, p.text...)
	}
	if name, width := t.name(p.keyword); name != "" {
		name = likeWritten(name, p.text)
		dst = append(dst, name...)
		if !p.isBare {
			dst = append(dst, strings.Repeat(" ", max(0, width-len(name)))...)
		}
		return dst
	}
	value, width := t.number(p.keyword)
	if p.isBare {
		width = 0
	}
	if p.keyword == "Y,YYY" {
		return append(dst, groupThousands(strconv.FormatInt(value, 10))...)
	}
	from := len(dst)
	dst = appendPadded(dst, value, width)
	if p.ordinal != "" {
		dst = append(dst, likeWritten(ordinalSuffix(string(dst[from:])), p.ordinal)...)
	}
	return dst
}

// likeWritten gives a word the case of its keyword: MONTH, Month or month.
func likeWritten(word, keyword string) string {
	switch {
	case keyword == strings.ToUpper(keyword):
		return strings.ToUpper(word)
	case keyword == strings.ToLower(keyword):
		return strings.ToLower(word)
	}
	return word
}

// name is the word of a keyword and the width that it is filled up to; empty for keywords that are numbers.
func (t *shownTime) name(keyword string) (word string, width int) {
	half, era := "am", "ad"
	if t.hour%24 >= 12 {
		half = "pm"
	}
	if t.year <= 0 {
		era = "bc"
	}
	month := max(1, t.month) - 1
	switch keyword {
	case "MONTH":
		return monthNames[month], 9
	case "MON":
		return monthNames[month][:3], 3
	case "DAY":
		return dayNames[weekday(t.days)], 9
	case "DY":
		return dayNames[weekday(t.days)][:3], 3
	case "AM", "PM":
		return half, 0
	case "A.M.", "P.M.":
		return half[:1] + "." + half[1:] + ".", 0
	case "AD", "BC":
		return era, 0
	case "A.D.", "B.C.":
		return era[:1] + "." + era[1:] + ".", 0
	case "TZ":
		return t.zone, 0
	case "OF":
		return string(appendOffset(nil, t.offset)), 0
	case "TZH":
		return string(appendOffset(nil, t.offset/3600*3600)), 0
	case "RM":
		return [...]string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}[month], 4
	}
	return "", 0
}

// number is the number of a keyword and its digits.
func (t *shownTime) number(keyword string) (v int64, width int) {
	year := t.year
	if year <= 0 && !t.isInterval {
		year = 1 - year
	}
	switch keyword {
	case "YYYY", "Y,YYY":
		return year, 4
	case "YYY":
		return year % 1000, 3
	case "YY":
		return year % 100, 2
	case "Y":
		return year % 10, 1
	case "IYYY", "IYY", "IY", "I":
		isoYear, _ := isoWeek(t.days)
		digits := len(keyword)
		return isoYear % int64(math.Pow10(digits)), digits
	case "CC":
		return yearsPast(t.year, 100), 2
	case "Q":
		return int64(max(1, t.month)-1)/3 + 1, 1
	case "MM":
		return int64(t.month), 2
	case "DD":
		return int64(t.day), 2
	case "DDD":
		return t.days - daysOf(t.year, 1, 1) + 1, 3
	case "IDDD":
		_, week := isoWeek(t.days)
		return int64(week-1)*7 + int64((weekday(t.days)+6)%7+1), 3
	case "D":
		return int64(weekday(t.days)) + 1, 1
	case "ID":
		return int64((weekday(t.days)+6)%7 + 1), 1
	case "WW":
		return (t.days-daysOf(t.year, 1, 1))/7 + 1, 2
	case "IW":
		_, week := isoWeek(t.days)
		return int64(week), 2
	case "W":
		return int64(t.day-1)/7 + 1, 1
	case "J":
		return t.days + julianEpoch, 0
	case "HH24":
		return t.hour, 2
	case "HH", "HH12":
		if t.isInterval {
			return t.hour % 12, 2
		}
		return (t.hour+11)%12 + 1, 2
	case "MI":
		return t.minute, 2
	case "SS":
		return t.clock / microsPerSecond % 60, 2
	case "SSSS", "SSSSS":
		return t.clock / microsPerSecond, 0
	case "MS":
		return t.clock / 1000 % 1000, 3
	case "US":
		return t.clock % microsPerSecond, 6
	case "TZM":
		return max(t.offset, -t.offset) / 60 % 60, 2
	}
	digits := int(keyword[2] - '0') // FF1 to FF6
	return t.clock % microsPerSecond / int64(math.Pow10(6-digits)), digits
}

func appendPadded(dst []byte, v int64, width int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	digits := strconv.FormatInt(v, 10)
	return append(append(dst, strings.Repeat("0", max(0, width-len(digits)))...), digits...)
}

func ordinalSuffix(digits string) string {
	if len(digits) >= 2 && digits[len(digits)-2] == '1' {
		return "th"
	}
	switch digits[len(digits)-1] {
	case '1':
		return "st"
	case '2':
		return "nd"
	case '3':
		return "rd"
	}
	return "th"
}

// strftimeKeywords spell C's formats in those of to_char.
var strftimeKeywords = map[byte]timePart{
	'Y': {keyword: "YYYY", text: "YYYY"}, 'y': {keyword: "YY", text: "YY"}, 'm': {keyword: "MM", text: "MM"}, 'd': {keyword: "DD", text: "DD"},
	'H': {keyword: "HH24", text: "HH24"}, 'I': {keyword: "HH12", text: "HH12"}, 'M': {keyword: "MI", text: "MI"}, 'S': {keyword: "SS", text: "SS"},
	'f': {keyword: "US", text: "US"}, 'g': {keyword: "MS", text: "MS"}, 'b': {keyword: "MON", text: "Mon"}, 'B': {keyword: "MONTH", text: "Month", isBare: true},
	'a': {keyword: "DY", text: "Dy"}, 'A': {keyword: "DAY", text: "Day", isBare: true}, 'j': {keyword: "DDD", text: "DDD"}, 'p': {keyword: "AM", text: "AM"},
	'z': {keyword: "OF", text: "OF"}, 'Z': {keyword: "TZ", text: "TZ"}, 'u': {keyword: "ID", text: "ID"}, 'V': {keyword: "IW", text: "IW"}, 'G': {keyword: "IYYY", text: "IYYY"},
	'%': {text: "%"}, 'n': {text: "\n"}, 't': {text: "\t"},
}

func strftimeEval(call *Call, args []Arg) (arrow.Array, error) {
	read, formats := timeReader(call, args[0]), textOf(args[1])
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		t := read(i)
		return appendStrftime(dst, formats.str(i), &t)
	})
}

func appendStrftime(dst []byte, format string, t *shownTime) ([]byte, error) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			dst = append(dst, format[i])
			continue
		}
		isBare := strings.HasPrefix(format[i+1:], "-")
		if isBare {
			i++
		}
		if i++; i == len(format) {
			return dst, faultf(stateInvalidParameter, "format %q ends with a percent sign", format)
		}
		var err error
		switch format[i] {
		case 'F':
			dst, err = appendStrftime(dst, "%Y-%m-%d", t)
		case 'T', 'X':
			dst, err = appendStrftime(dst, "%H:%M:%S", t)
		case 'D', 'x':
			dst, err = appendStrftime(dst, "%m/%d/%y", t)
		case 'R':
			dst, err = appendStrftime(dst, "%H:%M", t)
		default:
			part, ok := strftimeKeywords[format[i]]
			if !ok {
				return dst, faultf(stateInvalidParameter, "format %%%c is not known to strftime", format[i])
			}
			part.isBare = part.isBare || isBare
			dst = part.append(dst, t)
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}
