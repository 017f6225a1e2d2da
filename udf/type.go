package udf

import "github.com/apache/arrow-go/v18/arrow"

// A Type is a pattern that Arrow types match: one type, a family of types, or a variable that stands for the same type
// throughout one signature.
type Type struct {
	Name  string // as the manual spells it: bigint, numeric, text, vector, anyelement, anyelement[]
	Match func(dt arrow.DataType) bool
}
