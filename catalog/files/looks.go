package files

import (
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// looks are the types that a text can be read as, text itself aside.
type looks uint8

const (
	looksBool looks = 1 << iota
	looksInteger
	looksDouble
	looksDate
	looksTimestamp
	looksTimestampTZ

	looksAny looks = 1<<iota - 1
)

// lookOf says what a text looks like. It is stricter than the casts of SQL: 007 is no number, it would lose its zeros.
func lookOf(text string) looks {
	if text == "" {
		return 0
	}
	switch c := text[0]; {
	case c == 't' || c == 'T' || c == 'f' || c == 'F':
		if strings.EqualFold(text, "true") || strings.EqualFold(text, "false") {
			return looksBool
		}
		return 0
	case text == "NaN" || text == "Infinity" || text == "-Infinity":
		return looksDouble
	case c != '-' && c != '.' && (c < '0' || c > '9'):
		return 0
	}
	if look := lookOfNumber(text); look != 0 {
		return look
	}
	if _, ok := parseDate(text); ok {
		return looksDate | looksTimestamp
	}
	if _, zone, ok := parseTimestamp(text); ok && zone {
		return looksTimestampTZ
	} else if ok {
		return looksTimestamp
	}
	return 0
}

// lookOfNumber: digits that int64 does not hold are no number, double would change them.
func lookOfNumber(text string) looks {
	digits := strings.TrimPrefix(text, "-")
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return 0
	}
	if strings.Trim(digits, "0123456789") == "" {
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return 0
		}
		return looksInteger | looksDouble
	}
	if strings.Trim(digits, "0123456789.eE+-") != "" {
		return 0
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return 0
	}
	return looksDouble
}

// typ is the narrowest type that all texts seen can be read as.
func (l looks) typ() arrow.DataType {
	switch {
	case l == looksAny: // nothing was seen
		return arrow.BinaryTypes.String
	case l&looksBool != 0:
		return arrow.FixedWidthTypes.Boolean
	case l&looksInteger != 0:
		return arrow.PrimitiveTypes.Int64
	case l&looksDouble != 0:
		return arrow.PrimitiveTypes.Float64
	case l&looksDate != 0:
		return arrow.FixedWidthTypes.Date32
	case l&looksTimestamp != 0:
		return &arrow.TimestampType{Unit: arrow.Microsecond}
	case l&looksTimestampTZ != 0:
		return arrow.FixedWidthTypes.Timestamp_us
	}
	return arrow.BinaryTypes.String
}
