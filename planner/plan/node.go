package plan

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// A Node is a node of a plan: rows from rows. Nodes are never edited in place.
type Node interface {
	// Columns are what its rows consist of. Nobody changes the slice.
	Columns() []Column
	Inputs() []Node
	// WithInputs is the same node over other inputs, which are as many.
	WithInputs(inputs []Node) Node
	// Exprs are the node's own expressions.
	Exprs() []Expr
	// WithExprs is the same node with other expressions, which are as many.
	WithExprs(exprs []Expr) Node
}

type (
	// A Scan reads a table's snapshot, or files that are no table's.
	Scan struct {
		Table   TableID
		Files   *catalog.FileSet // nil for a table
		Alias   string
		Source  *arrow.Schema // of the snapshot
		All     []Column      // one a field of Source; Filter refers to these
		Read    []int         // the fields that are read, in this order
		Address *Column       // catalog.AddressColumn, the last column where it is set
		Filter  Expr          // nil for all rows
		Rows    int64         // of the snapshot, -1 if unknown
		// Bounds are those of a column of whole numbers, dates, times or decimals, by its place in Source; nil if none are known.
		Bounds func(column int) (low, high int64, ok bool)
		// Summary tells of all values of a column, by its place in Source; nil or false where that is not known.
		Summary func(column int) (catalog.ColumnSummary, bool)
		// Distinct guesses how many values a column has, by its place in Source; nil or false where nothing is known of them.
		Distinct func(column int) (float64, bool)
		Recall   float64 // if above 0, a vector index may find that share of the rows within a distance that the filter states
	}
	// Values are rows of expressions without references.
	Values struct {
		Cols []Column
		Rows [][]Expr
	}
	// A Filter passes on the rows for which its condition is true.
	Filter struct {
		Input Node
		Cond  Expr
	}
	// A Project computes each column of its output.
	Project struct {
		Input Node
		Items []Item
	}
	// A Join pairs the rows of two inputs. Left columns come before right ones. Until package decorrelate has been at it, the
	// right input may refer to columns of the left one: it is then another one for every left row.
	Join struct {
		Kind        JoinKind
		Left, Right Node
		On          Expr    // nil for a cross product
		Mark        *Column // the column that LeftMark appends
		known       *joinColumns
	}
	// An Aggregate makes one row of each group: the groups' columns, then the measures.
	Aggregate struct {
		Input    Node
		Groups   []Item
		Measures []Measure
	}
	// A Sort orders its input.
	Sort struct {
		Input Node
		Keys  []Key
	}
	// A Limit passes on rows [Skip, Skip+Count). Either may be nil; both are bigint without references.
	Limit struct {
		Input       Node
		Count, Skip Expr
		// Recall allows a limit over a sort by a distance to find rows by a vector index: that share of the right ones, over
		// many searches. 0 is for all of them.
		Recall float64
	}
	// A Union appends its inputs, column by column.
	Union struct {
		Ins      []Node
		Cols     []Column
		Distinct bool
	}
	// An Unnest repeats each input row for every element of lists, several lists in parallel.
	Unnest struct {
		Input   Node
		Lists   []Expr
		Cols    []Column // one a list
		Ordinal *Column
		Outer   bool // rows without elements stay, with NULL
	}
	// A TableFunction makes rows from constant arguments.
	TableFunction struct {
		Name string
		Args []Expr
		Cols []Column
	}
	// A RowFetch reads columns of the rows whose addresses are the input's last column, which it drops.
	RowFetch struct {
		Input Node
		Scan  *Scan // the table and the columns; its filter and address are not used
	}
	// A Write changes the rows of a table. Its input has the rows' addresses first, unless they are inserted, then the columns of
	// new rows, unless they are deleted, and then those to return. A row whose address comes twice is changed once.
	Write struct {
		Kind     WriteKind
		Input    Node
		Table    catalog.Name
		Target   *arrow.Schema // of the table, unless it is made
		Snapshot int64         // that the addresses are of
		Create   *arrow.Schema // CREATE TABLE AS: the table is made first
		IfNot    bool          // CREATE TABLE IF NOT EXISTS AS
		// Properties and Partitioning are of the table that is made.
		Properties   map[string]string
		Partitioning []catalog.PartitionField
		Returning    []Column // the input's last columns; nil for the count of rows
		Count        Column
	}
)

// An Item is a computed column.
type Item struct {
	Column
	Expr Expr
}

// A Measure is an aggregate function applied to a group's rows.
type Measure struct {
	Column
	Func     string
	Args     []Expr
	Distinct bool
	Filter   Expr // nil for all rows
	Sort     []Key
}

// A Key is one key of an order.
type Key struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// JoinKind tells joins apart.
type JoinKind int

const (
	Inner JoinKind = iota
	Left
	Right
	Full
	LeftSemi   // left rows with a match
	LeftAnti   // left rows without one
	LeftMark   // left rows and whether they match: true, false or NULL
	LeftSingle // as Left, and two matches of a left row are an error
	RightSemi  // right rows with a match; only the last rules make it and RightAnti
	RightAnti  // right rows without one
	AsOf       // left rows, each with one match: the one nearest to the left row by the one inequality of On
)

func (k JoinKind) String() string {
	return [...]string{"inner", "left", "right", "full", "left-semi", "left-anti", "left-mark", "left-single", "right-semi", "right-anti", "as-of"}[k]
}

// WriteKind tells changes of rows apart.
type WriteKind int

const (
	Insert WriteKind = iota
	Delete
	Update
	// Upsert inserts the rows that have NULL for an address, and updates the others. A row that is to be changed twice is an error,
	// and so is the address -1: that of a row to be inserted with the key of another one.
	Upsert
)

func (k WriteKind) String() string { return [...]string{"insert", "delete", "update", "upsert"}[k] }
