package opt

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// orderJoins chooses in which order inner joins pair their inputs: the largest input streams by on the left, and the others, the
// smallest first, become the hash tables that it probes. Inputs without a condition to what is joined already wait, so that a
// product is made only where the query asks for one.
//
//	Join(Cross(small, large), medium)  =>  Join(Join(large, small), medium), its columns in the old order
//
// Left and right joins trade places where the kept side is the smaller one.
func orderJoins(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	out := reorder(n)
	return out, out != n
}

// reorder orders the joins of a plan, each tree of inner joins as a whole.
func reorder(n plan.Node) plan.Node {
	j, ok := n.(*plan.Join)
	if !ok {
		return mapInputs(n, reorder)
	}
	if j.Kind != plan.Inner {
		return turnJoin(mapInputs(j, reorder).(*plan.Join))
	}
	g := &joinGraph{}
	g.add(j)
	changed := false
	for i, in := range g.inputs {
		g.inputs[i] = reorder(in)
		changed = changed || g.inputs[i] != in
	}
	order := g.order()
	switch {
	case !inPlace(order):
		return &plan.Project{Input: g.build(order), Items: refs(n.Columns())}
	case changed:
		return g.build(order)
	}
	return n
}

// turnJoin builds the hash table from the smaller side.
func turnJoin(j *plan.Join) plan.Node {
	turned, ok := map[plan.JoinKind]plan.JoinKind{plan.Left: plan.Right, plan.Right: plan.Left}[j.Kind]
	if !ok || estimate(j.Left) >= estimate(j.Right) {
		return j
	}
	out := *j
	out.Left, out.Right, out.Kind = j.Right, j.Left, turned
	return &plan.Project{Input: &out, Items: refs(j.Columns())}
}

// A joinGraph is a tree of inner joins taken apart.
type joinGraph struct {
	inputs []plan.Node
	conds  []condition
}

// A condition of a join, and the inputs that it is about.
type condition struct {
	plan.Expr
	inputs []int
}

func (g *joinGraph) add(j *plan.Join) {
	var exprs []plan.Expr
	var walk func(n plan.Node)
	walk = func(n plan.Node) {
		j, ok := n.(*plan.Join)
		if !ok || j.Kind != plan.Inner {
			g.inputs = append(g.inputs, n)
			return
		}
		walk(j.Left)
		walk(j.Right)
		if j.On != nil {
			exprs = append(exprs, plan.Conjuncts(j.On)...)
		}
	}
	walk(j)
	owner := map[int]int{}
	for i, in := range g.inputs {
		for _, c := range in.Columns() {
			owner[c.ID] = i
		}
	}
	for _, e := range exprs {
		about := plan.IDSet{}
		about.AddRefs(e)
		c := condition{Expr: e}
		for id := range about {
			if i := owner[id]; !slices.Contains(c.inputs, i) {
				c.inputs = append(c.inputs, i)
			}
		}
		g.conds = append(g.conds, c)
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
	order, joined := []int{first}, make([]bool, len(g.inputs))
	joined[first] = true
	for len(order) < len(g.inputs) {
		connected := g.connected(joined)
		next := -1
		for i := range g.inputs {
			switch {
			case joined[i]:
			case next < 0, connected[i] && !connected[next], connected[i] == connected[next] && rows[i] < rows[next]:
				next = i
			}
		}
		order = append(order, next)
		joined[next] = true
	}
	return order
}

// connected tells which inputs have a condition to what is joined, and to nothing that is not.
func (g *joinGraph) connected(joined []bool) []bool {
	out := make([]bool, len(joined))
	for _, c := range g.conds {
		missing := slices.DeleteFunc(slices.Clone(c.inputs), func(i int) bool { return joined[i] })
		if len(missing) == 1 && len(c.inputs) > 1 {
			out[missing[0]] = true
		}
	}
	return out
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
	out, joined := g.inputs[order[0]], make([]bool, len(g.inputs))
	joined[order[0]] = true
	conds := g.conds
	for _, i := range order[1:] {
		joined[i] = true
		var now []plan.Expr
		var later []condition
		for _, c := range conds {
			if slices.ContainsFunc(c.inputs, func(i int) bool { return !joined[i] }) {
				later = append(later, c)
			} else {
				now = append(now, c.Expr)
			}
		}
		conds = later
		out = &plan.Join{Kind: plan.Inner, Left: out, Right: g.inputs[i], On: plan.And(now)}
	}
	return out
}
