package udf

import "github.com/apache/arrow-go/v18/arrow"

// A Set is the table of functions that a server has. It does not change and may be used at once.
type Set struct {
	scalars    map[string]*Scalar
	aggregates map[string]*Aggregate
}

// A Resolved is the overload that fits a call's arguments.
type Resolved struct {
	Name     string           // canonical, aliases resolved
	Args     []arrow.DataType // what each argument must be cast to; equal to its type where nothing is to be done
	Out      arrow.DataType
	Volatile bool
}

// A ScalarFunc is a scalar function bound to argument types, ready to run. It may be used at once.
type ScalarFunc struct {
	Name     string
	Out      arrow.DataType
	Volatile bool
	Nulls    bool
	Eval     Eval
}

// An AggregateFunc is an aggregate bound to argument types.
type AggregateFunc struct {
	Name string
	In   []arrow.DataType
	Out  arrow.DataType
	Impl *AggregateImpl
}
