package iceberg

import (
	"encoding/hex"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// defaultValue is the value of an array of one row as Iceberg's JSON has it; ok is false for types that can have no default there.
// constantArray reads it.
func defaultValue(a arrow.Array) (value any, ok bool) {
	switch a := a.(type) {
	case *array.Boolean:
		return a.Value(0), true
	case *array.Int16:
		return int32(a.Value(0)), true
	case *array.Int32:
		return a.Value(0), true
	case *array.Int64:
		return a.Value(0), true
	case *array.Float32:
		return a.Value(0), true
	case *array.Float64:
		return a.Value(0), true
	case *array.String:
		return a.Value(0), true
	case *array.Binary:
		return hex.EncodeToString(a.Value(0)), true
	case *array.Decimal128:
		return a.ValueStr(0), true
	case *array.Date32:
		return a.Value(0).ToTime().Format(time.DateOnly), true
	case *array.Time64:
		return a.Value(0).ToTime(arrow.Microsecond).Format("15:04:05.000000"), true
	case *array.Timestamp:
		text := a.Value(0).ToTime(arrow.Microsecond).Format("2006-01-02T15:04:05.000000")
		if a.DataType().(*arrow.TimestampType).TimeZone != "" {
			text += "+00:00"
		}
		return text, true
	case *extensions.UUIDArray:
		return a.Value(0).String(), true
	}
	return nil, false
}

// defaultText is a column's default as an expression of SQL: what our property says, or the value that another engine set.
func (c column) defaultText(properties map[string]string) (string, bool) {
	if text, ok := properties[defaultPrefix+c.field.Name]; ok {
		return text, true
	}
	if c.field.WriteDefault == nil || c.arrow.Type == arrow.Null {
		return "", false
	}
	a, err := constantArray(c.field.Type, c.arrow.Type, c.field.WriteDefault)
	if err != nil {
		return "", false
	}
	defer a.Release()
	return catalog.Quote(udf.FormatValue(a, 0, &udf.Env{})), true
}
