package udf

import "github.com/apache/arrow-go/v18/arrow"

// CommonType is the type that values of several types take together: in UNION, CASE, VALUES, COALESCE and ARRAY. Untyped
// literals follow the others; if all are untyped, they are text.
func CommonType(types []arrow.DataType) (arrow.DataType, error) {
	var common arrow.DataType
	for _, dt := range types {
		if dt.ID() == arrow.NULL {
			continue
		}
		if common == nil {
			common = dt
			continue
		}
		next, ok := common2(common, dt)
		if !ok {
			return nil, faultf(stateDatatypeMismatch, "types %s and %s cannot be matched", plainName(common), plainName(dt))
		}
		common = next
	}
	if common == nil {
		return textType, nil
	}
	return common, nil
}

func common2(a, b arrow.DataType) (arrow.DataType, bool) {
	switch {
	case sameType(a, b):
		return a, true
	case a.ID() == arrow.NULL:
		return b, true
	case b.ID() == arrow.NULL:
		return a, true
	case isNumber(a) && isNumber(b):
		return commonNumber(a, b), true
	}
	switch a := a.(type) {
	case *arrow.ListType:
		if elem := elementType(b); elem != nil {
			return commonList(a.Elem(), elem)
		}
		return nil, false
	case *arrow.FixedSizeListType:
		if elem := elementType(b); elem != nil {
			return commonList(a.Elem(), elem)
		}
		return nil, false
	case *arrow.StructType:
		return commonStruct(a, b)
	case *arrow.MapType:
		return commonMap(a, b)
	}
	if CanCast(a, b, Implicit) {
		return b, true
	}
	return a, CanCast(b, a, Implicit)
}

func commonNumber(a, b arrow.DataType) arrow.DataType {
	switch {
	case a.ID() == arrow.FLOAT64 || b.ID() == arrow.FLOAT64:
		return float8Type
	case a.ID() == arrow.FLOAT32 || b.ID() == arrow.FLOAT32:
		return float4Type
	case isNumeric(a) || isNumeric(b):
		return widestNumeric(NumericOf(a).(*arrow.Decimal128Type), NumericOf(b).(*arrow.Decimal128Type))
	case a.ID() > b.ID():
		return a
	}
	return b
}

func commonList(a, b arrow.DataType) (arrow.DataType, bool) {
	elem, ok := common2(a, b)
	if !ok {
		return nil, false
	}
	return listOf(elem), true
}

func commonStruct(a *arrow.StructType, other arrow.DataType) (arrow.DataType, bool) {
	b, ok := other.(*arrow.StructType)
	if !ok || a.NumFields() != b.NumFields() {
		return nil, false
	}
	fields := make([]arrow.Field, a.NumFields())
	for i, field := range a.Fields() {
		dt, ok := common2(field.Type, b.Field(i).Type)
		if !ok {
			return nil, false
		}
		fields[i] = arrow.Field{Name: field.Name, Type: dt, Nullable: true}
	}
	return arrow.StructOf(fields...), true
}

func commonMap(a *arrow.MapType, other arrow.DataType) (arrow.DataType, bool) {
	b, ok := other.(*arrow.MapType)
	if !ok {
		return nil, false
	}
	key, ok1 := common2(a.KeyType(), b.KeyType())
	item, ok2 := common2(a.ItemType(), b.ItemType())
	if !ok1 || !ok2 {
		return nil, false
	}
	return arrow.MapOf(key, item), true
}
