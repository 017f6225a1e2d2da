package opt

import (
	"math"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// unknownRows is what a table is taken to have where counting would need reading.
const unknownRows = 1e6

// Estimator guesses how many rows the nodes of a plan put out, as the rules do that choose between plans.
func Estimator() func(plan.Node) float64 {
	known := estimates{}
	return func(n plan.Node) float64 { return math.Round(known.rows(n)) }
}

// estimates are the rows of nodes that were estimated before: each is asked for by all that are above it.
type estimates map[plan.Node]float64

func (known estimates) rows(n plan.Node) float64 {
	rows, ok := known[n]
	if !ok {
		rows = known.estimate(n)
		known[n] = rows
	}
	return rows
}

func (known estimates) estimate(n plan.Node) float64 {
	switch n := n.(type) {
	case *plan.Scan:
		if n.Filter == nil {
			return scanned(n)
		}
		return scanned(n) * selectivity(n.Filter, n)
	case *plan.Values:
		return float64(len(n.Rows))
	case *plan.TableFunction, *plan.WorkingTable:
		return 1000
	case *plan.Shared:
		return known.rows(n.Input)
	case *plan.Recursion:
		return 10 * (known.rows(n.Base) + 1000)
	case *plan.Filter:
		return known.rows(n.Input) * selectivity(n.Cond, n.Input)
	case *plan.Limit:
		rows := known.rows(n.Input)
		if count, ok := plan.Bigint(n.Count); ok {
			return min(rows, float64(count))
		}
		return rows
	case *plan.Aggregate:
		return known.groups(n)
	case *plan.Union:
		rows := 0.0
		for _, in := range n.Ins {
			rows += known.rows(in)
		}
		return rows
	case *plan.Unnest:
		return 5 * known.rows(n.Input)
	case *plan.NearestJoin:
		rows := known.rows(n.Scan)
		if count, ok := plan.Bigint(n.Count); ok {
			rows = min(rows, float64(count))
		}
		return rows * known.rows(n.Input)
	case *plan.Join:
		return known.join(n)
	}
	return known.rows(n.Inputs()[0])
}

// scanned is the number of rows that a scan looks at.
func scanned(n *plan.Scan) float64 {
	if n.Rows < 0 {
		return unknownRows
	}
	return float64(n.Rows)
}

// groups takes the groups' values to be independent of each other.
func (known estimates) groups(n *plan.Aggregate) float64 {
	if len(n.Groups) == 0 {
		return 1
	}
	rows := known.rows(n.Input)
	groups := 1.0
	for _, g := range n.Groups {
		groups *= known.distinct(n.Input, g.Expr)
	}
	return max(math.Ceil(min(groups, rows)), min(rows, 1))
}

// join multiplies both sides and what their conditions let through.
func (known estimates) join(n *plan.Join) float64 {
	left, right := known.rows(n.Left), known.rows(n.Right)
	switch {
	case n.Kind == plan.LeftMark || n.Kind == plan.LeftSingle || n.Kind == plan.AsOf:
		return left
	case n.On == nil:
		return left * right
	}
	through := 1.0
	var keys keyPair
	for _, c := range plan.Conjuncts(n.On) {
		if l, r, ok := joinEquality(c, n.Left, n.Right); ok {
			keys.add(known.distinct(n.Left, l), known.distinct(n.Right, r))
		} else {
			through *= selectivity(c, n)
		}
	}
	matches := left * right * through * keys.selectivity(left, right)
	switch n.Kind {
	case plan.LeftSemi, plan.LeftAnti:
		share := min(matches/max(left, 1), 1) // what is matched more than once counts once
		if keys.left > 0 {
			share = min(1, min(keys.right, right)/min(keys.left, max(left, 1)))
		}
		if n.Kind == plan.LeftAnti {
			share = max(1-share, 0.1)
		}
		return left * share
	case plan.Left:
		return max(left, matches)
	case plan.Right:
		return max(right, matches)
	case plan.Full:
		return max(left+right, matches)
	}
	return matches
}

// joinEquality takes apart a comparison of a value of one side with a value of the other.
func joinEquality(c plan.Expr, left, right plan.Node) (l, r plan.Expr, ok bool) {
	call, isCall := c.(*plan.Call)
	if !isCall || call.Name != "equal" && call.Name != "is_not_distinct_from" {
		return nil, nil, false
	}
	lefts, rights := plan.IDs(left), plan.IDs(right)
	of := func(ids plan.IDSet, e plan.Expr) bool { return len(plan.FreeOf(e)) > 0 && ids.Cover(e) }
	switch a, b := call.In[0], call.In[1]; {
	case of(lefts, a) && of(rights, b):
		return a, b, true
	case of(lefts, b) && of(rights, a):
		return b, a, true
	}
	return nil, nil, false
}

// A keyPair is how many values the keys of a join's two sides have.
type keyPair struct{ left, right float64 }

func (k *keyPair) add(left, right float64) {
	if k.left == 0 {
		k.left, k.right = 1, 1
	}
	k.left, k.right = k.left*left, k.right*right
}

// selectivity is the share of all pairs that match, if the values of the side with fewer are among those of the other. Keys of several
// columns have no more values than there are rows.
func (k *keyPair) selectivity(left, right float64) float64 {
	if k.left == 0 {
		return 1
	}
	return 1 / max(min(k.left, left), min(k.right, right), 1)
}
