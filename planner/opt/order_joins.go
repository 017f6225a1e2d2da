package opt

import (
	"github.com/mediaflight/mediaflight/planner/plan"
)

// orderJoins chooses in which order inner joins pair their inputs: the largest input streams by on the left, and the others, the
// smallest first, become the hash tables that it probes. Inputs without a condition to what is joined already wait, so that a
// product is made only where the query asks for one.
//
//	Join(Cross(small, large), medium)  =>  Join(Join(large, small), medium), its columns in the old order
//
// Left and right joins trade places where the kept side is the smaller one.
func orderJoins(o *Optimizer, n plan.Node) (plan.Node, bool) {
	j, ok := n.(*plan.Join)
	if !ok {
		return n, false
	}
	switch j.Kind {
	case plan.Left, plan.Right:
		return turnJoin(j)
	case plan.Inner:
	default:
		return n, false
	}
	g := &joinGraph{}
	g.add(j)
	order := g.order()
	if inPlace(order) {
		return n, false
	}
	return &plan.Project{Input: g.build(order), Items: refs(n.Columns())}, true
}

// turnJoin builds the hash table from the smaller side.
func turnJoin(j *plan.Join) (plan.Node, bool) {
	if estimate(j.Left) >= estimate(j.Right) {
		return j, false
	}
	out := *j
	out.Left, out.Right = j.Right, j.Left
	out.Kind = map[plan.JoinKind]plan.JoinKind{plan.Left: plan.Right, plan.Right: plan.Left}[j.Kind]
	return &plan.Project{Input: &out, Items: refs(j.Columns())}, true
}

// A joinGraph is a tree of inner joins taken apart.
type joinGraph struct {
	inputs []plan.Node
	ids    []plan.IDSet
	conds  []plan.Expr
}

func (g *joinGraph) add(n plan.Node) {
	j, ok := n.(*plan.Join)
	if !ok || j.Kind != plan.Inner {
		g.inputs = append(g.inputs, n)
		g.ids = append(g.ids, plan.IDs(n))
		return
	}
	g.add(j.Left)
	g.add(j.Right)
	if j.On != nil {
		g.conds = append(g.conds, plan.Conjuncts(j.On)...)
	}
}

// order is the order in which the inputs are joined.
func (g *joinGraph) order() []int {
	rows := make([]float64, len(g.inputs))
	first := 0
	for i, in := range g.inputs {
		if rows[i] = estimate(in); rows[i] > rows[first] {
			first = i
		}
	}
	order, joined := []int{first}, plan.IDSet{}
	done := map[int]bool{first: true}
	addAll(joined, g.ids[first])
	for len(order) < len(g.inputs) {
		next, connected := -1, false
		for i := range g.inputs {
			if done[i] {
				continue
			}
			c := g.connects(joined, g.ids[i])
			if next < 0 || c && !connected || c == connected && rows[i] < rows[next] {
				next, connected = i, c
			}
		}
		order = append(order, next)
		done[next] = true
		addAll(joined, g.ids[next])
	}
	return order
}

func addAll(to, ids plan.IDSet) {
	for id := range ids {
		to[id] = true
	}
}

// connects tells whether a condition is about both sides and nothing else.
func (g *joinGraph) connects(joined, input plan.IDSet) bool {
	both := plan.IDSet{}
	addAll(both, joined)
	addAll(both, input)
	for _, c := range g.conds {
		if both.Cover(c) && !joined.Cover(c) && !input.Cover(c) {
			return true
		}
	}
	return false
}

// inPlace tells whether the joins are in this order already.
func inPlace(order []int) bool {
	for i, at := range order {
		if i != at {
			return false
		}
	}
	return true
}

// build joins the inputs in an order. Each condition goes to the first join that has all it needs.
func (g *joinGraph) build(order []int) plan.Node {
	out, joined := g.inputs[order[0]], plan.IDSet{}
	addAll(joined, g.ids[order[0]])
	conds := g.conds
	for _, i := range order[1:] {
		addAll(joined, g.ids[i])
		var now, later []plan.Expr
		for _, c := range conds {
			if joined.Cover(c) {
				now = append(now, c)
			} else {
				later = append(later, c)
			}
		}
		conds = later
		out = &plan.Join{Kind: plan.Inner, Left: out, Right: g.inputs[i], On: plan.And(now)}
	}
	return out
}
