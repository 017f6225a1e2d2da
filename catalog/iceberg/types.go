package iceberg

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/iceberg-go"

	"github.com/mediaflight/mediaflight/catalog"
)

// unreadableKey is the metadata key of a field that cannot be read, as its Iceberg type has no counterpart here: its
// value is that type. The field's own type is null.
const unreadableKey = "mediaflight.unreadable"

// fieldIDKey is the metadata key under which catalog/parquet finds a field's id.
const fieldIDKey = "PARQUET:field_id"

var (
	timestamp   = &arrow.TimestampType{Unit: arrow.Microsecond}
	timestampTZ = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	timeOfDay   = &arrow.Time64Type{Unit: arrow.Microsecond}
)

// vectorStorage is what vectors are stored as.
var vectorStorage = arrow.ListOfNonNullable(arrow.PrimitiveTypes.Float32)

// toIceberg is the Iceberg type that stores values of an Arrow type. Iceberg knows no smallint: it becomes int. A
// vector becomes a list; its length is kept in the table's properties, which is why only columns can be vectors.
func toIceberg(dt arrow.DataType, nextID func() int) (iceberg.Type, error) {
	switch dt := dt.(type) {
	case *arrow.BooleanType:
		return iceberg.PrimitiveTypes.Bool, nil
	case *arrow.Int16Type, *arrow.Int32Type:
		return iceberg.PrimitiveTypes.Int32, nil
	case *arrow.Int64Type:
		return iceberg.PrimitiveTypes.Int64, nil
	case *arrow.Float32Type:
		return iceberg.PrimitiveTypes.Float32, nil
	case *arrow.Float64Type:
		return iceberg.PrimitiveTypes.Float64, nil
	case *arrow.Decimal128Type:
		return iceberg.DecimalTypeOf(int(dt.Precision), int(dt.Scale)), nil
	case *arrow.StringType:
		return iceberg.PrimitiveTypes.String, nil
	case *arrow.BinaryType:
		return iceberg.PrimitiveTypes.Binary, nil
	case *arrow.FixedSizeBinaryType:
		return iceberg.FixedTypeOf(dt.ByteWidth), nil
	case *arrow.Date32Type:
		return iceberg.PrimitiveTypes.Date, nil
	case *arrow.Time64Type:
		if dt.Unit == arrow.Microsecond {
			return iceberg.PrimitiveTypes.Time, nil
		}
	case *arrow.TimestampType:
		if dt.Unit == arrow.Microsecond && dt.TimeZone == "" {
			return iceberg.PrimitiveTypes.Timestamp, nil
		}
		if dt.Unit == arrow.Microsecond {
			return iceberg.PrimitiveTypes.TimestampTz, nil
		}
	case *extensions.UUIDType:
		return iceberg.PrimitiveTypes.UUID, nil
	case *arrow.ListType:
		id := nextID()
		element, err := toIceberg(dt.Elem(), nextID)
		return &iceberg.ListType{ElementID: id, Element: element, ElementRequired: !dt.ElemField().Nullable}, err
	case *arrow.StructType:
		fields, err := toIcebergFields(dt.Fields(), nextID)
		return &iceberg.StructType{FieldList: fields}, err
	case *arrow.MapType:
		keyID, valueID := nextID(), nextID()
		key, err := toIceberg(dt.KeyType(), nextID)
		if err != nil {
			return nil, err
		}
		value, err := toIceberg(dt.ItemType(), nextID)
		return &iceberg.MapType{KeyID: keyID, KeyType: key, ValueID: valueID, ValueType: value, ValueRequired: !dt.ItemField().Nullable}, err
	}
	return nil, fmt.Errorf("no Iceberg type stores %s", dt)
}

