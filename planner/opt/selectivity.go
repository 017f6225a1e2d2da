package opt

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// selectivity guesses the share of a node's rows that fulfill a condition. Comparisons that bound a column from both sides belong
// together: each alone may let nearly all rows pass.
func selectivity(cond plan.Expr, of plan.Node) float64 {
	share := 1.0
	var ranges []columnRange
	for _, c := range plan.Conjuncts(cond) {
		if id, smaller, ok := rangeOf(c, of); ok {
			at := slices.IndexFunc(ranges, func(r columnRange) bool { return r.column == id })
			if at < 0 {
				at, ranges = len(ranges), append(ranges, columnRange{id, 1, 1})
			}
			ranges[at].narrow(smaller, selectivityOne(c, of))
			continue
		}
		share *= selectivityOne(c, of)
	}
	for _, r := range ranges {
		share *= max(r.below+r.above-1, leastShare)
	}
	return share
}

// leastShare is what a range is taken to leave at least.
const leastShare = 0.0001

// A columnRange is which shares of a column's rows lie below an upper bound and above a lower one.
type columnRange struct {
	column       int
	below, above float64
}

func (r *columnRange) narrow(smaller bool, share float64) {
	if smaller {
		r.below = min(r.below, share)
	} else {
		r.above = min(r.above, share)
	}
}

// rangeOf tells which column a comparison bounds by a constant, and whether it keeps the smaller values, if the column's bounds are known.
func rangeOf(c plan.Expr, of plan.Node) (id int, smaller, ok bool) {
	call, isCall := c.(*plan.Call)
	if !isCall {
		return 0, false, false
	}
	switch call.Name {
	case "lt", "lte":
		smaller = true
	case "gt", "gte":
	default:
		return 0, false, false
	}
	column, value := call.In[0], call.In[1]
	if _, turned := column.(*plan.Literal); turned {
		column, value, smaller = value, column, !smaller
	}
	ref, isRef := column.(*plan.Ref)
	scan, at := columnOf(column, of)
	if _, known := wholeLiteral(value); !isRef || scan == nil || !known {
		return 0, false, false
	}
	_, _, ok = boundsOf(scan, at)
	return ref.ID, smaller, ok
}

func selectivityOne(c plan.Expr, of plan.Node) float64 {
	switch c := c.(type) {
	case *plan.InList:
		return min(0.5, equalShare(c.Arg, of)*float64(len(c.List)))
	case *plan.Call:
		switch c.Name {
		case "equal", "is_not_distinct_from":
			return min(equalShare(c.In[0], of), equalShare(c.In[1], of))
		case "lt", "lte", "gt", "gte":
			return rangeShare(c, of)
		case "like", "ilike":
			return 0.1
		case "is_null":
			return 0.1
		case "or":
			none := 1.0
			for _, arg := range c.In {
				none *= 1 - selectivity(arg, of)
			}
			return 1 - none
		case "not":
			return 1 - selectivity(c.In[0], of)
		}
	}
	return 0.7
}

// equalShare is the share of rows with one of the values of an expression.
func equalShare(e plan.Expr, of plan.Node) float64 {
	const unknown = 0.05
	switch e.(type) {
	case *plan.Literal, *plan.Param:
		return 1 // what it is compared with decides
	}
	scan, at := columnOf(e, of)
	if scan == nil {
		return unknown
	}
	values, known := guessDistinct(scan, at)
	if low, high, ok := boundsOf(scan, at); ok {
		if width := high - low + 1; !known || width < values {
			values, known = width, true
		}
	}
	switch rows := max(scanned(scan), 1); {
	case known:
		return 1 / max(min(values, rows), 1)
	case isWhole(scan.All[at].Type):
		return 1 / rows
	}
	return unknown
}

// rangeShare is the share of a column's bounds that a comparison with a constant leaves.
func rangeShare(c *plan.Call, of plan.Node) float64 {
	const unknown = 0.3
	column, value, smaller := c.In[0], c.In[1], c.Name == "lt" || c.Name == "lte"
	if _, ok := column.(*plan.Literal); ok {
		column, value, smaller = value, column, !smaller
	}
	v, ok := wholeLiteral(value)
	scan, at := columnOf(column, of)
	if !ok || scan == nil {
		return unknown
	}
	low, high, ok := boundsOf(scan, at)
	if !ok || high == low {
		return unknown
	}
	share := min(max((v-low)/(high-low), 0), 1)
	if !smaller {
		share = 1 - share
	}
	return max(share, leastShare)
}

// columnOf is the column of a table that an expression is, below a node; nil for anything else.
func columnOf(e plan.Expr, of plan.Node) (*plan.Scan, int) {
	ref, ok := e.(*plan.Ref)
	if !ok {
		return nil, 0
	}
	for {
		switch n := of.(type) {
		case *plan.Scan:
			if at := columnAt(n, ref.ID); at >= 0 {
				return n, at
			}
			return nil, 0
		case *plan.Project:
			for _, item := range n.Items {
				if item.ID == ref.ID {
					return columnOf(item.Expr, n.Input)
				}
			}
			return nil, 0
		case *plan.Aggregate:
			return nil, 0
		}
		next := plan.Node(nil)
		for _, in := range of.Inputs() {
			if plan.IDs(in)[ref.ID] {
				next = in
			}
		}
		if next == nil {
			return nil, 0
		}
		of = next
	}
}

// wholeLiteral is a constant in the units of bounds.
func wholeLiteral(e plan.Expr) (float64, bool) {
	l, ok := e.(*plan.Literal)
	if !ok || l.Value.IsNull(0) {
		return 0, false
	}
	switch v := l.Value.(type) {
	case *array.Int16:
		return float64(v.Value(0)), true
	case *array.Int32:
		return float64(v.Value(0)), true
	case *array.Int64:
		return float64(v.Value(0)), true
	case *array.Date32:
		return float64(v.Value(0)), true
	case *array.Time64:
		return float64(v.Value(0)), true
	case *array.Timestamp:
		return float64(v.Value(0)), true
	case *array.Decimal128:
		return v.Value(0).ToFloat64(0), true
	}
	return 0, false
}
