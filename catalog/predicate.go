package catalog

import "github.com/apache/arrow-go/v18/arrow"

// A Predicate is a condition on one column that statistics may refute. A scan may return rows that do not fulfill it:
// Scan.Filter decides, or whoever reads. NULL never fulfills a comparison.
type Predicate struct {
	Column int // of Snapshot.Schema
	Op     Op
	// Values has one row for comparisons, one or more for In, none for IsNull and IsNotNull. Its type is the column's.
	Values arrow.Array
}

// An Op compares a column with constants.
type Op int

const (
	Eq Op = iota + 1
	NotEq
	Less
	LessEq
	Greater
	GreaterEq
	In
	IsNull
	IsNotNull
)
