package udf

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf/substrait"
)

// TypeName spells a type as PostgreSQL does: bigint, numeric(10,2), text[], timestamp with time zone; and vector(384).
func TypeName(dt arrow.DataType) string { return spellType(dt, true) }

// plainName spells a type without its modifiers, as PostgreSQL does in errors: numeric, vector.
func plainName(dt arrow.DataType) string { return spellType(dt, false) }

func spellType(dt arrow.DataType, withModifiers bool) string {
	switch dt := dt.(type) {
	case *arrow.NullType:
		return "unknown"
	case *arrow.BooleanType:
		return "boolean"
	case *arrow.Int16Type:
		return "smallint"
	case *arrow.Int32Type:
		return "integer"
	case *arrow.Int64Type:
		return "bigint"
	case *arrow.Float32Type:
		return "real"
	case *arrow.Float64Type:
		return "double precision"
	case *arrow.Decimal128Type:
		if !withModifiers {
			return "numeric"
		}
		return fmt.Sprintf("numeric(%d,%d)", dt.Precision, dt.Scale)
	case *arrow.StringType:
		return "text"
	case *arrow.BinaryType:
		return "bytea"
	case *arrow.Date32Type:
		return "date"
	case *arrow.Time64Type:
		return "time without time zone"
	case *arrow.TimestampType:
		if dt.TimeZone == "" {
			return "timestamp without time zone"
		}
		return "timestamp with time zone"
	case *arrow.MonthDayNanoIntervalType:
		return "interval"
	case *arrow.ListType:
		return spellType(dt.Elem(), withModifiers) + "[]"
	case *arrow.FixedSizeListType:
		name := spellType(dt.Elem(), withModifiers) + "[]"
		if isVector(dt) {
			name = "vector"
		}
		if !withModifiers {
			return name
		}
		return fmt.Sprintf("%s(%d)", name, dt.Len())
	case *arrow.StructType:
		fields := make([]string, dt.NumFields())
		for i, field := range dt.Fields() {
			fields[i] = quoteIdent(field.Name) + " " + spellType(field.Type, withModifiers)
		}
		return "struct(" + strings.Join(fields, ", ") + ")"
	case *arrow.MapType:
		return "map(" + spellType(dt.KeyType(), withModifiers) + ", " + spellType(dt.ItemType(), withModifiers) + ")"
	}
	if sameType(dt, uuidType) {
		return "uuid"
	}
	if isJSON(dt) {
		return "jsonb"
	}
	return dt.String()
}

// typeNames are the names of types that take no modifiers, or whose modifiers Arrow cannot keep: the length of varchar(n)
// is accepted and not enforced, as the standard's maximum would have to be stored with the column.
var typeNames = map[string]arrow.DataType{
	"bool": boolType, "boolean": boolType,
	"int2": int2Type, "smallint": int2Type,
	"int": int4Type, "int4": int4Type, "integer": int4Type,
	"int8": int8Type, "bigint": int8Type,
	"float4": float4Type, "real": float4Type,
	"float8": float8Type, "double precision": float8Type, "double": float8Type,
	"text": textType, "varchar": textType, "character varying": textType, "bpchar": textType, "char": textType,
	"character": textType, "name": textType, "string": textType,
	"bytea": byteaType, "blob": byteaType, "binary": byteaType, "varbinary": byteaType, "binary varying": byteaType,
	"date": dateType,
	"time": timeType, "time without time zone": timeType,
	"timestamp": timestampType, "timestamp without time zone": timestampType, "datetime": timestampType,
	"timestamptz": timestamptzType, "timestamp with time zone": timestamptzType,
	"interval": intervalType,
	"uuid":     uuidType,
	"json":     jsonType, "jsonb": jsonType,
}

// TypeNamed is the type of a name in lower case and its modifiers: "int8"; "vector", 384; "numeric", 10, 2; "text[]".
// Numeric without precision is numeric(38,16); a cast to it from a known type should rather take NumericOf that type.
// Vector without a length is real[], which vector functions take just as well.
func TypeNamed(name string, mods []int) (arrow.DataType, error) {
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		dt, err := TypeNamed(elem, mods)
		if err != nil {
			return nil, err
		}
		return listOf(dt), nil
	}
	switch name {
	case "numeric", "decimal", "dec":
		return numericNamed(mods)
	case "float":
		return floatNamed(mods)
	case "vector":
		return vectorNamed(mods)
	}
	dt, ok := typeNames[name]
	if !ok {
		return nil, &Error{Function: name, State: stateUndefinedObject, Msg: fmt.Sprintf("type %q does not exist", name), Hint: didYouMean(name, knownTypes())}
	}
	if len(mods) > 1 {
		return nil, faultf(stateInvalidParameter, "invalid type modifier for type %s", name)
	}
	return dt, nil
}

func knownTypes() []string {
	names := []string{"numeric", "decimal", "float", "vector"}
	for name := range typeNames {
		names = append(names, name)
	}
	return names
}

func numericNamed(mods []int) (arrow.DataType, error) {
	switch {
	case len(mods) == 0:
		return numericType(maxPrecision, freeScale), nil
	case len(mods) > 2:
		return nil, faultf(stateInvalidParameter, "invalid NUMERIC type modifier")
	case mods[0] < 1 || mods[0] > maxPrecision:
		return nil, faultf(stateInvalidParameter, "NUMERIC precision %d must be between 1 and %d", mods[0], maxPrecision)
	case len(mods) == 1:
		return numericType(int32(mods[0]), 0), nil
	case mods[1] < 0 || mods[1] > mods[0]:
		return nil, faultf(stateInvalidParameter, "NUMERIC scale %d must be between 0 and precision %d", mods[1], mods[0])
	}
	return numericType(int32(mods[0]), int32(mods[1])), nil
}

func floatNamed(mods []int) (arrow.DataType, error) {
	switch {
	case len(mods) == 0:
		return float8Type, nil
	case len(mods) > 1 || mods[0] < 1:
		return nil, faultf(stateInvalidParameter, "precision for type float must be at least 1 bit")
	case mods[0] <= 24:
		return float4Type, nil
	case mods[0] <= 53:
		return float8Type, nil
	}
	return nil, faultf(stateInvalidParameter, "precision for type float must be less than 54 bits")
}

// maxDimensions bounds what one row of a vector column can take: 256 KiB.
const maxDimensions = 1 << 16

func vectorNamed(mods []int) (arrow.DataType, error) {
	switch {
	case len(mods) == 0:
		return listOf(float4Type), nil
	case len(mods) > 1:
		return nil, faultf(stateInvalidParameter, "invalid type modifier for type vector")
	case mods[0] < 1:
		return nil, faultf(stateInvalidParameter, "dimensions for type vector must be at least 1")
	case mods[0] > maxDimensions:
		return nil, faultf(stateInvalidParameter, "dimensions for type vector cannot exceed %d", maxDimensions)
	}
	return substrait.VectorOf(mods[0]), nil
}
