package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"

	"github.com/mediaflight/mediaflight/udf/substrait"
)

// A Type is a pattern that Arrow types match: one type, a family of types, or a variable that stands for the same type
// throughout one signature.
type Type struct {
	Name  string // as the manual spells it: bigint, numeric, text, vector, anyelement, anyelement[]
	Match func(dt arrow.DataType) bool

	cast    func(from arrow.DataType) arrow.DataType // what an argument that does not match becomes; nil if nothing will do
	literal arrow.DataType                           // what an untyped literal becomes, if the other arguments don't say
	weight  int                                      // how unwillingly an untyped literal becomes that
	binds   variable
	alone   bool // an untyped literal does not take the type of the other argument
}

// A variable is what the argument at a pattern says about the type that the signature's variables stand for.
type variable int

const (
	none       variable = iota
	element             // the argument's type is the variable
	widest              // the same, and integers that meet real make it double precision, as operators do
	elementsOf          // the argument's elements have the variable's type
	keyOf               // the argument is a key of the signature's map
	mapOf               // the argument's keys have the key variable's type
)

// newJSONType is arrow.json over text.
func newJSONType() arrow.DataType {
	dt, err := extensions.NewJSONType(textType)
	if err != nil {
		panic(err)
	}
	return dt
}

func isJSON(dt arrow.DataType) bool {
	_, ok := dt.(*extensions.JSONType)
	return ok
}

