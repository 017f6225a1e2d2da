package writer

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/format"
)

// bounds are the least and the greatest of some values. NaN is no value here.
type bounds struct {
	known               bool
	lowInt, highInt     int64
	lowFloat, highFloat float64
	lowText, highText   []byte
}

// see takes in numbers as they lie in the file.
func (b *bounds) see(physical format.Type, numbers []byte) {
	switch physical {
	case format.Int32:
		seeIntegers(b, arrow.Int32Traits.CastFromBytes(numbers))
	case format.Int64:
		seeIntegers(b, arrow.Int64Traits.CastFromBytes(numbers))
	case format.Float:
		seeFloats(b, arrow.Float32Traits.CastFromBytes(numbers))
	case format.Double:
		seeFloats(b, arrow.Float64Traits.CastFromBytes(numbers))
	}
}

func seeIntegers[T int32 | int64](b *bounds, values []T) {
	if len(values) == 0 {
		return
	}
	low, high := values[0], values[0]
	for _, v := range values[1:] {
		low, high = min(low, v), max(high, v)
	}
	b.merge(format.Int64, bounds{known: true, lowInt: int64(low), highInt: int64(high)})
}

func seeFloats[T float32 | float64](b *bounds, values []T) {
	low, high := T(math.Inf(1)), T(math.Inf(-1))
	seen := false
	for _, v := range values {
		if v == v {
			low, high, seen = min(low, v), max(high, v), true
		}
	}
	if seen {
		b.merge(format.Double, bounds{known: true, lowFloat: float64(low), highFloat: float64(high)})
	}
}

// merge takes in the bounds of other values.
func (b *bounds) merge(physical format.Type, other bounds) {
	switch {
	case !other.known:
	case !b.known:
		*b = other
	case physical == format.ByteArray:
		if bytes.Compare(other.lowText, b.lowText) < 0 {
			b.lowText = other.lowText
		}
		if bytes.Compare(other.highText, b.highText) > 0 {
			b.highText = other.highText
		}
	default:
		b.lowInt, b.highInt = min(b.lowInt, other.lowInt), max(b.highInt, other.highInt)
		b.lowFloat, b.highFloat = min(b.lowFloat, other.lowFloat), max(b.highFloat, other.highFloat)
	}
}

func compareBounds(physical format.Type, a, b bounds) (low, high int) {
	switch physical {
	case format.ByteArray:
		return bytes.Compare(a.lowText, b.lowText), bytes.Compare(a.highText, b.highText)
	case format.Float, format.Double:
		return cmp.Compare(a.lowFloat, b.lowFloat), cmp.Compare(a.highFloat, b.highFloat)
	}
	return cmp.Compare(a.lowInt, b.lowInt), cmp.Compare(a.highInt, b.highInt)
}

func (b *bounds) lowBytes(physical format.Type) []byte {
	float := b.lowFloat
	if float == 0 {
		float = math.Copysign(0, -1) // a reader may not know that zeros are equal
	}
	return boundBytes(physical, b.lowInt, float, b.lowText)
}

func (b *bounds) highBytes(physical format.Type) []byte {
	return boundBytes(physical, b.highInt, b.highFloat+0, b.highText)
}

func boundBytes(physical format.Type, integer int64, float float64, text []byte) []byte {
	switch physical {
	case format.Int32:
		return binary.LittleEndian.AppendUint32(nil, uint32(integer))
	case format.Int64:
		return binary.LittleEndian.AppendUint64(nil, uint64(integer))
	case format.Float:
		return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(float)))
	case format.Double:
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(float))
	}
	return append([]byte{}, text...)
}
