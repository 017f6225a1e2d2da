package udf

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// zones keeps the time zones that were asked for: reading one takes longer than a thousand conversions.
var zones sync.Map // lower-case name to *time.Location

// parseZone reads a time zone: a name such as Europe/Berlin, Z, UTC, or an offset such as +02, -05:30, +0530. Unlike in
// POSIX's names, + is east of Greenwich.
func parseZone(s string) (*time.Location, error) {
	name := strings.Trim(s, spaces)
	key := strings.ToLower(name)
	if zone, ok := zones.Load(key); ok {
		return zone.(*time.Location), nil
	}
	// What is kept is a copy: the text may lie in a column.
	zone, err := loadZone(strings.Clone(name), strings.Clone(key))
	if err != nil {
		return nil, err
	}
	zones.Store(strings.Clone(key), zone)
	return zone, nil
}

// parseZoneName reads the zone of AT TIME ZONE and date_trunc, where PostgreSQL takes an offset for one of POSIX's names, in which + is
// west of Greenwich: +03, UTC+3.
func parseZoneName(s string) (*time.Location, error) {
	name := strings.Trim(s, spaces)
	at := strings.IndexAny(name, "+-0123456789")
	if at != 0 && (at < 3 || strings.ContainsAny(name[:at], "/_ ")) {
		return parseZone(s)
	}
	offset := name[at:]
	if offset[0] != '+' && offset[0] != '-' {
		offset = "+" + offset
	}
	if west, ok := parseOffset(offset); ok {
		return time.FixedZone(string(appendOffset(nil, int64(-west))), -west), nil
	}
	return parseZone(s)
}

func loadZone(name, key string) (*time.Location, error) {
	switch key {
	case "z", "utc", "gmt", "zulu", "ut":
		return time.UTC, nil
	case "", "local":
		return nil, errUnknownZone(name)
	}
	if offset, ok := parseOffset(name); ok {
		return time.FixedZone(string(appendOffset(nil, int64(offset))), offset), nil
	}
	if offset, ok := zoneAbbreviations[key]; ok {
		return time.FixedZone(strings.ToUpper(name), int(offset*3600)), nil
	}
	for _, spelling := range []string{name, titleZone(key)} {
		if zone, err := time.LoadLocation(spelling); err == nil {
			return zone, nil
		}
	}
	return nil, errUnknownZone(name)
}

func errUnknownZone(name string) error {
	return &Error{State: stateInvalidParameter, Msg: "time zone " + strconv.Quote(name) + " not recognized", Hint: "zones are named as in Europe/Berlin, or by their offset as in +02"}
}

// zoneAbbreviations are hours east of Greenwich.
var zoneAbbreviations = map[string]float64{
	"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
	"wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2, "eet": 2, "eest": 3, "msk": 3, "ist": 5.5, "jst": 9, "kst": 9,
	"aest": 10, "aedt": 11, "acst": 9.5, "awst": 8, "nzst": 12, "nzdt": 13,
}

// titleZone spells europe/berlin as the database of zones does.
func titleZone(key string) string {
	b := []byte(key)
	for i, c := range b {
		if c >= 'a' && c <= 'z' && (i == 0 || b[i-1] == '/' || b[i-1] == '_' || b[i-1] == '-') {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// parseOffset reads +2, +02, +0530, +05:30 or +05:30:15 as seconds.
func parseOffset(s string) (seconds int, ok bool) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	parts := strings.Split(s[1:], ":")
	if len(parts) == 1 && (len(parts[0]) == 4 || len(parts[0]) == 3) {
		parts = []string{parts[0][:len(parts[0])-2], parts[0][len(parts[0])-2:]}
	}
	if len(parts) > 3 {
		return 0, false
	}
	unit := 3600
	for i, part := range parts {
		if len(part) == 0 || len(part) > 2 || leadingDigits(part) != len(part) {
			return 0, false
		}
		v, _ := strconv.Atoi(part)
		if i > 0 && v > 59 || v > 15 && i == 0 {
			return 0, false
		}
		seconds += v * unit
		unit /= 60
	}
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}
