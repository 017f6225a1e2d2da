package substrait

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	proto "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/udf/ipccheck"
)

// LiteralFrom spells the value in row 0 of a. Vectors travel as their little-endian floats, all other nested values as
// the IPC stream of an array of one row, because a message an element would make a query vector cost more than its search.
func LiteralFrom(a arrow.Array, anchors Anchors) (*proto.Expression_Literal, error) {
	if a.IsNull(0) {
		t, err := FromArrow(a.DataType(), true, anchors)
		if err != nil {
			return nil, err
		}
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_Null{Null: t}, Nullable: true}, nil
	}
	switch a := a.(type) {
	case *array.Boolean:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_Boolean{Boolean: a.Value(0)}}, nil
	case *array.Int8:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_I8{I8: int32(a.Value(0))}}, nil
	case *array.Int16:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_I16{I16: int32(a.Value(0))}}, nil
	case *array.Int32:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_I32{I32: a.Value(0)}}, nil
	case *array.Int64:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_I64{I64: a.Value(0)}}, nil
	case *array.Float32:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_Fp32{Fp32: a.Value(0)}}, nil
	case *array.Float64:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_Fp64{Fp64: a.Value(0)}}, nil
	case *array.String:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_String_{String_: a.Value(0)}}, nil
	case *array.Binary:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_Binary{Binary: bytes.Clone(a.Value(0))}}, nil
	case *array.FixedSizeBinary:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_FixedBinary{FixedBinary: bytes.Clone(a.Value(0))}}, nil
	case *array.Date32:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_Date{Date: int32(a.Value(0))}}, nil
	case *array.Time64:
		if a.DataType().(*arrow.Time64Type).Unit == arrow.Microsecond {
			v := &proto.Expression_Literal_PrecisionTime{Precision: microseconds, Value: int64(a.Value(0))}
			return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_PrecisionTime_{PrecisionTime: v}}, nil
		}
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		v := &proto.Expression_Literal_PrecisionTimestamp{Precision: microseconds, Value: int64(a.Value(0))}
		switch {
		case t.Unit != arrow.Microsecond:
		case t.TimeZone == "":
			return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_PrecisionTimestamp_{PrecisionTimestamp: v}}, nil
		case t.TimeZone == "UTC":
			return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_PrecisionTimestampTz{PrecisionTimestampTz: v}}, nil
		}
	case *array.MonthDayNanoInterval:
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_IntervalCompound_{IntervalCompound: intervalFrom(a.Value(0))}}, nil
	case *array.Decimal128:
		t := a.DataType().(*arrow.Decimal128Type)
		v := &proto.Expression_Literal_Decimal{Value: decimalBytes(a.Value(0)), Precision: t.Precision, Scale: t.Scale}
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_Decimal_{Decimal: v}}, nil
	case *extensions.UUIDArray:
		id := a.Value(0)
		return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_Uuid{Uuid: id[:]}}, nil
	case *array.FixedSizeList:
		if values, ok := a.ListValues().(*array.Float32); ok && values.NullN() == 0 {
			return vectorLiteral(a, values, anchors)
		}
	}
	return arrowLiteral(a, anchors)
}