func toIcebergFields(fields []arrow.Field, nextID func() int) ([]iceberg.NestedField, error) {
	out := make([]iceberg.NestedField, len(fields))
	for i := range fields {
		out[i].ID = nextID()
	}
	for i, f := range fields {
		var err error
		if dim := vectorDim(f.Type); dim > 0 {
			f.Type = vectorStorage
		}
		if out[i].Type, err = toIceberg(f.Type, nextID); err != nil {
			return nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		out[i].Name, out[i].Required = f.Name, !f.Nullable
		out[i].Doc, _ = f.Metadata.GetValue(catalog.CommentKey)
	}
	return out, nil
}

// vectorDim is the length of a vector type, or 0 for other types.
func vectorDim(dt arrow.DataType) int {
	if list, ok := dt.(*arrow.FixedSizeListType); ok && list.Elem().ID() == arrow.FLOAT32 {
		return int(list.Len())
	}
	return 0
}

// fromIceberg is the Arrow type that values of an Iceberg type are read as; nil if there is none. With ids, the fields
// within it carry their field ids.
func fromIceberg(t iceberg.Type, ids bool) arrow.DataType {
	switch t := t.(type) {
	case iceberg.BooleanType:
		return arrow.FixedWidthTypes.Boolean
	case iceberg.Int32Type:
		return arrow.PrimitiveTypes.Int32
	case iceberg.Int64Type:
		return arrow.PrimitiveTypes.Int64
	case iceberg.Float32Type:
		return arrow.PrimitiveTypes.Float32
	case iceberg.Float64Type:
		return arrow.PrimitiveTypes.Float64
	case iceberg.DecimalType:
		return &arrow.Decimal128Type{Precision: int32(t.Precision()), Scale: int32(t.Scale())}
	case iceberg.StringType:
		return arrow.BinaryTypes.String
	case iceberg.BinaryType:
		return arrow.BinaryTypes.Binary
	case iceberg.FixedType:
		return &arrow.FixedSizeBinaryType{ByteWidth: t.Len()}
	case iceberg.DateType:
		return arrow.FixedWidthTypes.Date32
	case iceberg.TimeType:
		return timeOfDay
	case iceberg.TimestampType, iceberg.TimestampNsType:
		return timestamp
	case iceberg.TimestampTzType, iceberg.TimestampTzNsType:
		return timestampTZ
	case iceberg.UUIDType:
		return extensions.NewUUIDType()
	case iceberg.UnknownType:
		return arrow.Null
	case *iceberg.ListType:
		return listOf(t.ElementField(), ids)
	case *iceberg.StructType:
		return structOf(t, ids)
	case *iceberg.MapType:
		return mapOf(t, ids)
	}
	return nil
}

// writable tells whether values that are read from a type can be written to it again. Timestamps of nanoseconds are
// read to the microsecond, so they cannot.
func writable(t iceberg.Type) bool {
	switch t := t.(type) {
	case iceberg.TimestampNsType, iceberg.TimestampTzNsType:
		return false
	case *iceberg.ListType:
		return writable(t.Element)
	case *iceberg.MapType:
		return writable(t.KeyType) && writable(t.ValueType)
	case *iceberg.StructType:
		for _, f := range t.FieldList {
			if !writable(f.Type) {
				return false
			}
		}
		return true
	}
	return fromIceberg(t, false) != nil
}

func listOf(element iceberg.NestedField, ids bool) arrow.DataType {
	f, ok := fromIcebergField(element, ids)
	if !ok {
		return nil
	}
	return arrow.ListOfField(f)
}

func structOf(t *iceberg.StructType, ids bool) arrow.DataType {
	fields := make([]arrow.Field, len(t.FieldList))
	for i, f := range t.FieldList {
		var ok bool
		if fields[i], ok = fromIcebergField(f, ids); !ok {
			return nil
		}
	}
	return arrow.StructOf(fields...)
}

func mapOf(t *iceberg.MapType, ids bool) arrow.DataType {
	key, keyOK := fromIcebergField(t.KeyField(), ids)
	value, valueOK := fromIcebergField(t.ValueField(), ids)
	if !keyOK || !valueOK {
		return nil
	}
	return arrow.MapOfFields(key, value)
}

func fromIcebergField(f iceberg.NestedField, ids bool) (arrow.Field, bool) {
	dt := fromIceberg(f.Type, ids)
	if dt == nil {
		return arrow.Field{}, false
	}
	out := arrow.Field{Name: f.Name, Type: dt, Nullable: !f.Required}
	if ids {
		out.Metadata = arrow.NewMetadata([]string{fieldIDKey}, []string{fmt.Sprint(f.ID)})
	}
	return out, true
}
