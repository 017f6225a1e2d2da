// Package substrait spells Arrow types and constants as Substrait does, for the planner that writes plans and the
// executor that reads them. planner/substrait/README.md says how.
package substrait

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	proto "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/udf/ipccheck"
)

// URN names the extension that holds our functions and types.
const URN = "extension:mediaflight:functions"

// Names of the types that Substrait lacks.
const (
	Vector      = "vector"       // FixedSizeList<float32>: the number of elements
	NamedStruct = "named_struct" // Struct: name, type, name, type ...
	Unknown     = "unknown"      // Null: the type of an untyped NULL
	ArrowType   = "arrow"        // anything else: a base64 IPC schema of one field
)

// microseconds is the precision of every time and timestamp in a plan; nanoseconds that of intervals.
const (
	microseconds = 6
	nanoseconds  = 9
)

// Anchors gives a user-defined type the anchor by which a plan refers to it, declaring it if need be.
type Anchors interface {
	TypeAnchor(name string) uint32
}

// Names finds the name of a user-defined type by the anchor in a plan.
type Names interface {
	TypeName(anchor uint32) (string, bool)
}

// FromArrow spells an Arrow type.
func FromArrow(dt arrow.DataType, nullable bool, anchors Anchors) (*proto.Type, error) {
	null := nullability(nullable)
	switch t := dt.(type) {
	case *arrow.BooleanType:
		return &proto.Type{Kind: &proto.Type_Bool{Bool: &proto.Type_Boolean{Nullability: null}}}, nil
	case *arrow.Int8Type:
		return &proto.Type{Kind: &proto.Type_I8_{I8: &proto.Type_I8{Nullability: null}}}, nil
	case *arrow.Int16Type:
		return &proto.Type{Kind: &proto.Type_I16_{I16: &proto.Type_I16{Nullability: null}}}, nil
	case *arrow.Int32Type:
		return &proto.Type{Kind: &proto.Type_I32_{I32: &proto.Type_I32{Nullability: null}}}, nil
	case *arrow.Int64Type:
		return &proto.Type{Kind: &proto.Type_I64_{I64: &proto.Type_I64{Nullability: null}}}, nil
	case *arrow.Float32Type:
		return &proto.Type{Kind: &proto.Type_Fp32{Fp32: &proto.Type_FP32{Nullability: null}}}, nil
	case *arrow.Float64Type:
		return &proto.Type{Kind: &proto.Type_Fp64{Fp64: &proto.Type_FP64{Nullability: null}}}, nil
	case *arrow.StringType:
		return &proto.Type{Kind: &proto.Type_String_{String_: &proto.Type_String{Nullability: null}}}, nil
	case *arrow.BinaryType:
		return &proto.Type{Kind: &proto.Type_Binary_{Binary: &proto.Type_Binary{Nullability: null}}}, nil
	case *arrow.FixedSizeBinaryType:
		return &proto.Type{Kind: &proto.Type_FixedBinary_{FixedBinary: &proto.Type_FixedBinary{Length: int32(t.ByteWidth), Nullability: null}}}, nil
	case *arrow.Date32Type:
		return &proto.Type{Kind: &proto.Type_Date_{Date: &proto.Type_Date{Nullability: null}}}, nil
	case *arrow.MonthDayNanoIntervalType:
		return &proto.Type{Kind: &proto.Type_IntervalCompound_{IntervalCompound: &proto.Type_IntervalCompound{Precision: nanoseconds, Nullability: null}}}, nil
	case *arrow.Decimal128Type:
		return &proto.Type{Kind: &proto.Type_Decimal_{Decimal: &proto.Type_Decimal{Precision: t.Precision, Scale: t.Scale, Nullability: null}}}, nil
	case *extensions.UUIDType:
		return &proto.Type{Kind: &proto.Type_Uuid{Uuid: &proto.Type_UUID{Nullability: null}}}, nil
	case *arrow.Time64Type:
		if t.Unit == arrow.Microsecond {
			return &proto.Type{Kind: &proto.Type_PrecisionTime_{PrecisionTime: &proto.Type_PrecisionTime{Precision: microseconds, Nullability: null}}}, nil
		}
	case *arrow.TimestampType:
		switch {
		case t.Unit != arrow.Microsecond:
		case t.TimeZone == "":
			return &proto.Type{Kind: &proto.Type_PrecisionTimestamp_{PrecisionTimestamp: &proto.Type_PrecisionTimestamp{Precision: microseconds, Nullability: null}}}, nil
		case t.TimeZone == "UTC":
			return &proto.Type{Kind: &proto.Type_PrecisionTimestampTz{PrecisionTimestampTz: &proto.Type_PrecisionTimestampTZ{Precision: microseconds, Nullability: null}}}, nil
		}
	case *arrow.ListType:
		element, err := FromArrow(t.Elem(), t.ElemField().Nullable, anchors)
		if err != nil {
			return nil, err
		}
		return &proto.Type{Kind: &proto.Type_List_{List: &proto.Type_List{Type: element, Nullability: null}}}, nil
	case *arrow.MapType:
		key, err := FromArrow(t.KeyType(), false, anchors)
		if err != nil {
			return nil, err
		}
		value, err := FromArrow(t.ItemType(), t.ItemField().Nullable, anchors)
		if err != nil {
			return nil, err
		}
		return &proto.Type{Kind: &proto.Type_Map_{Map: &proto.Type_Map{Key: key, Value: value, Nullability: null}}}, nil
	case *arrow.StructType:
		params := make([]*proto.Type_Parameter, 0, 2*t.NumFields())
		for _, field := range t.Fields() {
			ft, err := FromArrow(field.Type, field.Nullable, anchors)
			if err != nil {
				return nil, err
			}
			params = append(params, stringParameter(field.Name), &proto.Type_Parameter{Parameter: &proto.Type_Parameter_DataType{DataType: ft}})
		}
		return userDefined(NamedStruct, null, anchors, params...), nil
	case *arrow.FixedSizeListType:
		if t.Elem().ID() == arrow.FLOAT32 {
			n := &proto.Type_Parameter{Parameter: &proto.Type_Parameter_Integer{Integer: int64(t.Len())}}
			return userDefined(Vector, null, anchors, n), nil
		}
	case *arrow.NullType:
		return userDefined(Unknown, null, anchors), nil
	}
	text, err := encodeArrowType(dt)
	if err != nil {
		return nil, err
	}
	return userDefined(ArrowType, null, anchors, stringParameter(text)), nil
}

