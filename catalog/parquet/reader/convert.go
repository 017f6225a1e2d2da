package reader

import (
	"encoding/binary"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/format"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A conversion makes the values of a leaf those of an Arrow type. The zero conversion leaves them as they are.
type conversion struct {
	width int                                 // of the values it makes
	apply func(dst []byte, src *values) error // dst holds src.n values
	bytes bool                                // fixed-size values become byte strings
}

func (c conversion) identity() bool { return c.apply == nil && !c.bytes }

// run converts v, which it takes over.
func (c conversion) run(mem memory.Allocator, v *values) (*values, error) {
	switch {
	case c.apply != nil:
		if err := v.find(); err != nil {
			v.release()
			return nil, err
		}
		out := allocateFixed(mem, v.n, c.width)
		err := c.apply(out.data, v)
		v.release()
		if err != nil {
			out.release()
			return nil, err
		}
		return out, nil
	case c.bytes:
		out := &values{n: v.n, layout: spans, data: append([]byte(nil), v.data...), spans: make([]span, v.n)}
		for i := range out.spans {
			out.spans[i] = span{uint32(i * v.width), uint32((i + 1) * v.width)}
		}
		v.release()
		return out, nil
	}
	return v, nil
}

// conversionTo finds how leaf's values become values of type to: the same type, one that holds all of them, or
// microseconds for milliseconds and nanoseconds. ok is false if there is no such way.
func conversionTo(leaf *node, to arrow.DataType) (c conversion, ok bool) {
	if ext, isExtension := to.(arrow.ExtensionType); isExtension {
		to = ext.StorageType()
	}
	m := leaf.meaning()
	switch leaf.Type.V {
	case format.Boolean:
		return conversion{}, to.ID() == arrow.BOOL
	case format.Int32:
		return fromInteger[int32, uint32](m, to)
	case format.Int64:
		return fromInteger[int64, uint64](m, to)
	case format.Int96:
		if t, isTimestamp := to.(*arrow.TimestampType); isTimestamp && t.Unit == arrow.Microsecond {
			return conversion{width: 8, apply: int96ToMicros}, true
		}
	case format.Float:
		switch to.ID() {
		case arrow.FLOAT32:
			return conversion{}, true
		case arrow.FLOAT64:
			return each(8, func(v float32) float64 { return float64(v) }), true
		}
	case format.Double:
		return conversion{}, to.ID() == arrow.FLOAT64
	case format.ByteArray:
		return fromBytes(m, to)
	case format.FixedLenByteArray:
		return fromFixedBytes(m, int(leaf.TypeLength.V), to)
	}
	return conversion{}, false
}

// each is a conversion of one number at a time.
func each[S, D uint16 | uint32 | uint64 | int8 | int16 | int32 | int64 | float32 | float64](width int, f func(S) D) conversion {
	return conversion{width: width, apply: func(dst []byte, src *values) error {
		out := elements[D](dst)
		for i, v := range elements[S](src.data) {
			out[i] = f(v)
		}
		return nil
	}}
}

func fromInteger[S int32 | int64, U uint32 | uint64](m meaning, to arrow.DataType) (conversion, bool) {
	var zero S
	wide := any(zero) == any(int64(0))
	same := func(id arrow.Type) (conversion, bool) { return conversion{}, to.ID() == id }
	switch m.kind {
	case decimalMeaning:
		t, ok := to.(*arrow.Decimal128Type)
		return conversion{width: 16, apply: integerToDecimal[S]}, ok && t.Scale == m.scale && t.Precision >= m.precision
	case dateMeaning:
		if t, ok := to.(*arrow.TimestampType); ok && t.Unit == arrow.Microsecond {
			return each(8, func(v S) int64 { return int64(v) * 86400e6 }), true
		}
		return same(arrow.DATE32)
	case timeMeaning:
		t, ok := to.(*arrow.Time64Type)
		return toMicros[S](m.perSecond), ok && t.Unit == arrow.Microsecond
	case timestampMeaning:
		t, ok := to.(*arrow.TimestampType)
		return toMicros[S](m.perSecond), ok && t.Unit == arrow.Microsecond
	}
	switch to.ID() {
	case arrow.INT8:
		return each(1, func(v S) int8 { return int8(v) }), m.bits == 8 && !m.unsigned
	case arrow.UINT8:
		return conversion{width: 1, apply: integerToByte[S]}, m.bits == 8 && m.unsigned
	case arrow.INT16:
		return each(2, func(v S) int16 { return int16(v) }), m.bits == 8 || m.bits == 16 && !m.unsigned
	case arrow.UINT16:
		return each(2, func(v S) uint16 { return uint16(v) }), m.bits == 16 && m.unsigned
	case arrow.INT32:
		return conversion{}, !wide && (!m.unsigned || m.bits < 32)
	case arrow.UINT32:
		return conversion{}, !wide && m.unsigned
	case arrow.UINT64:
		return conversion{}, wide && m.unsigned
	case arrow.INT64:
		switch {
		case wide:
			return conversion{}, !m.unsigned
		case m.unsigned:
			return each(8, func(v U) int64 { return int64(v) }), true
		}
		return each(8, func(v S) int64 { return int64(v) }), true
	case arrow.DECIMAL128: // uint64 has no integer type in tables; numeric(20) holds it
		t := to.(*arrow.Decimal128Type)
		return conversion{width: 16, apply: unsignedToDecimal}, wide && m.unsigned && t.Scale == 0 && t.Precision >= 20
	}
	return conversion{}, false
}

func toMicros[S int32 | int64](perSecond int64) conversion {
	switch perSecond {
	case 1e3:
		return each(8, func(v S) int64 { return int64(v) * 1000 })
	case 1e9:
		return each(8, func(v S) int64 { return floorDiv(int64(v), 1000) })
	}
	var zero S
	if any(zero) == any(int64(0)) {
		return conversion{}
	}
	return each(8, func(v S) int64 { return int64(v) })
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func integerToByte[S int32 | int64](dst []byte, src *values) error {
	for i, v := range elements[S](src.data) {
		dst[i] = byte(v)
	}
	return nil
}

func integerToDecimal[S int32 | int64](dst []byte, src *values) error {
	out := elements[uint64](dst)
	for i, v := range elements[S](src.data) {
		out[2*i], out[2*i+1] = uint64(v), uint64(int64(v)>>63)
	}
	return nil
}

func unsignedToDecimal(dst []byte, src *values) error {
	out := elements[uint64](dst)
	for i, v := range elements[uint64](src.data) {
		out[2*i], out[2*i+1] = v, 0
	}
	return nil
}

// int96ToMicros reads the timestamps of Impala and old Spark: nanoseconds of the day, then the Julian day.
func int96ToMicros(dst []byte, src *values) error {
	const unixEpoch = 2440588
	out := elements[int64](dst)
	for i := range out {
		v := src.data[12*i:]
		nanos, day := int64(binary.LittleEndian.Uint64(v)), int64(binary.LittleEndian.Uint32(v[8:]))
		out[i] = (day-unixEpoch)*86400e6 + floorDiv(nanos, 1000)
	}
	return nil
}

func fromBytes(m meaning, to arrow.DataType) (conversion, bool) {
	switch t := to.(type) {
	case *arrow.StringType, *arrow.BinaryType:
		return conversion{}, m.kind != decimalMeaning
	case *arrow.Decimal128Type:
		return conversion{width: 16, apply: spansToDecimal}, m.kind == decimalMeaning && t.Scale == m.scale && t.Precision >= m.precision
	}
	return conversion{}, false
}

func fromFixedBytes(m meaning, width int, to arrow.DataType) (conversion, bool) {
	switch t := to.(type) {
	case *arrow.Float16Type:
		return conversion{}, m.kind == float16Meaning && width == 2
	case *arrow.Float32Type:
		return conversion{width: 4, apply: halfToFloat}, m.kind == float16Meaning && width == 2
	case *arrow.Decimal128Type:
		return conversion{width: 16, apply: fixedToDecimal}, m.kind == decimalMeaning && t.Scale == m.scale && t.Precision >= m.precision
	case *arrow.FixedSizeBinaryType:
		return conversion{}, m.kind != decimalMeaning && t.ByteWidth == width
	case *arrow.BinaryType:
		return conversion{bytes: true}, m.kind != decimalMeaning
	case *arrow.MonthDayNanoIntervalType:
		return conversion{width: 16, apply: intervalToMonthDayNano}, m.kind == intervalMeaning && width == 12
	}
	return conversion{}, false
}

var errDecimal = errors.New("decimal does not fit 128 bits")

func fixedToDecimal(dst []byte, src *values) error {
	for i := range src.n {
		if err := putDecimal(dst[16*i:], src.data[i*src.width:(i+1)*src.width]); err != nil {
			return err
		}
	}
	return nil
}

func spansToDecimal(dst []byte, src *values) error {
	for i, s := range src.spans {
		if err := putDecimal(dst[16*i:], src.data[s.from:s.to]); err != nil {
			return err
		}
	}
	return nil
}

// putDecimal writes a two's complement number, high bytes first, as Arrow's 128 bits, low bytes first.
func putDecimal(dst, number []byte) error {
	var sign byte
	if len(number) > 0 && number[0] >= 0x80 {
		sign = 0xff
	}
	for ; len(number) > 16; number = number[1:] {
		if number[0] != sign || (number[1]^sign)&0x80 != 0 && len(number) == 17 {
			return errDecimal
		}
	}
	for i := range 16 {
		if i < len(number) {
			dst[i] = number[len(number)-1-i]
		} else {
			dst[i] = sign
		}
	}
	return nil
}

// halfToFloat widens float16.
func halfToFloat(dst []byte, src *values) error {
	simd.Float16(elements[float32](dst), src.data)
	return nil
}

func doubleToFloat(dst []byte, src *values) error {
	out := elements[float32](dst)
	for i, v := range elements[float64](src.data) {
		out[i] = float32(v)
	}
	return nil
}

// intervalToMonthDayNano reads months, days and milliseconds.
func intervalToMonthDayNano(dst []byte, src *values) error {
	for i := range src.n {
		v := src.data[12*i:]
		copy(dst[16*i:16*i+8], v[:8])
		binary.LittleEndian.PutUint64(dst[16*i+8:], uint64(binary.LittleEndian.Uint32(v[8:]))*1e6)
	}
	return nil
}
