package opt

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// sharePlans has rows that a plan computes more than once, as for a WITH query that is used twice, computed once and kept:
//
//	join (aggregate A, aggregate of (aggregate A))  =>  join (shared 0 (aggregate A), aggregate of (shared 0))
//
// It looks for the largest plans that are the same, subqueries included. What only reads a table, filters and computes is not kept:
// reading it again is cheap, and scans can be told more by who reads them.
func sharePlans(o *Optimizer, root plan.Node) (plan.Node, bool) {
	if o.depth > 0 {
		return nil, false // the plan around it is looked at as a whole
	}
	root, next := showShared(root)
	s := &sharing{optimizer: o, uses: map[plan.Node]*plan.Shared{}, shared: next}
	s.collect(root)
	for s.find() {
	}
	if len(s.uses) == 0 {
		return root, next > 0
	}
	return s.replace(root), true
}

// maxShareable bounds how many plans are compared with each other.
const maxShareable = 200

// maxSharedRows is how many rows are kept at most, if estimates are right: beyond, computing may be cheaper than keeping them.
const maxSharedRows = 4e6

type sharing struct {
	optimizer *Optimizer
	plans     []plan.Node // that may be shared, those around others before them
	uses      map[plan.Node]*plan.Shared
	shared    int
}

func (s *sharing) collect(n plan.Node) {
	if s.worthKeeping(n) && len(s.plans) < maxShareable {
		s.plans = append(s.plans, n)
	}
	for _, in := range inner(n) {
		s.collect(in)
	}
}

// inner are a node's inputs and the plans of its subqueries.
func inner(n plan.Node) []plan.Node {
	all := slices.Clone(n.Inputs())
	for _, e := range n.Exprs() {
		plan.Walk(e, func(e plan.Expr) bool {
			if q, ok := e.(*plan.Subquery); ok {
				all = append(all, q.Plan)
			}
			return true
		})
	}
	return all
}

func (s *sharing) worthKeeping(n plan.Node) bool {
	switch n.(type) {
	case *plan.Aggregate, *plan.Join, *plan.Window, *plan.Union, *plan.Unnest, *plan.NearestJoin, *plan.Limit, *plan.Project, *plan.Filter:
	default:
		return false
	}
	return works(n) && s.optimizer.estimates.rows(n) <= maxSharedRows && len(plan.Free(n)) == 0
}

// works tells plans that do more than to read, filter and compute.
func works(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Project:
		return works(n.Input)
	case *plan.Filter:
		return works(n.Input)
	case *plan.Scan, *plan.Values, *plan.TableFunction, *plan.WorkingTable, *plan.Shared:
		return false
	}
	return true
}

// find finds one plan that is the same as others, and notes where each is used.
func (s *sharing) find() bool {
	for i, first := range s.plans {
		var same []int
		for k := i + 1; k < len(s.plans); k++ {
			if plan.Same(first, s.plans[k]) {
				same = append(same, k)
			}
		}
		if len(same) == 0 {
			continue
		}
		s.uses[first] = s.use(first, first, true)
		for _, k := range same {
			s.uses[s.plans[k]] = s.use(first, s.plans[k], false)
		}
		s.shared++
		gone := map[plan.Node]bool{}
		for _, k := range append(same, i) {
			cover(gone, s.plans[k])
		}
		s.plans = slices.DeleteFunc(s.plans, func(n plan.Node) bool { return gone[n] })
		return true
	}
	return false
}

func (s *sharing) use(of, by plan.Node, first bool) *plan.Shared {
	return &plan.Shared{Input: of, Cols: by.Columns(), Number: s.shared, First: first}
}

// cover notes a plan and all in it.
func cover(gone map[plan.Node]bool, n plan.Node) {
	gone[n] = true
	for _, in := range inner(n) {
		cover(gone, in)
	}
}

// replace puts the uses into a plan.
func (s *sharing) replace(n plan.Node) plan.Node {
	if use := s.uses[n]; use != nil {
		return use
	}
	n = mapInputs(n, s.replace)
	return mapExprs(n, func(e plan.Expr) plan.Expr {
		return plan.Rewrite(e, func(e plan.Expr) (plan.Expr, bool) {
			q, ok := e.(*plan.Subquery)
			if !ok {
				return nil, false
			}
			return &plan.Subquery{Kind: q.Kind, Plan: s.replace(q.Plan), Test: q.Test, At: q.At}, true
		})
	})
}
