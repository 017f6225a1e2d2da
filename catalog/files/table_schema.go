package files

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
)

// TableSchema is the schema of a new table for a source's rows. Types become those that tables have, as README.md
// lists; embeddings become vectors. Every column may be NULL. A type that tables cannot hold is an *Error 0A000.
func TableSchema(s *arrow.Schema) (*arrow.Schema, error) {
	fields := make([]arrow.Field, s.NumFields())
	for i, f := range s.Fields() {
		typ, err := columnType(f)
		if err != nil {
			return nil, err
		}
		fields[i] = arrow.Field{Name: f.Name, Type: typ, Nullable: true}
	}
	return arrow.NewSchema(fields, nil), nil
}

// columnType is tableType, but for vectors, which are columns and never within one.
func columnType(f arrow.Field) (arrow.DataType, error) {
	typ := storage(f.Type)
	if list, ok := typ.(*arrow.FixedSizeListType); ok && list.Len() > 0 && isFloat(list.Elem()) {
		return arrow.FixedSizeListOfNonNullable(list.Len(), arrow.PrimitiveTypes.Float32), nil
	}
	if n := listLength(f); n > 0 {
		return arrow.FixedSizeListOfNonNullable(n, arrow.PrimitiveTypes.Float32), nil
	}
	table, err := tableType(typ)
	if err != nil {
		return nil, &Error{Column: f.Name, State: stateUnsupported, Msg: err.Error(), Hint: "leave the column out, or write it as another type"}
	}
	return table, nil
}

// storage is the type without extension, but for uuid.
func storage(typ arrow.DataType) arrow.DataType {
	if _, ok := typ.(*extensions.UUIDType); ok {
		return typ
	}
	if ext, ok := typ.(arrow.ExtensionType); ok {
		return ext.StorageType()
	}
	return typ
}

// tableType is the type that holds every value of another: the smallest one of those that tables have.
func tableType(typ arrow.DataType) (arrow.DataType, error) {
	typ = storage(typ)
	switch t := typ.(type) {
	case *arrow.BooleanType, *arrow.Int32Type, *arrow.Int64Type, *arrow.Float32Type, *arrow.Float64Type,
		*arrow.StringType, *arrow.BinaryType, *arrow.FixedSizeBinaryType, *arrow.Date32Type, *extensions.UUIDType:
		return typ, nil
	case *arrow.Int8Type, *arrow.Uint8Type, *arrow.Int16Type, *arrow.Uint16Type:
		return arrow.PrimitiveTypes.Int32, nil
	case *arrow.Uint32Type:
		return arrow.PrimitiveTypes.Int64, nil
	case *arrow.Uint64Type:
		return &arrow.Decimal128Type{Precision: 20}, nil
	case *arrow.Float16Type:
		return arrow.PrimitiveTypes.Float32, nil
	case *arrow.NullType, *arrow.LargeStringType, *arrow.StringViewType:
		return arrow.BinaryTypes.String, nil
	case *arrow.LargeBinaryType, *arrow.BinaryViewType:
		return arrow.BinaryTypes.Binary, nil
	case *arrow.Date64Type:
		return arrow.FixedWidthTypes.Date32, nil
	case *arrow.Time32Type, *arrow.Time64Type:
		return arrow.FixedWidthTypes.Time64us, nil
	case *arrow.TimestampType:
		if t.TimeZone != "" {
			return arrow.FixedWidthTypes.Timestamp_us, nil
		}
		return &arrow.TimestampType{Unit: arrow.Microsecond}, nil
	case *arrow.DurationType:
		return arrow.PrimitiveTypes.Int64, nil
	case arrow.DecimalType:
		if t.GetPrecision() > 38 || t.GetScale() < 0 || t.GetScale() > t.GetPrecision() {
			return nil, fmt.Errorf("tables have decimals of up to 38 digits, not %s", typ)
		}
		return &arrow.Decimal128Type{Precision: t.GetPrecision(), Scale: t.GetScale()}, nil
	case *arrow.DictionaryType:
		return tableType(t.ValueType)
	case *arrow.StructType:
		return tableStruct(t)
	case *arrow.MapType:
		key, err := tableType(t.KeyType())
		if err != nil {
			return nil, err
		}
		item, err := tableType(t.ItemType())
		if err != nil {
			return nil, err
		}
		return arrow.MapOf(key, item), nil
	case arrow.ListLikeType:
		element, err := tableType(t.Elem())
		if err != nil {
			return nil, err
		}
		return arrow.ListOf(element), nil
	}
	return nil, fmt.Errorf("tables cannot hold the type %s", typ)
}

func tableStruct(t *arrow.StructType) (arrow.DataType, error) {
	if t.NumFields() == 0 {
		return nil, fmt.Errorf("tables cannot hold a struct without fields")
	}
	fields := make([]arrow.Field, t.NumFields())
	for i, f := range t.Fields() {
		typ, err := tableType(f.Type)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Name, err)
		}
		fields[i] = arrow.Field{Name: f.Name, Type: typ, Nullable: true}
	}
	return arrow.StructOf(fields...), nil
}
