package shell

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// text is a value as a column of text shows it; NULL is the caller's matter.
func text(a arrow.Array, row int) string {
	switch a := a.(type) {
	case *array.String:
		return a.Value(row)
	case *array.Boolean:
		return strconv.FormatBool(a.Value(row))
	case *array.Float32:
		return float(float64(a.Value(row)), 32)
	case *array.Float64:
		return float(a.Value(row), 64)
	case *array.Decimal128:
		return a.Value(row).ToString(a.DataType().(*arrow.Decimal128Type).Scale)
	case *array.Binary:
		return fmt.Sprintf(`\x%x`, a.Value(row))
	case *array.FixedSizeBinary:
		return fmt.Sprintf(`\x%x`, a.Value(row))
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		at := a.Value(row).ToTime(t.Unit)
		if t.TimeZone == "" {
			return at.Format("2006-01-02 15:04:05.999999")
		}
		return at.Format("2006-01-02 15:04:05.999999-07")
	case *array.Time64:
		return a.Value(row).ToTime(a.DataType().(*arrow.Time64Type).Unit).Format("15:04:05.999999")
	case *array.MonthDayNanoInterval:
		return interval(a.Value(row))
	case array.ListLike, *array.Struct:
		return nested(a, row)
	}
	return a.ValueStr(row)
}

// float is a number as PostgreSQL writes it: the fewest digits that tell it apart, with an exponent where it is very
// large or small.
func float(f float64, bits int) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	largest := 1e15
	if bits == 32 {
		largest = 1e6
	}
	if size := math.Abs(f); size == 0 || size >= 1e-4 && size < largest {
		return strconv.FormatFloat(f, 'f', -1, bits)
	}
	return strconv.FormatFloat(f, 'e', -1, bits)
}

// short is text cut to what fits a terminal: of a vector, the first elements and how many there are.
func short(a arrow.Array, row int) string {
	const shown = 3
	list, ok := a.(*array.FixedSizeList)
	if !ok {
		return text(a, row)
	}
	from, to := list.ValueOffsets(row)
	if to-from <= 2*shown {
		return text(a, row)
	}
	parts := make([]string, 0, shown)
	for i := from; i < from+shown; i++ {
		parts = append(parts, element(list.ListValues(), int(i)))
	}
	return fmt.Sprintf("[%s, ... %d]", strings.Join(parts, ", "), to-from)
}

// nested shows lists, maps and structs as JSON.
func nested(a arrow.Array, row int) string {
	switch a := a.(type) {
	case *array.Map:
		from, to := a.ValueOffsets(row)
		var parts []string
		for i := int(from); i < int(to); i++ {
			parts = append(parts, quoted(a.Keys(), i)+": "+element(a.Items(), i))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case array.ListLike:
		from, to := a.ValueOffsets(row)
		var parts []string
		for i := int(from); i < int(to); i++ {
			parts = append(parts, element(a.ListValues(), i))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *array.Struct:
		t := a.DataType().(*arrow.StructType)
		var parts []string
		for i, f := range t.Fields() {
			parts = append(parts, jsonText(f.Name)+": "+element(a.Field(i), row))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return text(a, row)
}

// element is a value as JSON.
func element(a arrow.Array, row int) string {
	if a.IsNull(row) {
		return "null"
	}
	switch a.DataType().ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64, arrow.BOOL,
		arrow.DECIMAL128, arrow.LIST, arrow.MAP, arrow.STRUCT, arrow.FIXED_SIZE_LIST, arrow.LARGE_LIST:
		return text(a, row)
	case arrow.FLOAT32, arrow.FLOAT64:
		s := text(a, row)
		if strings.ContainsAny(s, "NI") { // NaN and Inf are not numbers in JSON
			return `"` + s + `"`
		}
		return s
	}
	return quoted(a, row)
}

func quoted(a arrow.Array, row int) string { return jsonText(text(a, row)) }

// jsonText is s as JSON; what is not UTF-8 in it becomes U+FFFD.
func jsonText(s string) string {
	quoted, _ := json.Marshal(s) // a string cannot fail
	return string(quoted)
}

// interval is PostgreSQL's way of writing an interval.
func interval(v arrow.MonthDayNanoInterval) string {
	var parts []string
	negative := false // the part before was: a positive one then has its sign
	unit := func(n int32, name string) {
		if n == 0 {
			return
		}
		sign := ""
		if negative && n > 0 {
			sign = "+"
		}
		if n != 1 {
			name += "s"
		}
		parts = append(parts, fmt.Sprintf("%s%d %s", sign, n, name))
		negative = n < 0
	}
	unit(v.Months/12, "year")
	unit(v.Months%12, "mon")
	unit(v.Days, "day")
	if v.Nanoseconds != 0 || len(parts) == 0 {
		micros, sign := v.Nanoseconds/1000, ""
		if micros < 0 {
			micros, sign = -micros, "-"
		} else if negative {
			sign = "+"
		}
		clock := fmt.Sprintf("%s%02d:%02d:%02d", sign, micros/3_600_000_000, micros/60_000_000%60, micros/1_000_000%60)
		if rest := micros % 1_000_000; rest != 0 {
			clock += strings.TrimRight(fmt.Sprintf(".%06d", rest), "0")
		}
		parts = append(parts, clock)
	}
	return strings.Join(parts, " ")
}

// isNumber tells the types that stand at the right of their column.
func isNumber(dt arrow.DataType) bool {
	return arrow.IsInteger(dt.ID()) || arrow.IsFloating(dt.ID()) || arrow.IsDecimal(dt.ID())
}
