package files

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/udf"
)

// textType is the type that text for a column is read as: the column's, or text for Convert to cast.
func textType(typ arrow.DataType) arrow.DataType {
	switch typ.ID() {
	case arrow.BOOL, arrow.INT32, arrow.INT64, arrow.FLOAT32, arrow.FLOAT64, arrow.DATE32, arrow.TIMESTAMP:
		return typ
	}
	return arrow.BinaryTypes.String
}

// appendText appends a text as a value of the builder's type, one of textType's, unless it is none.
func appendText(b array.Builder, text string) bool {
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(text)
		return utf8.ValidString(text)
	case *array.BooleanBuilder:
		v, ok := parseBool(text)
		b.Append(v)
		return ok
	case *array.Int32Builder:
		v, err := strconv.ParseInt(text, 10, 32)
		b.Append(int32(v))
		return err == nil
	case *array.Int64Builder:
		v, err := strconv.ParseInt(text, 10, 64)
		b.Append(v)
		return err == nil
	case *array.Float32Builder:
		v, err := strconv.ParseFloat(text, 32)
		b.Append(float32(v))
		return err == nil
	case *array.Float64Builder:
		v, err := strconv.ParseFloat(text, 64)
		b.Append(v)
		return err == nil
	case *array.Date32Builder:
		v, ok := parseDate(text)
		b.Append(arrow.Date32(v))
		return ok
	case *array.TimestampBuilder:
		v, zone, ok := parseTimestamp(text)
		b.Append(arrow.Timestamp(v))
		return ok && (!zone || b.Type().(*arrow.TimestampType).TimeZone != "")
	}
	return false
}

// parseBool reads what PostgreSQL does.
func parseBool(text string) (v, ok bool) {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "on", "1":
		return true, true
	case "false", "f", "no", "n", "off", "0":
		return false, true
	}
	return false, false
}

// invalidText is what PostgreSQL says of a text that is no value of a type.
func invalidText(typ arrow.DataType, text string) (state, msg string) {
	if typ.ID() == arrow.STRING {
		return stateNotUTF8, fmt.Sprintf("invalid byte sequence for encoding \"UTF8\": %q", shorten(text))
	}
	if isExact(typ) && lookOfNumber(text)&looksInteger != 0 {
		return stateOutOfRange, fmt.Sprintf("value %q is out of range for type %s", text, udf.TypeName(typ))
	}
	return stateInvalidText, fmt.Sprintf("invalid input syntax for type %s: %q", udf.TypeName(typ), shorten(text))
}

// shorten cuts a text for a message.
func shorten(text string) string {
	const most = 60
	if len(text) <= most {
		return strings.Clone(text)
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
