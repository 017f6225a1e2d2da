package files

import "time"

// parseDate reads 2024-02-29 as days since 1970.
func parseDate(text string) (days int32, ok bool) {
	if len(text) != 10 {
		return 0, false
	}
	t, ok := dateOf(text)
	return int32(t.Unix() / 86400), ok
}

func dateOf(text string) (time.Time, bool) {
	year, ok1 := digits(text, 0, 4)
	month, ok2 := digits(text, 5, 2)
	day, ok3 := digits(text, 8, 2)
	if !ok1 || !ok2 || !ok3 || text[4] != '-' || text[7] != '-' || year < 1 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == day && int(t.Month()) == month
}

// parseTimestamp reads 2024-02-29, 2024-02-29 12:30, 2024-02-29T12:30:00.123456+02:00 and the like as microseconds
// since 1970, and says whether there was a zone. Digits beyond microseconds are cut.
func parseTimestamp(text string) (micros int64, zone, ok bool) {
	if len(text) < 10 {
		return 0, false, false
	}
	date, ok := dateOf(text[:10])
	if !ok {
		return 0, false, false
	}
	micros = date.Unix() * 1_000_000
	if len(text) == 10 {
		return micros, false, true
	}
	if text[10] != ' ' && text[10] != 'T' {
		return 0, false, false
	}
	clock, rest, ok := parseClock(text[11:])
	if !ok {
		return 0, false, false
	}
	offset, zone, ok := parseZone(rest)
	return micros + clock - offset, zone, ok
}

// parseClock reads hours and minutes, perhaps seconds and a fraction, and returns what follows.
func parseClock(text string) (micros int64, rest string, ok bool) {
	hour, ok1 := digits(text, 0, 2)
	minute, ok2 := digits(text, 3, 2)
	if !ok1 || !ok2 || text[2] != ':' || hour > 23 || minute > 59 {
		return 0, "", false
	}
	micros = int64(hour*3600+minute*60) * 1_000_000
	if len(text) < 6 || text[5] != ':' {
		return micros, text[5:], true
	}
	second, ok := digits(text, 6, 2)
	if !ok || second > 59 {
		return 0, "", false
	}
	micros += int64(second) * 1_000_000
	rest = text[8:]
	if rest == "" || rest[0] != '.' {
		return micros, rest, true
	}
	rest = rest[1:]
	n, unit := 0, int64(100_000)
	for ; n < len(rest) && rest[n] >= '0' && rest[n] <= '9'; n++ {
		micros += int64(rest[n]-'0') * unit
		unit /= 10
	}
	return micros, rest[n:], n > 0
}

// parseZone reads Z, +02, +0200, +02:00 or nothing, perhaps after a space.
func parseZone(text string) (micros int64, zone, ok bool) {
	if len(text) > 1 && text[0] == ' ' {
		text = text[1:]
	}
	switch {
	case text == "":
		return 0, false, true
	case text == "Z" || text == "UTC":
		return 0, true, true
	case text[0] != '+' && text[0] != '-':
		return 0, false, false
	}
	hour, ok := digits(text, 1, 2)
	minute := 0
	switch rest := text[min(3, len(text)):]; {
	case !ok:
	case rest == "":
	case rest[0] == ':':
		minute, ok = digits(rest, 1, 2)
		ok = ok && len(rest) == 3
	default:
		minute, ok = digits(rest, 0, 2)
		ok = ok && len(rest) == 2
	}
	if !ok || hour > 15 || minute > 59 {
		return 0, false, false
	}
	micros = int64(hour*3600+minute*60) * 1_000_000
	if text[0] == '-' {
		micros = -micros
	}
	return micros, true, true
}

// digits reads n decimal digits.
func digits(text string, at, n int) (int, bool) {
	if len(text) < at+n {
		return 0, false
	}
	v := 0
	for _, c := range []byte(text[at : at+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}
