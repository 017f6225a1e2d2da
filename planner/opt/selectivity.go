package opt

import (
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// selectivity guesses the share of a node's rows that fulfill a condition.
func selectivity(cond plan.Expr, of plan.Node) float64 {
	share := 1.0
	for _, c := range plan.Conjuncts(cond) {
		share *= selectivityOne(c, of)
	}
	return share
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
	scan, at := columnOf(e, of)
	if scan != nil {
		if low, high, ok := boundsOf(scan, at); ok {
			return max(1/(high-low+1), 1/max(scanned(scan), 1))
		}
		if isWhole(scan.All[at].Type) {
			return 1 / max(scanned(scan), 1)
		}
	}
	return 0.05
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
	return max(share, 0.0001)
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