// listElement is the name that the element of a list has in every plan.
const listElement = "element"

// ListOf is the list type of plans: its element is called "element" and may be NULL where nullable says so.
func ListOf(element arrow.DataType, nullable bool) *arrow.ListType {
	return arrow.ListOfField(arrow.Field{Name: listElement, Type: element, Nullable: nullable})
}

// VectorOf is the type vector(n): n elements of float32, none of them NULL.
func VectorOf(n int) *arrow.FixedSizeListType {
	return arrow.FixedSizeListOfField(int32(n), arrow.Field{Name: listElement, Type: arrow.PrimitiveTypes.Float32})
}

// UTC is the type of timestamps with time zone.
var UTC = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}

// ToArrow reads an Arrow type.
func ToArrow(t *proto.Type, names Names) (dt arrow.DataType, nullable bool, err error) {
	switch k := t.GetKind().(type) {
	case *proto.Type_Bool:
		return arrow.FixedWidthTypes.Boolean, isNullable(k.Bool.Nullability), nil
	case *proto.Type_I8_:
		return arrow.PrimitiveTypes.Int8, isNullable(k.I8.Nullability), nil
	case *proto.Type_I16_:
		return arrow.PrimitiveTypes.Int16, isNullable(k.I16.Nullability), nil
	case *proto.Type_I32_:
		return arrow.PrimitiveTypes.Int32, isNullable(k.I32.Nullability), nil
	case *proto.Type_I64_:
		return arrow.PrimitiveTypes.Int64, isNullable(k.I64.Nullability), nil
	case *proto.Type_Fp32:
		return arrow.PrimitiveTypes.Float32, isNullable(k.Fp32.Nullability), nil
	case *proto.Type_Fp64:
		return arrow.PrimitiveTypes.Float64, isNullable(k.Fp64.Nullability), nil
	case *proto.Type_String_:
		return arrow.BinaryTypes.String, isNullable(k.String_.Nullability), nil
	case *proto.Type_Varchar:
		return arrow.BinaryTypes.String, isNullable(k.Varchar.Nullability), nil
	case *proto.Type_FixedChar_:
		return arrow.BinaryTypes.String, isNullable(k.FixedChar.Nullability), nil
	case *proto.Type_Binary_:
		return arrow.BinaryTypes.Binary, isNullable(k.Binary.Nullability), nil
	case *proto.Type_FixedBinary_:
		if k.FixedBinary.Length < 0 {
			return nil, false, fmt.Errorf("fixed_binary of length %d", k.FixedBinary.Length)
		}
		return &arrow.FixedSizeBinaryType{ByteWidth: int(k.FixedBinary.Length)}, isNullable(k.FixedBinary.Nullability), nil
	case *proto.Type_Date_:
		return arrow.FixedWidthTypes.Date32, isNullable(k.Date.Nullability), nil
	case *proto.Type_PrecisionTime_:
		return arrow.FixedWidthTypes.Time64us, isNullable(k.PrecisionTime.Nullability), precisely(k.PrecisionTime.Precision, microseconds)
	case *proto.Type_PrecisionTimestamp_:
		return &arrow.TimestampType{Unit: arrow.Microsecond}, isNullable(k.PrecisionTimestamp.Nullability), precisely(k.PrecisionTimestamp.Precision, microseconds)
	case *proto.Type_PrecisionTimestampTz:
		return UTC, isNullable(k.PrecisionTimestampTz.Nullability), precisely(k.PrecisionTimestampTz.Precision, microseconds)
	case *proto.Type_IntervalCompound_:
		return arrow.FixedWidthTypes.MonthDayNanoInterval, isNullable(k.IntervalCompound.Nullability), precisely(k.IntervalCompound.Precision, nanoseconds)
	case *proto.Type_Decimal_:
		if k.Decimal.Precision < 1 || k.Decimal.Precision > 38 {
			return nil, false, fmt.Errorf("decimal of precision %d", k.Decimal.Precision)
		}
		return &arrow.Decimal128Type{Precision: k.Decimal.Precision, Scale: k.Decimal.Scale}, isNullable(k.Decimal.Nullability), nil
	case *proto.Type_Uuid:
		return extensions.NewUUIDType(), isNullable(k.Uuid.Nullability), nil
	case *proto.Type_List_:
		element, null, err := ToArrow(k.List.Type, names)
		if err != nil {
			return nil, false, err
		}
		return ListOf(element, null), isNullable(k.List.Nullability), nil
	case *proto.Type_Map_:
		key, _, err := ToArrow(k.Map.Key, names)
		if err != nil {
			return nil, false, err
		}
		value, null, err := ToArrow(k.Map.Value, names)
		if err != nil {
			return nil, false, err
		}
		m := arrow.MapOf(key, value)
		m.SetItemNullable(null)
		return m, isNullable(k.Map.Nullability), nil
	case *proto.Type_Struct_:
		fields := make([]arrow.Field, len(k.Struct.Types))
		for i, ft := range k.Struct.Types {
			dt, null, err := ToArrow(ft, names)
			if err != nil {
				return nil, false, err
			}
			fields[i] = arrow.Field{Name: fmt.Sprintf("f%d", i+1), Type: dt, Nullable: null}
		}
		return arrow.StructOf(fields...), isNullable(k.Struct.Nullability), nil
	case *proto.Type_UserDefined_:
		dt, err := userDefinedToArrow(k.UserDefined, names)
		return dt, isNullable(k.UserDefined.Nullability), err
	}
	return nil, false, fmt.Errorf("substrait type %T is not supported", t.GetKind())
}

