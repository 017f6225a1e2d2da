// Package opt rewrites plans into cheaper ones that give the same rows. Each rule has a file of its own.
package opt

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// rules are applied to the whole plan one after the other.
var rules = []rule{
	{"inline_one_row", up, inlineOneRow},
	{"fold_constants", up, foldConstants},
	{"simplify_conditions", up, simplifyConditions},
	{"unwrap_casts", up, unwrapCasts},
	{"imply_conditions", up, implyConditions},
	{"use_in_list", up, useInList}, // after casts are gone, which hide that two comparisons are about the same column
	{"fix_vector_length", up, fixVectorLength},
	{"carry_conditions", up, carryConditions}, // after casts are gone from both sides of equalities
	{"use_semi_join", up, useSemiJoin},        // before filters move away from the joins that mark matches
	{"unwrap_truth", up, unwrapTruth},         // where a semi join has come of a mark
	{"push_filters", down, pushFilters},
	{"tighten_outer_join", up, tightenOuterJoin}, // where filters got stuck above outer joins
	{"push_filters", down, pushFilters},          // the joins that became inner ones let them through
	{"simplify_conditions", up, simplifyConditions},
	{"use_semi_join", up, useSemiJoin}, // filters have come to joins that mark matches below others
	{"unwrap_truth", up, unwrapTruth},
	{"push_semi_join", down, pushSemiJoin},
	{"search_first", up, searchFirst},      // while the kept side of an outer join is the left one
	{"push_semi_join", down, pushSemiJoin}, // those that searching first made, to the table
	{"order_joins", whole, orderJoins},     // after filters, which say how many rows are left
	{"aggregate_from_metadata", up, aggregateFromMetadata},
	{"merge_projects", up, mergeProjects},
	{"push_limit", down, pushLimit},
	{"join_nearest", up, joinNearest}, // after filters, which leave products without conditions
	{"prune_columns", whole, pruneColumns},
	{"drop_window_keys", up, dropWindowKeys},
	{"bound_ranks", up, boundRanks}, // after pruning, which drops other columns of the window that nobody wants
	{"merge_projects", up, mergeProjects},
	{"fetch_late", up, fetchLate}, // after pruning: what a scan still reads is needed
	{"merge_projects", up, mergeProjects},
	{"use_vector_index", up, useVectorIndex},
	{"turn_semi_join", up, turnSemiJoin}, // when no other rule looks for semi joins any more
	{"share_plans", whole, sharePlans},   // when all that was the same and was to become different has
}

// A rule rewrites one node, or leaves it alone and answers false.
type rule struct {
	name  string
	order order
	apply func(o *Optimizer, n plan.Node) (plan.Node, bool)
}

// An order says to which nodes a rule is applied, and when.
type order int

const (
	up    order = iota // a node's inputs before the node
	down               // a node before its inputs, again for as long as the rule fires
	whole              // the root only
)

// An Optimizer optimizes one plan.
type Optimizer struct {
	Functions *udf.Set
	Env       *udf.Env
	Recall    float64 // that searches by a vector index are to reach; 0 lets none be used

	fold      constant.Folder
	estimates estimates
	lastID    int
	depth     int      // of the subquery that is being optimized
	fired     []string // rules that changed something, for tests
}

// Optimize rewrites a plan. Its columns stay the same.
func (o *Optimizer) Optimize(n plan.Node) plan.Node {
	o.fold = constant.Folder{Functions: o.Functions, Env: o.Env}
	if o.estimates == nil {
		o.estimates = estimates{}
	}
	o.lastID = max(o.lastID, maxID(n))
	if o.depth == 0 {
		n = o.optimizeShared(n)
	}
	o.depth++
	n = o.subqueries(n)
	o.depth--
	for _, r := range rules {
		n = o.run(r, n)
	}
	return n
}