// Literal reads a literal as an array of one row, which the caller releases.
func Literal(l *proto.Expression_Literal, names Names, mem memory.Allocator) (arrow.Array, error) {
	switch v := l.GetLiteralType().(type) {
	case *proto.Expression_Literal_Null:
		dt, _, err := ToArrow(v.Null, names)
		if err != nil {
			return nil, err
		}
		return array.MakeArrayOfNull(mem, dt, 1), nil
	case *proto.Expression_Literal_Boolean:
		return one(mem, array.NewBooleanBuilder, v.Boolean), nil
	case *proto.Expression_Literal_I8:
		return one(mem, array.NewInt8Builder, int8(v.I8)), nil
	case *proto.Expression_Literal_I16:
		return one(mem, array.NewInt16Builder, int16(v.I16)), nil
	case *proto.Expression_Literal_I32:
		return one(mem, array.NewInt32Builder, v.I32), nil
	case *proto.Expression_Literal_I64:
		return one(mem, array.NewInt64Builder, v.I64), nil
	case *proto.Expression_Literal_Fp32:
		return one(mem, array.NewFloat32Builder, v.Fp32), nil
	case *proto.Expression_Literal_Fp64:
		return one(mem, array.NewFloat64Builder, v.Fp64), nil
	case *proto.Expression_Literal_String_:
		return one(mem, array.NewStringBuilder, v.String_), nil
	case *proto.Expression_Literal_FixedChar:
		return one(mem, array.NewStringBuilder, v.FixedChar), nil
	case *proto.Expression_Literal_VarChar_:
		return one(mem, array.NewStringBuilder, v.VarChar.GetValue()), nil
	case *proto.Expression_Literal_Binary:
		return one(mem, binaryBuilder, v.Binary), nil
	case *proto.Expression_Literal_FixedBinary:
		t := &arrow.FixedSizeBinaryType{ByteWidth: len(v.FixedBinary)}
		return one(mem, func(mem memory.Allocator) *array.FixedSizeBinaryBuilder {
			return array.NewFixedSizeBinaryBuilder(mem, t)
		}, v.FixedBinary), nil
	case *proto.Expression_Literal_Date:
		return one(mem, array.NewDate32Builder, arrow.Date32(v.Date)), nil
	case *proto.Expression_Literal_PrecisionTime_:
		t := arrow.FixedWidthTypes.Time64us.(*arrow.Time64Type)
		build := func(mem memory.Allocator) *array.Time64Builder { return array.NewTime64Builder(mem, t) }
		return one(mem, build, arrow.Time64(v.PrecisionTime.GetValue())), precisely(v.PrecisionTime.GetPrecision(), microseconds)
	case *proto.Expression_Literal_PrecisionTimestamp_:
		return timestamp(mem, &arrow.TimestampType{Unit: arrow.Microsecond}, v.PrecisionTimestamp)
	case *proto.Expression_Literal_PrecisionTimestampTz:
		return timestamp(mem, UTC, v.PrecisionTimestampTz)
	case *proto.Expression_Literal_IntervalCompound_:
		return interval(mem, v.IntervalCompound)
	case *proto.Expression_Literal_Decimal_:
		return decimal(mem, v.Decimal)
	case *proto.Expression_Literal_Uuid:
		if len(v.Uuid) != 16 {
			return nil, fmt.Errorf("uuid of %d bytes", len(v.Uuid))
		}
		b := extensions.NewUUIDBuilder(mem)
		defer b.Release()
		b.AppendBytes([16]byte(v.Uuid))
		return b.NewArray(), nil
	case *proto.Expression_Literal_UserDefined_:
		return userDefinedLiteral(v.UserDefined, names, mem)
	}
	return nil, fmt.Errorf("literal %T is not supported", l.GetLiteralType())
}

// one builds an array of one row.
func one[T any, B interface {
	Append(T)
	NewArray() arrow.Array
	Release()
}](mem memory.Allocator, builder func(memory.Allocator) B, v T) arrow.Array {
	b := builder(mem)
	defer b.Release()
	b.Append(v)
	return b.NewArray()
}

func binaryBuilder(mem memory.Allocator) *array.BinaryBuilder {
	return array.NewBinaryBuilder(mem, arrow.BinaryTypes.Binary)
}

func timestamp(mem memory.Allocator, t *arrow.TimestampType, v *proto.Expression_Literal_PrecisionTimestamp) (arrow.Array, error) {
	if err := precisely(v.GetPrecision(), microseconds); err != nil {
		return nil, err
	}
	build := func(mem memory.Allocator) *array.TimestampBuilder { return array.NewTimestampBuilder(mem, t) }
	return one(mem, build, arrow.Timestamp(v.GetValue())), nil
}

// intervalFrom splits an interval as Substrait does: years and months, days, seconds and nanoseconds.
func intervalFrom(v arrow.MonthDayNanoInterval) *proto.Expression_Literal_IntervalCompound {
	return &proto.Expression_Literal_IntervalCompound{
		IntervalYearToMonth: &proto.Expression_Literal_IntervalYearToMonth{Years: v.Months / 12, Months: v.Months % 12},
		IntervalDayToSecond: &proto.Expression_Literal_IntervalDayToSecond{
			Days: v.Days,
			// All of the time is in Subseconds: its seconds may exceed the field's 32 bits.
			Subseconds:    v.Nanoseconds,
			PrecisionMode: &proto.Expression_Literal_IntervalDayToSecond_Precision{Precision: nanoseconds},
		},
	}
}

func interval(mem memory.Allocator, v *proto.Expression_Literal_IntervalCompound) (arrow.Array, error) {
	months := int64(v.GetIntervalYearToMonth().GetYears())*12 + int64(v.GetIntervalYearToMonth().GetMonths())
	if months != int64(int32(months)) {
		return nil, fmt.Errorf("interval of %d months", months)
	}
	rest := v.GetIntervalDayToSecond()
	nanos := rest.GetSubseconds()
	if rest != nil {
		for p := rest.GetPrecision(); p < nanoseconds; p++ {
			if nanos > math.MaxInt64/10 || nanos < math.MinInt64/10 {
				return nil, fmt.Errorf("interval out of range")
			}
			nanos *= 10
		}
		nanos += int64(rest.GetSeconds()) * 1_000_000_000
	}
	return one(mem, array.NewMonthDayNanoIntervalBuilder, arrow.MonthDayNanoInterval{Months: int32(months), Days: rest.GetDays(), Nanoseconds: nanos}), nil
}

// decimalBytes is a decimal as Substrait has it: 16 bytes, two's complement, little-endian.
func decimalBytes(n decimal128.Num) []byte {
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, 16), n.LowBits())
	return binary.LittleEndian.AppendUint64(b, uint64(n.HighBits()))
}