func userDefinedToArrow(t *proto.Type_UserDefined, names Names) (arrow.DataType, error) {
	name, ok := names.TypeName(t.TypeReference)
	if !ok {
		return nil, fmt.Errorf("type anchor %d is not declared", t.TypeReference)
	}
	params := t.TypeParameters
	switch name {
	case Vector:
		if len(params) != 1 || params[0].GetInteger() < 1 || params[0].GetInteger() > maxVector {
			return nil, fmt.Errorf("vector needs a number of elements from 1 to %d", maxVector)
		}
		return VectorOf(int(params[0].GetInteger())), nil
	case NamedStruct:
		if len(params)%2 != 0 {
			return nil, fmt.Errorf("named_struct has a name without a type")
		}
		fields := make([]arrow.Field, len(params)/2)
		for i := range fields {
			dt, null, err := ToArrow(params[2*i+1].GetDataType(), names)
			if err != nil {
				return nil, err
			}
			fields[i] = arrow.Field{Name: params[2*i].GetString_(), Type: dt, Nullable: null}
		}
		return arrow.StructOf(fields...), nil
	case Unknown:
		return arrow.Null, nil
	case ArrowType:
		if len(params) != 1 {
			return nil, fmt.Errorf("arrow type without its schema")
		}
		return decodeArrowType(params[0].GetString_())
	}
	return nil, fmt.Errorf("type %q is not known", name)
}

