package opt

import (
	"math/bits"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// orderJoins chooses which inputs inner joins pair, and in which order, by what the rows in between are estimated to be: among all trees, also
// bushy ones, for up to ten inputs (dynamic programming over subsets, Moerkotte and Neumann, "Analysis of Two Existing and One New
// Dynamic Programming Algorithm ...", VLDB 2006, section 3.1), and beyond by joining the pair with the fewest rows again and again. Products are made only where no
// key leads on.
//
//	Join(Cross(small, large), medium)  =>  Join(Join(large, small), medium), its columns in the old order
//
// The left side of a join streams by, the right one becomes the hash table that it probes. Left and right joins trade places where the
// kept side is the smaller one.
func orderJoins(o *Optimizer, n plan.Node) (plan.Node, bool) {
	out := o.estimates.reorder(n)
	return out, out != n
}

// reorder orders the joins of a plan, each tree of inner joins as a whole.
func (known estimates) reorder(n plan.Node) plan.Node {
	j, ok := n.(*plan.Join)
	if !ok {
		return mapInputs(n, known.reorder)
	}
	if j.Kind != plan.Inner {
		return known.turnJoin(mapInputs(j, known.reorder).(*plan.Join))
	}
	g := newJoinGraph(j)
	changed := false
	for i, in := range g.inputs {
		g.inputs[i] = known.reorder(in)
		changed = changed || g.inputs[i] != in
	}
	if len(g.inputs) > maxJoined {
		return n
	}
	g.measure(n, known)
	tree := g.cheapest()
	if !changed && g.inPlace(tree, n) {
		return n
	}
	out := g.build(tree)
	if sameColumns(out, n) {
		return out
	}
	return &plan.Project{Input: out, Items: refs(n.Columns())}
}

// turnJoin builds the hash table from the smaller side.
func (known estimates) turnJoin(j *plan.Join) plan.Node {
	turned, ok := map[plan.JoinKind]plan.JoinKind{plan.Left: plan.Right, plan.Right: plan.Left}[j.Kind]
	if !ok || known.rows(j.Left) >= known.rows(j.Right) {
		return j
	}
	out := *j
	out.Left, out.Right, out.Kind = j.Right, j.Left, turned
	return &plan.Project{Input: &out, Items: refs(j.Columns())}
}

// A joinTree is a way to join a subset of the inputs; a single input has no sides.
type joinTree struct {
	of          subset
	left, right *joinTree
	rows, cost  float64
}

// The cost of a row: one that probes, one of which the hash table is made, one that comes out, and one that a product makes.
const (
	probeCost   = 1
	buildCost   = 3
	outputCost  = 1
	productCost = 5
)

// join is the cheaper way to join two trees.
func (g *joinGraph) join(a, b *joinTree, rows float64, connected bool) *joinTree {
	if a.rows < b.rows {
		a, b = b, a
	}
	cost := a.cost + b.cost + probeCost*a.rows + buildCost*b.rows + outputCost*rows
	if !connected {
		cost += productCost * a.rows * b.rows
	}
	return &joinTree{of: a.of | b.of, left: a, right: b, rows: rows, cost: cost}
}

// maxEnumerated is how many inputs are joined in the best of all ways.
const maxEnumerated = 10

func (g *joinGraph) cheapest() *joinTree {
	leaves := make([]*joinTree, len(g.inputs))
	for i := range leaves {
		leaves[i] = &joinTree{of: 1 << i, rows: g.rows[i]}
	}
	if len(leaves) > maxEnumerated {
		return g.greedy(leaves)
	}
	all := subset(1)<<len(leaves) - 1
	best := make([]*joinTree, all+1)
	for _, leaf := range leaves {
		best[leaf.of] = leaf
	}
	for s := subset(1); s <= all; s++ {
		if s.size() < 2 {
			continue
		}
		rows := g.joined(s)
		for _, linked := range []bool{true, false} {
			if best[s] == nil {
				best[s] = g.cheapestOf(s, best, rows, linked)
			}
		}
	}
	return best[all]
}

// cheapestOf joins two parts of a subset, between which there is a key, or none; nil if there are no such parts.
func (g *joinGraph) cheapestOf(s subset, best []*joinTree, rows float64, linked bool) *joinTree {
	var found *joinTree
	for a := (s - 1) & s; a > s&^a; a = (a - 1) & s { // each pair once
		b := s &^ a
		if g.connected(a, b) != linked {
			continue
		}
		if tree := g.join(best[b], best[a], rows, linked); found == nil || tree.cost < found.cost {
			found = tree
		}
	}
	return found
}

// greedy joins the two trees whose join has the fewest rows, products last.
func (g *joinGraph) greedy(trees []*joinTree) *joinTree {
	for len(trees) > 1 {
		var best *joinTree
		var at [2]int
		bestLinked := false
		for i := range trees {
			for k := i + 1; k < len(trees); k++ {
				linked := g.connected(trees[i].of, trees[k].of)
				if bestLinked && !linked {
					continue
				}
				tree := g.join(trees[i], trees[k], g.joined(trees[i].of|trees[k].of), linked)
				if best == nil || linked && !bestLinked || tree.rows < best.rows || tree.rows == best.rows && tree.cost < best.cost {
					best, at, bestLinked = tree, [2]int{i, k}, linked
				}
			}
		}
		trees[at[0]] = best
		trees = append(trees[:at[1]], trees[at[1]+1:]...)
	}
	return trees[0]
}

// inPlace tells whether a plan's joins are those of a tree already.
func (g *joinGraph) inPlace(t *joinTree, n plan.Node) bool {
	if t.left == nil {
		return g.inputs[bits.TrailingZeros64(uint64(t.of))] == n
	}
	j, ok := n.(*plan.Join)
	return ok && j.Kind == plan.Inner && g.inPlace(t.left, j.Left) && g.inPlace(t.right, j.Right)
}

// build makes a tree's joins. Each condition goes to the first join that has all it needs.
func (g *joinGraph) build(t *joinTree) plan.Node {
	if t.left == nil {
		return g.inputs[bits.TrailingZeros64(uint64(t.of))]
	}
	var conds []plan.Expr
	for _, c := range g.conds {
		if g.places(t, c) {
			conds = append(conds, c.Expr)
		}
	}
	return &plan.Join{Kind: plan.Inner, Left: g.build(t.left), Right: g.build(t.right), On: plan.And(conds)}
}

// places tells whether a condition goes to a tree's own join: neither side is a join that has all it needs. Conditions about one input
// are those that cannot be pushed into it; about none, they go to the top.
func (g *joinGraph) places(t *joinTree, c condition) bool {
	if c.inputs == 0 {
		return t.of.size() == len(g.inputs)
	}
	below := func(side *joinTree) bool { return side.left != nil && side.of.covers(c.inputs) }
	return t.of.covers(c.inputs) && !below(t.left) && !below(t.right)
}