func decimal(mem memory.Allocator, v *proto.Expression_Literal_Decimal) (arrow.Array, error) {
	if len(v.GetValue()) != 16 || v.GetPrecision() < 1 || v.GetPrecision() > 38 {
		return nil, fmt.Errorf("decimal of precision %d in %d bytes", v.GetPrecision(), len(v.GetValue()))
	}
	low, high := binary.LittleEndian.Uint64(v.Value), binary.LittleEndian.Uint64(v.Value[8:])
	t := &arrow.Decimal128Type{Precision: v.Precision, Scale: v.Scale}
	build := func(mem memory.Allocator) *array.Decimal128Builder { return array.NewDecimal128Builder(mem, t) }
	return one(mem, build, decimal128.New(int64(high), low)), nil
}

func vectorLiteral(a *array.FixedSizeList, values *array.Float32, anchors Anchors) (*proto.Expression_Literal, error) {
	start, end := a.ValueOffsets(0)
	raw := make([]byte, 0, 4*(end-start))
	for _, f := range values.Float32Values()[start:end] {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
	}
	n := &proto.Type_Parameter{Parameter: &proto.Type_Parameter_Integer{Integer: end - start}}
	return userDefinedFrom(Vector, raw, anchors, n)
}

func arrowLiteral(a arrow.Array, anchors Anchors) (*proto.Expression_Literal, error) {
	row := array.NewSlice(a, 0, 1)
	defer row.Release()
	schema := arrow.NewSchema([]arrow.Field{{Type: a.DataType(), Nullable: true}}, nil)
	batch := array.NewRecordBatch(schema, []arrow.Array{row}, 1)
	defer batch.Release()
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(schema))
	if err := w.Write(batch); err != nil {
		return nil, fmt.Errorf("literal of type %s: %w", a.DataType(), err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("literal of type %s: %w", a.DataType(), err)
	}
	return userDefinedFrom(ArrowType, buf.Bytes(), anchors)
}

func userDefinedFrom(name string, raw []byte, anchors Anchors, params ...*proto.Type_Parameter) (*proto.Expression_Literal, error) {
	value, err := anypb.New(wrapperspb.Bytes(raw))
	if err != nil {
		return nil, err
	}
	return &proto.Expression_Literal{LiteralType: &proto.Expression_Literal_UserDefined_{UserDefined: &proto.Expression_Literal_UserDefined{
		TypeAnchorType: &proto.Expression_Literal_UserDefined_TypeReference{TypeReference: anchors.TypeAnchor(name)},
		TypeParameters: params,
		Val:            &proto.Expression_Literal_UserDefined_Value{Value: value},
	}}}, nil
}

func userDefinedLiteral(v *proto.Expression_Literal_UserDefined, names Names, mem memory.Allocator) (arrow.Array, error) {
	name, ok := names.TypeName(v.GetTypeReference())
	if !ok {
		return nil, fmt.Errorf("type anchor %d is not declared", v.GetTypeReference())
	}
	var raw wrapperspb.BytesValue
	if err := v.GetValue().UnmarshalTo(&raw); err != nil {
		return nil, fmt.Errorf("literal of type %s: %w", name, err)
	}
	switch name {
	case Vector:
		return vector(raw.Value, v.TypeParameters, mem)
	case ArrowType:
		return ipcValue(raw.Value, mem)
	}
	return nil, fmt.Errorf("literal of type %q is not supported", name)
}

func vector(raw []byte, params []*proto.Type_Parameter, mem memory.Allocator) (arrow.Array, error) {
	if len(params) != 1 || params[0].GetInteger() != int64(len(raw)/4) || len(raw)%4 != 0 || len(raw) == 0 {
		return nil, fmt.Errorf("vector literal of %d bytes", len(raw))
	}
	n := len(raw) / 4
	b := array.NewFixedSizeListBuilderWithField(mem, int32(n), VectorOf(n).ElemField())
	defer b.Release()
	b.Append(true)
	values := b.ValueBuilder().(*array.Float32Builder)
	values.Reserve(n)
	for i := range n {
		values.UnsafeAppend(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
	}
	return b.NewArray(), nil
}

func ipcValue(raw []byte, mem memory.Allocator) (arrow.Array, error) {
	r, err := ipccheck.NewStreamReader(bytes.NewReader(raw), int64(len(raw)), mem)
	if err != nil {
		return nil, fmt.Errorf("literal: %w", err)
	}
	defer r.Release()
	if !r.Next() {
		if err := r.Err(); err != nil {
			return nil, fmt.Errorf("literal: %w", err)
		}
		return nil, fmt.Errorf("literal without a value")
	}
	batch := r.RecordBatch()
	if batch.NumCols() != 1 || batch.NumRows() != 1 {
		return nil, fmt.Errorf("literal of %d columns and %d rows", batch.NumCols(), batch.NumRows())
	}
	a := batch.Column(0)
	a.Retain()
	return a, nil
}
