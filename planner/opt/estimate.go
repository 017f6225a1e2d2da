package opt

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// unknownRows is what a table is taken to have where counting would need reading.
const unknownRows = 1e6

// estimate guesses how many rows a node puts out. Only the order of such guesses matters.
func estimate(n plan.Node) float64 {
	switch n := n.(type) {
	case *plan.Scan:
		rows := float64(n.Rows)
		if n.Rows < 0 {
			rows = unknownRows
		}
		if n.Filter != nil {
			rows *= selectivity(n.Filter)
		}
		return rows
	case *plan.Values:
		return float64(len(n.Rows))
	case *plan.TableFunction:
		return 1000
	case *plan.Filter:
		return estimate(n.Input) * selectivity(n.Cond)
	case *plan.Limit:
		rows := estimate(n.Input)
		if count, ok := literalInt(n.Count); ok {
			return min(rows, float64(count))
		}
		return rows
	case *plan.Aggregate:
		if len(n.Groups) == 0 {
			return 1
		}
		return math.Ceil(estimate(n.Input) / 10)
	case *plan.Union:
		rows := 0.0
		for _, in := range n.Ins {
			rows += estimate(in)
		}
		return rows
	case *plan.Unnest:
		return 5 * estimate(n.Input)
	case *plan.NearestJoin:
		rows := estimate(n.Scan)
		if count, ok := literalInt(n.Count); ok {
			rows = min(rows, float64(count))
		}
		return rows * estimate(n.Input)
	case *plan.Join:
		return estimateJoin(n)
	}
	return estimate(n.Inputs()[0])
}

// estimateJoin takes a join with a condition for one along a key of the larger side.
func estimateJoin(n *plan.Join) float64 {
	left, right := estimate(n.Left), estimate(n.Right)
	switch {
	case n.Kind == plan.LeftSemi || n.Kind == plan.LeftAnti:
		return left / 2
	case n.Kind == plan.LeftMark || n.Kind == plan.LeftSingle:
		return left
	case n.On == nil:
		return left * right
	}
	return max(left, right)
}

// selectivity guesses the share of rows that fulfill a condition.
func selectivity(cond plan.Expr) float64 {
	share := 1.0
	for _, c := range plan.Conjuncts(cond) {
		share *= selectivityOne(c)
	}
	return share
}

func selectivityOne(c plan.Expr) float64 {
	switch c := c.(type) {
	case *plan.InList:
		return min(0.5, 0.05*float64(len(c.List)))
	case *plan.Call:
		switch c.Name {
		case "equal", "is_not_distinct_from":
			return 0.05
		case "lt", "lte", "gt", "gte":
			return 0.3
		case "like", "ilike":
			return 0.2
		case "is_null":
			return 0.1
		case "or":
			none := 1.0
			for _, arg := range c.In {
				none *= 1 - selectivity(arg)
			}
			return 1 - none
		case "not":
			return 1 - selectivity(c.In[0])
		}
	}
	return 0.7
}

// literalInt is the value of a bigint constant.
func literalInt(e plan.Expr) (int64, bool) {
	l, ok := e.(*plan.Literal)
	if !ok || l.Value.IsNull(0) {
		return 0, false
	}
	v, ok := l.Value.(*array.Int64)
	if !ok {
		return 0, false
	}
	return v.Value(0), true
}
