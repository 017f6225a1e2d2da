package udf

import "github.com/apache/arrow-go/v18/arrow"

// A CastKind says where a cast may happen.
type CastKind int

const (
	Implicit   CastKind = iota // in any expression, unasked
	Assignment                 // where a value goes into a column of another type
	Explicit                   // where CAST or :: asks for it
)

// CanCast reports whether there is a cast from one type to another where how says. The rules are those of PostgreSQL's
// pg_cast: integers widen to numeric and floating point on their own, dates to timestamps; whatever may lose something
// waits for an assignment; text becomes another type only when asked.
func CanCast(from, to arrow.DataType, how CastKind) bool {
	needed, ok := castKind(from, to)
	return ok && needed <= how
}

// castKind is the least of the places where a cast may happen; false if it never may.
func castKind(from, to arrow.DataType) (CastKind, bool) {
	if sameType(from, to) || from.ID() == arrow.NULL {
		return Implicit, true
	}
	switch {
	case to.ID() == arrow.STRING:
		return Assignment, true
	case from.ID() == arrow.STRING:
		return Explicit, hasText(to)
	case isNumber(from) && isNumber(to):
		return numberCast(from, to), true
	case from.ID() == arrow.BOOL && isInteger(to), isInteger(from) && to.ID() == arrow.BOOL:
		return Explicit, true
	}
	switch from := from.(type) {
	case *arrow.Date32Type:
		return Implicit, to.ID() == arrow.TIMESTAMP
	case *arrow.TimestampType:
		switch to := to.(type) {
		case *arrow.TimestampType:
			if from.TimeZone == "" {
				return Implicit, to.TimeZone != ""
			}
			return Assignment, true
		case *arrow.Date32Type, *arrow.Time64Type:
			return Assignment, true
		}
	case *arrow.Time64Type:
		return Implicit, to.ID() == arrow.INTERVAL_MONTH_DAY_NANO
	case *arrow.MonthDayNanoIntervalType:
		return Assignment, to.ID() == arrow.TIME64
	case *arrow.BinaryType:
		return Explicit, sameType(to, uuidType)
	case *arrow.ListType:
		return listCast(from.Elem(), to)
	case *arrow.FixedSizeListType:
		return vectorCast(from, to)
	case *arrow.StructType:
		return structCast(from, to)
	case *arrow.MapType:
		if to, ok := to.(*arrow.MapType); ok {
			keys, ok1 := castKind(from.KeyType(), to.KeyType())
			items, ok2 := castKind(from.ItemType(), to.ItemType())
			return max(keys, items), ok1 && ok2
		}
	}
	if sameType(from, uuidType) {
		return Explicit, to.ID() == arrow.BINARY
	}
	if isJSON(from) {
		return Explicit, to.ID() == arrow.BOOL || isNumber(to)
	}
	return 0, false
}

// hasText tells the types that can be read from text.
func hasText(dt arrow.DataType) bool {
	if dt, ok := dt.(*arrow.ListType); ok {
		return hasText(dt.Elem())
	}
	switch dt.ID() {
	case arrow.STRUCT, arrow.MAP, arrow.NULL:
		return false
	case arrow.FIXED_SIZE_LIST:
		return isVector(dt)
	}
	return isComparable(dt)
}

func numberCast(from, to arrow.DataType) CastKind {
	switch {
	case isInteger(from) && isInteger(to):
		if from.ID() < to.ID() {
			return Implicit
		}
		return Assignment
	case isInteger(from), isNumeric(from) && isFloat(to), from.ID() == arrow.FLOAT32 && to.ID() == arrow.FLOAT64:
		return Implicit
	case isNumeric(from) && isNumeric(to):
		// Any numeric is a numeric; the precision of a column is a matter of assignment and checked there.
		return Implicit
	}
	return Assignment
}

func listCast(elem, to arrow.DataType) (CastKind, bool) {
	switch to := to.(type) {
	case *arrow.ListType:
		return castKind(elem, to.Elem())
	case *arrow.FixedSizeListType:
		_, ok := castKind(elem, to.Elem())
		return Assignment, ok && isNumber(elem)
	}
	return 0, false
}

func vectorCast(from *arrow.FixedSizeListType, to arrow.DataType) (CastKind, bool) {
	switch to := to.(type) {
	case *arrow.ListType:
		return castKind(from.Elem(), to.Elem())
	case *arrow.FixedSizeListType:
		_, ok := castKind(from.Elem(), to.Elem())
		return Assignment, ok
	}
	return 0, false
}

func structCast(from *arrow.StructType, to arrow.DataType) (CastKind, bool) {
	target, ok := to.(*arrow.StructType)
	if !ok || target.NumFields() != from.NumFields() {
		return 0, false
	}
	needed := Implicit
	for i, field := range from.Fields() {
		kind, ok := castKind(field.Type, target.Field(i).Type)
		if !ok {
			return 0, false
		}
		needed = max(needed, kind)
	}
	return needed, true
}

// castCost orders the implicit casts of one type: overloads are chosen by the least sum. The figures make the choices
// that PostgreSQL's rules make: the nearest integer, then double precision before numeric for a lone integer, numeric where
// another argument is one, and double precision, never real, where real meets another number.
func castCost(from, to arrow.DataType) int {
	if sameType(from, to) || isNumeric(from) && isNumeric(to) {
		return 0
	}
	switch {
	case isInteger(from) && isInteger(to):
		return 1
	case isInteger(from) && isNumeric(to):
		return 4
	case isInteger(from) && to.ID() == arrow.FLOAT64:
		return 3
	case isInteger(from):
		return 5
	case isNumeric(from) && to.ID() == arrow.FLOAT64:
		return 6
	case isNumeric(from):
		return 8
	case from.ID() == arrow.DATE32 && sameType(to, timestamptzType):
		return 1
	case from.ID() == arrow.DATE32:
		return 2
	case from.ID() == arrow.TIMESTAMP:
		return 3
	case elementType(from) != nil && elementType(to) != nil:
		return 1 + castCost(elementType(from), elementType(to))
	}
	return 1
}
