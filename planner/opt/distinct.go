package opt

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// distinct guesses how many different values an expression has in a node's rows. Whole numbers have at most as many as their bounds
// leave room for, which tells keys that refer to small tables; of other values a table is taken to have a tenth of its rows.
func (known estimates) distinct(n plan.Node, e plan.Expr) float64 {
	rows := max(known.rows(n), 1)
	switch e := e.(type) {
	case *plan.Ref:
		return max(min(known.distinctColumn(n, e.ID), rows), 1)
	case *plan.Cast:
		return known.distinct(n, e.Arg)
	case *plan.Literal:
		return 1
	}
	if e.Type().ID() == arrow.BOOL {
		return min(2, rows)
	}
	values := 1.0
	for id := range plan.FreeOf(e) {
		values *= known.distinctColumn(n, id)
	}
	return max(min(values, rows), 1)
}

// distinctColumn follows a column to the scan that it comes from.
func (known estimates) distinctColumn(n plan.Node, id int) float64 {
	switch n := n.(type) {
	case *plan.Scan:
		return distinctInScan(n, id)
	case *plan.Project:
		for _, item := range n.Items {
			if item.ID == id {
				return known.distinct(n.Input, item.Expr)
			}
		}
	case *plan.Aggregate:
		for _, g := range n.Groups {
			if g.ID == id {
				return known.distinct(n.Input, g.Expr)
			}
		}
		return known.rows(n)
	case *plan.Shared:
		for i, c := range n.Cols {
			if c.ID == id {
				return known.distinctColumn(n.Input, n.Input.Columns()[i].ID)
			}
		}
	case *plan.Union, *plan.Values, *plan.TableFunction, *plan.Recursion, *plan.WorkingTable:
		return known.rows(n)
	}
	for _, in := range n.Inputs() {
		if plan.IDs(in)[id] {
			return known.distinctColumn(in, id)
		}
	}
	return known.rows(n)
}

func distinctInScan(n *plan.Scan, id int) float64 {
	rows := max(scanned(n), 1)
	at := columnAt(n, id)
	if at < 0 { // its address
		return rows
	}
	if n.All[at].Type.ID() == arrow.BOOL {
		return 2
	}
	values, guessed := guessDistinct(n, at)
	if guessed {
		rows = min(rows, values)
	}
	if low, high, ok := boundsOf(n, at); ok {
		return min(rows, high-low+1)
	}
	if guessed || isWhole(n.All[at].Type) {
		return rows
	}
	return max(math.Ceil(rows/10), min(rows, 10))
}

// guessDistinct is what a table's snapshot guesses of the values of a column.
func guessDistinct(n *plan.Scan, at int) (float64, bool) {
	if n.Distinct == nil {
		return 0, false
	}
	return n.Distinct(at)
}

// columnAt is the place of a column among those of the table.
func columnAt(n *plan.Scan, id int) int {
	for at, c := range n.All {
		if c.ID == id {
			return at
		}
	}
	return -1
}

// boundsOf are the bounds of a column of whole numbers, times or decimals.
func boundsOf(n *plan.Scan, at int) (low, high float64, ok bool) {
	if n.Bounds == nil {
		return 0, 0, false
	}
	from, to, ok := n.Bounds(at)
	return float64(from), float64(to), ok && from <= to
}

func isWhole(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.INT16, arrow.INT32, arrow.INT64:
		return true
	}
	return false
}