// SQL's types in Arrow.
var (
	boolType        = arrow.FixedWidthTypes.Boolean
	int2Type        = arrow.PrimitiveTypes.Int16
	int4Type        = arrow.PrimitiveTypes.Int32
	int8Type        = arrow.PrimitiveTypes.Int64
	float4Type      = arrow.PrimitiveTypes.Float32
	float8Type      = arrow.PrimitiveTypes.Float64
	textType        = arrow.BinaryTypes.String
	byteaType       = arrow.BinaryTypes.Binary
	dateType        = arrow.FixedWidthTypes.Date32
	timeType        = arrow.FixedWidthTypes.Time64us
	timestampType   = arrow.DataType(&arrow.TimestampType{Unit: arrow.Microsecond})
	timestamptzType = arrow.DataType(&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"})
	intervalType    = arrow.FixedWidthTypes.MonthDayNanoInterval
	uuidType        = arrow.DataType(extensions.NewUUIDType())
	jsonType        = newJSONType()
)

// Patterns for the signatures of functions.
var (
	boolean     = one("boolean", boolType, 1)
	int2        = one("smallint", int2Type, 2)
	int4        = one("integer", int4Type, 2)
	int8        = one("bigint", int8Type, 2)
	float4      = one("real", float4Type, 2)
	float8      = one("double precision", float8Type, 1)
	text        = one("text", textType, 0)
	bytea       = one("bytea", byteaType, 2)
	date        = one("date", dateType, 2)
	clock       = one("time", timeType, 2)
	timestamp   = one("timestamp", timestampType, 2)
	timestamptz = one("timestamp with time zone", timestamptzType, 1)
	interval    = one("interval", intervalType, 1)
	jsonValue   = one("jsonb", jsonType, 1)

	numeric = Type{Name: "numeric", Match: isNumeric, literal: NumericOf(textType), weight: 2,
		cast: func(from arrow.DataType) arrow.DataType {
			if isInteger(from) {
				return NumericOf(from)
			}
			return nil
		}}
	// vector is vector(n) for any n, or real[]; arrays of other numbers become real[].
	vector = Type{Name: "vector", Match: isVector, literal: listOf(float4Type), weight: 2,
		cast: func(from arrow.DataType) arrow.DataType {
			if list, ok := from.(*arrow.ListType); ok && (isNumber(list.Elem()) || list.Elem().ID() == arrow.NULL) {
				return listOf(float4Type)
			}
			return nil
		}}

	// anyvalue is each argument's own type; scalarvalue all but arrays.
	anyvalue    = Type{Name: "any", Match: func(dt arrow.DataType) bool { return dt.ID() != arrow.NULL }, literal: textType, alone: true}
	scalarvalue = Type{Name: "any", alone: true, Match: func(dt arrow.DataType) bool { return dt.ID() != arrow.NULL && elementType(dt) == nil }}

	anyelement = Type{Name: "anyelement", Match: anything, binds: element}
	// comparable and ordered are what = and < take.
	comparable = Type{Name: "anyelement", Match: isComparable, binds: widest}
	ordered    = Type{Name: "anyelement", Match: isOrdered, binds: widest}
	anyarray   = Type{Name: "anyelement[]", Match: func(dt arrow.DataType) bool { return dt.ID() == arrow.LIST }, binds: elementsOf}
	anymap     = Type{Name: "map", Match: func(dt arrow.DataType) bool { return dt.ID() == arrow.MAP }, binds: mapOf}
	anykey     = Type{Name: "anykey", Match: isComparable, binds: keyOf}
)

// one is the pattern of a single type.
func one(name string, dt arrow.DataType, weight int) Type {
	return Type{
		Name:    name,
		Match:   func(other arrow.DataType) bool { return sameType(dt, other) },
		cast:    func(arrow.DataType) arrow.DataType { return dt },
		literal: dt, weight: weight,
	}
}

// returns is the result type of a signature that always has the same.
func returns(dt arrow.DataType) func([]arrow.DataType) (arrow.DataType, error) {
	return func([]arrow.DataType) (arrow.DataType, error) { return dt, nil }
}

// returnsArg is the result type of a signature that answers with its n-th argument's type, counted from 0.
func returnsArg(n int) func([]arrow.DataType) (arrow.DataType, error) {
	return func(in []arrow.DataType) (arrow.DataType, error) { return in[n], nil }
}

// returnsElement is the result type of a signature that answers with an element of its n-th argument.
func returnsElement(n int) func([]arrow.DataType) (arrow.DataType, error) {
	return func(in []arrow.DataType) (arrow.DataType, error) { return elementType(in[n]), nil }
}

// listOf is the type of arrays as plans spell it.
func listOf(elem arrow.DataType) *arrow.ListType { return substrait.ListOf(elem, true) }

func anything(arrow.DataType) bool { return true }

func isInteger(dt arrow.DataType) bool {
	switch dt.ID() {
	case arrow.INT16, arrow.INT32, arrow.INT64:
		return true
	}
	return false
}

func isFloat(dt arrow.DataType) bool {
	return dt.ID() == arrow.FLOAT32 || dt.ID() == arrow.FLOAT64
}

func isNumeric(dt arrow.DataType) bool { return dt.ID() == arrow.DECIMAL128 }

func isNumber(dt arrow.DataType) bool { return isInteger(dt) || isFloat(dt) || isNumeric(dt) }

func isVector(dt arrow.DataType) bool {
	switch dt := dt.(type) {
	case *arrow.FixedSizeListType:
		return dt.Elem().ID() == arrow.FLOAT32
	case *arrow.ListType:
		return dt.Elem().ID() == arrow.FLOAT32
	}
	return false
}

// isComparable tells types that = takes from those that it does not: all types that we have, nested ones included, but
// maps, which are equal in several orders of their keys.
func isComparable(dt arrow.DataType) bool {
	switch dt := dt.(type) {
	case *arrow.ListType:
		return isComparable(dt.Elem())
	case *arrow.FixedSizeListType:
		return isComparable(dt.Elem())
	case *arrow.StructType:
		for _, field := range dt.Fields() {
			if !isComparable(field.Type) {
				return false
			}
		}
		return true
	}
	switch dt.ID() {
	case arrow.BOOL, arrow.INT16, arrow.INT32, arrow.INT64, arrow.FLOAT32, arrow.FLOAT64, arrow.DECIMAL128, arrow.STRING, arrow.BINARY,
		arrow.DATE32, arrow.TIME64, arrow.TIMESTAMP, arrow.INTERVAL_MONTH_DAY_NANO, arrow.NULL:
		return true
	}
	return sameType(dt, uuidType) || isJSON(dt)
}

// isOrdered tells types that < takes: whatever is comparable has an order too.
func isOrdered(dt arrow.DataType) bool { return isComparable(dt) }

// elementType is the type of a list's or vector's elements, nil for other types.
func elementType(dt arrow.DataType) arrow.DataType {
	switch dt := dt.(type) {
	case *arrow.ListType:
		return dt.Elem()
	case *arrow.FixedSizeListType:
		return dt.Elem()
	}
	return nil
}

// sameType compares types as SQL does: names and nullability of what is inside lists and maps don't matter.
func sameType(a, b arrow.DataType) bool {
	if a == b {
		return true
	}
	if a.ID() != b.ID() {
		return false
	}
	switch a := a.(type) {
	case *arrow.ListType:
		return sameType(a.Elem(), b.(*arrow.ListType).Elem())
	case *arrow.FixedSizeListType:
		b := b.(*arrow.FixedSizeListType)
		return a.Len() == b.Len() && sameType(a.Elem(), b.Elem())
	case *arrow.MapType:
		b := b.(*arrow.MapType)
		return sameType(a.KeyType(), b.KeyType()) && sameType(a.ItemType(), b.ItemType())
	case *arrow.StructType:
		b := b.(*arrow.StructType)
		if a.NumFields() != b.NumFields() {
			return false
		}
		for i, field := range a.Fields() {
			if field.Name != b.Field(i).Name || !sameType(field.Type, b.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return arrow.TypeEqual(a, b)
}
