package iceberg

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/iceberg-go"

	"github.com/mediaflight/mediaflight/catalog"
)

// stats are the statistics of a data file by field id. What a file does not tell is not in the maps.
type stats struct {
	rows                int64
	values, nulls, nans map[int]int64
	lower, upper        map[int][]byte
}

// statsOf takes the statistics out of a file's entry, which would copy them each time they are asked for.
func statsOf(file iceberg.DataFile) stats {
	return stats{rows: file.Count(), values: file.ValueCounts(), nulls: file.NullValueCounts(), nans: file.NaNValueCounts(),
		lower: file.LowerBoundValues(), upper: file.UpperBoundValues()}
}

// refuted tells whether the statistics of a data file show that no row of it fulfills all predicates.
func (s *Snapshot) refuted(f *dataFile, predicates []catalog.Predicate) bool {
	for _, p := range predicates {
		if f.stats.refute(s.columns[p.Column].field, p) {
			return true
		}
	}
	return false
}

// refute compares a predicate with the statistics of its column. They are of what the file holds: they say nothing
// about a column that it lacks. NaN is greater than all other numbers in SQL, but never within bounds.
func (s stats) refute(field iceberg.NestedField, p catalog.Predicate) bool {
	id := field.ID
	if _, primitive := field.Type.(iceberg.PrimitiveType); !primitive {
		return false
	}
	nulls, nullsKnown := s.nulls[id]
	values, valuesKnown := s.values[id]
	onlyNulls := nullsKnown && valuesKnown && nulls == values && values == s.rows
	switch p.Op {
	case catalog.IsNull:
		return nullsKnown && nulls == 0
	case catalog.IsNotNull:
		return onlyNulls
	}
	if onlyNulls {
		return true
	}
	nans, nansKnown := s.nans[id]
	b := bounds{t: field.Type, lower: s.lower[id], upper: s.upper[id], noNaN: !isFloat(field.Type) || nansKnown && nans == 0}
	if p.Op != catalog.In {
		return b.exclude(p.Op, p.Values, 0)
	}
	for row := range p.Values.Len() {
		if !b.exclude(catalog.Eq, p.Values, row) {
			return false
		}
	}
	return true
}

func isFloat(t iceberg.Type) bool {
	return t == iceberg.PrimitiveTypes.Float32 || t == iceberg.PrimitiveTypes.Float64
}

// bounds are the least and the greatest value of a column in a file, or shorter strings below and above them; nil if
// they are not known.
type bounds struct {
	t            iceberg.Type
	lower, upper []byte
	noNaN        bool
}

// exclude tells whether no value within the bounds compares with the row of values as op says.
func (b bounds) exclude(op catalog.Op, values arrow.Array, row int) bool {
	if values.IsNull(row) {
		return true // no comparison with NULL is fulfilled
	}
	lower, lowerKnown := compareBound(b.t, b.lower, values, row)
	upper, upperKnown := compareBound(b.t, b.upper, values, row)
	switch op {
	case catalog.Eq:
		return lowerKnown && lower > 0 || upperKnown && upper < 0
	case catalog.NotEq:
		return b.noNaN && lowerKnown && upperKnown && lower == 0 && upper == 0
	case catalog.Less:
		return lowerKnown && lower >= 0
	case catalog.LessEq:
		return lowerKnown && lower > 0
	case catalog.Greater:
		return b.noNaN && upperKnown && upper <= 0
	case catalog.GreaterEq:
		return b.noNaN && upperKnown && upper < 0
	}
	return false
}

// compareBound compares a bound, in Iceberg's binary form of single values, with a row of values; known is false if
// it cannot. Bounds of a column that was promoted (int to long, float to double) may have the old type's width.
func compareBound(t iceberg.Type, bound []byte, values arrow.Array, row int) (result int, known bool) {
	if bound == nil {
		return 0, false
	}
	switch v := values.(type) {
	case *array.Int32:
		return compareInt(bound, int64(v.Value(row)))
	case *array.Int64:
		return compareInt(bound, v.Value(row))
	case *array.Date32:
		return compareInt(bound, int64(v.Value(row)))
	case *array.Time64:
		return compareInt(bound, int64(v.Value(row)))
	case *array.Timestamp:
		switch t.(type) {
		case iceberg.TimestampType, iceberg.TimestampTzType: // bounds of nanoseconds are left alone
			return compareInt(bound, int64(v.Value(row)))
		}
	case *array.Float32:
		return compareFloat(bound, float64(v.Value(row)))
	case *array.Float64:
		return compareFloat(bound, v.Value(row))
	case *array.Boolean:
		if len(bound) == 1 {
			return cmp.Compare(bound[0]&1, boolByte(v.Value(row))), true
		}
	case *array.Decimal128:
		return bigEndian(bound).Cmp(v.Value(row).BigInt()), true
	case *array.String:
		return bytes.Compare(bound, []byte(v.Value(row))), true
	case *array.Binary:
		return bytes.Compare(bound, v.Value(row)), true
	case *extensions.UUIDArray:
		id := v.Value(row)
		return bytes.Compare(bound, id[:]), true
	}
	return 0, false
}

func compareInt(bound []byte, value int64) (int, bool) {
	switch len(bound) {
	case 4:
		return cmp.Compare(int64(int32(binary.LittleEndian.Uint32(bound))), value), true
	case 8:
		return cmp.Compare(int64(binary.LittleEndian.Uint64(bound)), value), true
	}
	return 0, false
}

func compareFloat(bound []byte, value float64) (int, bool) {
	var b float64
	switch len(bound) {
	case 4:
		b = float64(math.Float32frombits(binary.LittleEndian.Uint32(bound)))
	case 8:
		b = math.Float64frombits(binary.LittleEndian.Uint64(bound))
	default:
		return 0, false
	}
	if math.IsNaN(b) || math.IsNaN(value) {
		return 0, false
	}
	return cmp.Compare(b, value), true
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// bigEndian reads an integer in two's complement.
func bigEndian(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}
