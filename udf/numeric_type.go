package udf

import "github.com/apache/arrow-go/v18/arrow"

// maxPrecision is the number of digits that numeric holds.
const maxPrecision = 38

// freeScale is the scale of a numeric whose declaration leaves it open and whose source does not give one: enough for
// 22 digits before the point. It is also the least scale of quotients and averages, as in PostgreSQL.
const freeScale = 16

// NumericOf is the numeric type that holds the values of a type: what a cast to numeric without precision gives.
func NumericOf(from arrow.DataType) arrow.DataType {
	switch from.ID() {
	case arrow.INT16:
		return numericType(5, 0)
	case arrow.INT32:
		return numericType(10, 0)
	case arrow.INT64:
		return numericType(19, 0)
	case arrow.DECIMAL128:
		return from
	}
	return numericType(maxPrecision, freeScale)
}

func numericType(precision, scale int32) *arrow.Decimal128Type {
	return &arrow.Decimal128Type{Precision: precision, Scale: scale}
}

// widestNumeric holds the values of both types exactly, as long as 38 digits do.
func widestNumeric(a, b *arrow.Decimal128Type) *arrow.Decimal128Type {
	scale := max(a.Scale, b.Scale)
	whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
	return numericType(min(whole+scale, maxPrecision), scale)
}
