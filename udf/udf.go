// Package udf holds every SQL function: scalar functions, aggregates, casts and the names of types.
//
// A function is an entry of one table. Its overloads, its Substrait extension, the server's SqlInfo, its page in the
// manual and one test come from that entry. Arrow's types are SQL's types here; package udf/substrait spells them for
// plans, package udf/simd has the vector kernels.
package udf

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A Call is what one evaluation of a function knows besides its arguments.
type Call struct {
	Mem  memory.Allocator
	Rows int            // rows of the result
	Out  arrow.DataType // type of the result
	Env  *Env
	// Context ends with the query. It is nil while a statement is planned: what may take long then answers with an error, and is
	// evaluated when the statement runs.
	Context context.Context
}

// An Env is what a statement's functions see of its session. It is the same for the whole statement.
type Env struct {
	Now      time.Time      // now(), current_date: the statement's start
	Location *time.Location // SET timezone
	User     string
	Database string // catalog name
	Schema   string // default schema
	Seed     uint64 // of random()
}

// An Arg is one argument of a call: a column of Call.Rows rows or, where Const is set, one row that stands for all.
// The array belongs to the caller.
type Arg struct {
	arrow.Array
	Const bool
}

// Row is the row of the array that stands for row i of the call.
func (a Arg) Row(i int) int {
	if a.Const {
		return 0
	}
	return i
}

// An Eval computes a function over a batch. It returns an array of call.Rows rows, or of one row if every argument is
// constant and the function is not volatile; the caller releases it.
type Eval func(call *Call, args []Arg) (arrow.Array, error)

// A Scalar is a function of the values of one row.
type Scalar struct {
	Name     string
	Aliases  []string
	Kind     string // chapter of the manual: math, string, datetime, vector, list, comparison ...
	Doc      string // one paragraph; says what NULL, NaN and odd input come to
	Example  string // "f(x) = y", which the tests evaluate
	Args     []string
	Volatile bool // not folded and evaluated a row: random()
	Internal bool // an operator's function that users do not call by name
	Impls    []Impl
}

// An Impl is an overload of a scalar function.
type Impl struct {
	In       []Type // one an argument
	Variadic bool   // the last of In repeats, once or more
	Out      func(in []arrow.DataType) (arrow.DataType, error)
	Nulls    bool // Eval wants rows with NULL arguments; else the caller may answer all-NULL batches itself
	Eval     Eval
}

// An Aggregate is a function of many rows.
type Aggregate struct {
	Name    string
	Aliases []string
	Doc     string
	Example string // "SELECT f(x) FROM (VALUES ...) t(x)" = result
	Args    []string
	Impls   []AggregateImpl
}

// An AggregateImpl is an overload of an aggregate.
type AggregateImpl struct {
	In  []Type
	Out func(in []arrow.DataType) (arrow.DataType, error)
	New func(mem memory.Allocator, in []arrow.DataType, out arrow.DataType) Accumulator
}

// An Accumulator holds an aggregate's state for many groups, numbered from 0. It is used by one goroutine at a time.
type Accumulator interface {
	// Grow makes room for groups [0, n); n never falls.
	Grow(n int)
	// Add takes in rows: row i belongs to groups[i]. Every argument has len(groups) rows.
	Add(groups []uint32, args []Arg) error
	// Merge takes in another accumulator of the same kind, whose group g is groups[g] here. NoGroup leaves a group out; one that has
	// Combine is merged by that, and is not given any.
	Merge(other Accumulator, groups []uint32) error
	// Result has a row for each group. The caller releases it.
	Result() (arrow.Array, error)
	// Bytes is the memory held.
	Bytes() int64
	Release()
}

// A Sharer is an accumulator whose results may come from the states of another that takes in the same rows.
type Sharer interface {
	Accumulator
	// Share has Result answer from other's states, if these are what its own would be. It is then given no rows, and other is not
	// released before it.
	Share(other Accumulator) bool
}

// NoGroup stands for the number of a group that Merge leaves out.
const NoGroup = ^uint32(0)

// A Combiner is an accumulator whose groups are of a fixed size, so that any of them can be taken into any others, one into many
// too: what frames of windows that share rows need.
type Combiner interface {
	Accumulator
	// Combine takes in group from[k] of another accumulator of the same kind as part of group to[k], in this order. Without from,
	// the other's groups are taken in the order of their numbers.
	Combine(other Accumulator, from, to []uint32) error
}
