package reader

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// A meaning is what a leaf's values stand for, said by its logical type or, in older files, its converted type.
type meaning struct {
	kind             meaningKind
	bits             int  // integer
	unsigned         bool // integer
	precision, scale int32
	perSecond        int64 // time, timestamp: 1e3, 1e6 or 1e9
	utc              bool  // timestamp
}

type meaningKind int

const (
	noMeaning meaningKind = iota // the physical type says it all
	nullMeaning
	integerMeaning
	decimalMeaning
	dateMeaning
	timeMeaning
	timestampMeaning
	stringMeaning
	uuidMeaning
	float16Meaning
	intervalMeaning
)

func (n *node) meaning() meaning {
	switch t := n.LogicalType.Value.(type) {
	case *format.NullType:
		return meaning{kind: nullMeaning}
	case *format.StringType, *format.EnumType, *format.JsonType:
		return meaning{kind: stringMeaning}
	case *format.DecimalType:
		return meaning{kind: decimalMeaning, precision: t.Precision, scale: t.Scale}
	case *format.DateType:
		return meaning{kind: dateMeaning}
	case *format.TimeType:
		return meaning{kind: timeMeaning, perSecond: perSecond(t.Unit), utc: t.IsAdjustedToUTC}
	case *format.TimestampType:
		return meaning{kind: timestampMeaning, perSecond: perSecond(t.Unit), utc: t.IsAdjustedToUTC}
	case *format.IntType:
		return meaning{kind: integerMeaning, bits: int(t.BitWidth), unsigned: !t.IsSigned}
	case *format.UUIDType:
		return meaning{kind: uuidMeaning}
	case *format.Float16Type:
		return meaning{kind: float16Meaning}
	}
	if n.Type.V == format.Int96 {
		return meaning{kind: timestampMeaning, perSecond: 1e9}
	}
	if !n.ConvertedType.Valid {
		return meaning{}
	}
	switch c := n.ConvertedType.V; c {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		return meaning{kind: stringMeaning}
	case deprecated.Decimal:
		return meaning{kind: decimalMeaning, precision: n.Precision.V, scale: n.Scale.V}
	case deprecated.Date:
		return meaning{kind: dateMeaning}
	case deprecated.TimeMillis:
		return meaning{kind: timeMeaning, perSecond: 1e3, utc: true}
	case deprecated.TimeMicros:
		return meaning{kind: timeMeaning, perSecond: 1e6, utc: true}
	case deprecated.TimestampMillis:
		return meaning{kind: timestampMeaning, perSecond: 1e3, utc: true}
	case deprecated.TimestampMicros:
		return meaning{kind: timestampMeaning, perSecond: 1e6, utc: true}
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return meaning{kind: integerMeaning, bits: 8 << (c - deprecated.Uint8), unsigned: true}
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		return meaning{kind: integerMeaning, bits: 8 << (c - deprecated.Int8)}
	case deprecated.Interval:
		return meaning{kind: intervalMeaning}
	}
	return meaning{}
}

func perSecond(unit format.TimeUnit) int64 {
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		return 1e3
	case *format.NanoSeconds:
		return 1e9
	}
	return 1e6
}

// leafType is the Arrow type of a leaf by itself. Times and timestamps of every unit are microseconds, as in tables.
func leafType(path string, n *node) (arrow.DataType, error) {
	m := n.meaning()
	switch m.kind {
	case nullMeaning:
		return arrow.Null, nil
	case integerMeaning:
		if t := integerType(m); t != nil {
			return t, nil
		}
	case decimalMeaning:
		if m.precision < 1 || m.precision > 76 || m.scale < 0 || m.scale > m.precision {
			return nil, corrupt(path, "column %s is decimal(%d, %d)", n.Path, m.precision, m.scale)
		}
		if m.precision > 38 {
			return &arrow.Decimal256Type{Precision: m.precision, Scale: m.scale}, nil
		}
		return &arrow.Decimal128Type{Precision: m.precision, Scale: m.scale}, nil
	case dateMeaning:
		return arrow.FixedWidthTypes.Date32, nil
	case timeMeaning:
		return arrow.FixedWidthTypes.Time64us, nil
	case timestampMeaning:
		if m.utc {
			return arrow.FixedWidthTypes.Timestamp_us, nil
		}
		return &arrow.TimestampType{Unit: arrow.Microsecond}, nil
	case stringMeaning:
		return arrow.BinaryTypes.String, nil
	case uuidMeaning:
		return extensions.NewUUIDType(), nil
	case float16Meaning:
		return arrow.FixedWidthTypes.Float16, nil
	case intervalMeaning:
		return arrow.FixedWidthTypes.MonthDayNanoInterval, nil
	}
	switch n.Type.V {
	case format.Boolean:
		return arrow.FixedWidthTypes.Boolean, nil
	case format.Int32:
		return arrow.PrimitiveTypes.Int32, nil
	case format.Int64:
		return arrow.PrimitiveTypes.Int64, nil
	case format.Float:
		return arrow.PrimitiveTypes.Float32, nil
	case format.Double:
		return arrow.PrimitiveTypes.Float64, nil
	case format.ByteArray:
		return arrow.BinaryTypes.Binary, nil
	case format.FixedLenByteArray:
		return &arrow.FixedSizeBinaryType{ByteWidth: int(n.TypeLength.V)}, nil
	}
	return nil, unsupported(path, "", "column %s has type %s", n.Path, n.Type.V)
}

func integerType(m meaning) arrow.DataType {
	switch {
	case m.bits == 8 && m.unsigned:
		return arrow.PrimitiveTypes.Uint8
	case m.bits == 16 && m.unsigned:
		return arrow.PrimitiveTypes.Uint16
	case m.bits == 32 && m.unsigned:
		return arrow.PrimitiveTypes.Uint32
	case m.bits == 64 && m.unsigned:
		return arrow.PrimitiveTypes.Uint64
	case m.bits == 8:
		return arrow.PrimitiveTypes.Int8
	case m.bits == 16:
		return arrow.PrimitiveTypes.Int16
	case m.bits == 32:
		return arrow.PrimitiveTypes.Int32
	case m.bits == 64:
		return arrow.PrimitiveTypes.Int64
	}
	return nil
}