// maxVector bounds the elements of a vector that a plan may name, so that bytes from outside cannot ask for any size.
const maxVector = 1 << 20

func encodeArrowType(dt arrow.DataType) (string, error) {
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(arrow.NewSchema([]arrow.Field{{Type: dt, Nullable: true}}, nil)))
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("type %s: %w", dt, err)
	}
	return base64.StdEncoding.EncodeToString(buf.Bytes()), nil
}

func decodeArrowType(text string) (arrow.DataType, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("arrow type: %w", err)
	}
	r, err := ipccheck.NewStreamReader(bytes.NewReader(raw), int64(len(raw)), memory.DefaultAllocator)
	if err != nil {
		return nil, fmt.Errorf("arrow type: %w", err)
	}
	defer r.Release()
	schema := r.Schema()
	if schema.NumFields() != 1 {
		return nil, fmt.Errorf("arrow type has %d fields", schema.NumFields())
	}
	return schema.Field(0).Type, nil
}

func userDefined(name string, null proto.Type_Nullability, anchors Anchors, params ...*proto.Type_Parameter) *proto.Type {
	return &proto.Type{Kind: &proto.Type_UserDefined_{UserDefined: &proto.Type_UserDefined{
		TypeReference: anchors.TypeAnchor(name), Nullability: null, TypeParameters: params,
	}}}
}

func stringParameter(s string) *proto.Type_Parameter {
	return &proto.Type_Parameter{Parameter: &proto.Type_Parameter_String_{String_: s}}
}

func nullability(nullable bool) proto.Type_Nullability {
	if nullable {
		return proto.Type_NULLABILITY_NULLABLE
	}
	return proto.Type_NULLABILITY_REQUIRED
}

// isNullable takes unstated nullability for nullable, the side that cannot be wrong.
func isNullable(n proto.Type_Nullability) bool { return n != proto.Type_NULLABILITY_REQUIRED }

func precisely(got, want int32) error {
	if got != want {
		return fmt.Errorf("time precision %d is not supported: %d is", got, want)
	}
	return nil
}
