package reader

import (
	"bytes"
	"cmp"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// A comparer orders value i of a and value j of b, which are of one type and not NULL.
type comparer func(a arrow.Array, i int, b arrow.Array, j int) int

// compareAs is a comparer of arrays whose values Go orders.
func compareAs[A interface {
	arrow.Array
	Value(int) T
}, T cmp.Ordered](a arrow.Array, i int, b arrow.Array, j int) int {
	return cmp.Compare(a.(A).Value(i), b.(A).Value(j))
}

// comparerOf is the comparer of a type's values; nil for types that are not compared.
func comparerOf(dt arrow.DataType) comparer {
	switch dt.ID() {
	case arrow.BOOL:
		return func(a arrow.Array, i int, b arrow.Array, j int) int {
			x, y := a.(*array.Boolean).Value(i), b.(*array.Boolean).Value(j)
			switch {
			case x == y:
				return 0
			case y:
				return -1
			}
			return 1
		}
	case arrow.INT8:
		return compareAs[*array.Int8]
	case arrow.INT16:
		return compareAs[*array.Int16]
	case arrow.INT32:
		return compareAs[*array.Int32]
	case arrow.INT64:
		return compareAs[*array.Int64]
	case arrow.UINT8:
		return compareAs[*array.Uint8]
	case arrow.UINT16:
		return compareAs[*array.Uint16]
	case arrow.UINT32:
		return compareAs[*array.Uint32]
	case arrow.UINT64:
		return compareAs[*array.Uint64]
	case arrow.FLOAT32:
		return compareAs[*array.Float32]
	case arrow.FLOAT64:
		return compareAs[*array.Float64]
	case arrow.DATE32:
		return compareAs[*array.Date32]
	case arrow.TIME64:
		return compareAs[*array.Time64]
	case arrow.TIMESTAMP:
		return compareAs[*array.Timestamp]
	case arrow.STRING:
		return compareAs[*array.String]
	case arrow.BINARY:
		return func(a arrow.Array, i int, b arrow.Array, j int) int {
			return bytes.Compare(a.(*array.Binary).Value(i), b.(*array.Binary).Value(j))
		}
	case arrow.DECIMAL128:
		return func(a arrow.Array, i int, b arrow.Array, j int) int {
			return a.(*array.Decimal128).Value(i).Cmp(b.(*array.Decimal128).Value(j))
		}
	case arrow.FIXED_SIZE_BINARY:
		return compareFixedBytes
	case arrow.EXTENSION:
		if dt.(arrow.ExtensionType).StorageType().ID() == arrow.FIXED_SIZE_BINARY {
			return func(a arrow.Array, i int, b arrow.Array, j int) int {
				return compareFixedBytes(a.(array.ExtensionArray).Storage(), i, b.(array.ExtensionArray).Storage(), j)
			}
		}
	}
	return nil
}

func compareFixedBytes(a arrow.Array, i int, b arrow.Array, j int) int {
	return bytes.Compare(a.(*array.FixedSizeBinary).Value(i), b.(*array.FixedSizeBinary).Value(j))
}

func isNaN(a arrow.Array, i int) bool {
	switch a := a.(type) {
	case *array.Float32:
		return math.IsNaN(float64(a.Value(i)))
	case *array.Float64:
		return math.IsNaN(a.Value(i))
	}
	return false
}