// subqueries optimizes the queries in expressions, each by itself.
func (o *Optimizer) subqueries(n plan.Node) plan.Node {
	return transform(n, func(n plan.Node) plan.Node {
		return mapExprs(n, func(e plan.Expr) plan.Expr {
			return plan.Rewrite(e, func(e plan.Expr) (plan.Expr, bool) {
				if q, ok := e.(*plan.Subquery); ok {
					return &plan.Subquery{Plan: o.Optimize(q.Plan), At: q.At}, true
				}
				return nil, false
			})
		})
	})
}

func (o *Optimizer) run(r rule, n plan.Node) plan.Node {
	apply := func(n plan.Node) (plan.Node, bool) {
		out, ok := r.apply(o, n)
		if ok {
			o.fired = append(o.fired, r.name)
			return out, true
		}
		return n, false
	}
	switch r.order {
	case whole:
		out, _ := apply(n)
		return out
	case down:
		return o.descend(n, apply)
	}
	return transform(n, func(n plan.Node) plan.Node {
		out, _ := apply(n)
		return out
	})
}

// maxFirings bounds how often one rule may fire on one node: each firing must bring the plan nearer to its end.
const maxFirings = 100

func (o *Optimizer) descend(n plan.Node, apply func(plan.Node) (plan.Node, bool)) plan.Node {
	for range maxFirings {
		next, ok := apply(n)
		if !ok {
			break
		}
		n = next
	}
	return mapInputs(n, func(in plan.Node) plan.Node { return o.descend(in, apply) })
}

// transform rewrites a plan from the leaves to the root.
func transform(n plan.Node, f func(plan.Node) plan.Node) plan.Node {
	return f(mapInputs(n, func(in plan.Node) plan.Node { return transform(in, f) }))
}

// mapInputs is the node over rewritten inputs, the node itself if none changed.
func mapInputs(n plan.Node, f func(plan.Node) plan.Node) plan.Node {
	inputs := n.Inputs()
	var out []plan.Node
	for i, in := range inputs {
		next := f(in)
		if next != in && out == nil {
			out = append([]plan.Node(nil), inputs...)
		}
		if out != nil {
			out[i] = next
		}
	}
	if out == nil {
		return n
	}
	return n.WithInputs(out)
}

// mapExprs is the node with rewritten expressions, the node itself if none changed.
func mapExprs(n plan.Node, f func(plan.Expr) plan.Expr) plan.Node {
	exprs := n.Exprs()
	changed := false
	out := make([]plan.Expr, len(exprs))
	for i, e := range exprs {
		out[i] = f(e)
		changed = changed || out[i] != e
	}
	if !changed {
		return n
	}
	return n.WithExprs(out)
}

// maxID is the highest column ID in a plan, its subqueries included.
func maxID(n plan.Node) int {
	id := 0
	for _, c := range n.Columns() {
		id = max(id, c.ID)
	}
	if scan, ok := n.(*plan.Scan); ok {
		for _, c := range scan.All {
			id = max(id, c.ID)
		}
	}
	for _, in := range n.Inputs() {
		id = max(id, maxID(in))
	}
	for _, e := range n.Exprs() {
		plan.Walk(e, func(e plan.Expr) bool {
			if q, ok := e.(*plan.Subquery); ok {
				id = max(id, maxID(q.Plan))
			}
			return true
		})
	}
	return id
}

func (o *Optimizer) newColumn(name string, t arrow.DataType) plan.Column {
	o.lastID++
	return plan.Column{ID: o.lastID, Name: name, Type: t}
}

// refs are items that pass columns on.
func refs(cols []plan.Column) []plan.Item {
	items := make([]plan.Item, len(cols))
	for i, c := range cols {
		items[i] = plan.Item{Column: c, Expr: &plan.Ref{Column: c, At: -1}}
	}
	return items
}

// isVolatile tells expressions that give another value each time.
func isVolatile(e plan.Expr) bool {
	return plan.Any(e, func(e plan.Expr) bool {
		call, ok := e.(*plan.Call)
		return ok && call.Volatile
	})
}
