package opt

import (
	"math"
	"math/bits"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// A joinGraph is a tree of inner joins taken apart.
type joinGraph struct {
	inputs []plan.Node
	conds  []condition
	owner  map[int]int // of a column: the input that it is of
	rows   []float64   // of each input, once measured
}

// A subset is some of a graph's inputs, a bit for each.
type subset uint64

func (s subset) has(i int) bool        { return s>>i&1 == 1 }
func (s subset) covers(o subset) bool  { return o&^s == 0 }
func (s subset) touches(o subset) bool { return s&o != 0 }
func (s subset) size() int             { return bits.OnesCount64(uint64(s)) }

func (s subset) members() []int {
	var members []int
	for i := range maxJoined {
		if s.has(i) {
			members = append(members, i)
		}
	}
	return members
}

func subsetOf(members []int) subset {
	var s subset
	for _, i := range members {
		s |= 1 << i
	}
	return s
}

// maxJoined is the most inputs that a subset tells apart.
const maxJoined = 64

// A condition of a join, and the inputs that it is about.
type condition struct {
	plan.Expr
	inputs subset
	// Of an equality between two inputs: how many values either has. Else 0.
	left, right             int
	leftValues, rightValues float64
	share                   float64 // of pairs that pass, of other conditions
}

// newJoinGraph takes a tree of inner joins apart.
func newJoinGraph(j *plan.Join) *joinGraph {
	g := &joinGraph{}
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
	g.owner = map[int]int{}
	for i, in := range g.inputs {
		for _, c := range in.Columns() {
			g.owner[c.ID] = i
		}
	}
	for _, e := range exprs {
		c := condition{Expr: e}
		about := plan.IDSet{}
		about.AddRefs(e)
		for id := range about {
			if of, ok := g.owner[id]; ok {
				c.inputs |= 1 << of
			}
		}
		g.conds = append(g.conds, c)
	}
	return g
}

// measure estimates inputs and conditions, once the inputs are what they will be.
func (g *joinGraph) measure(all plan.Node, known estimates) {
	g.rows = make([]float64, len(g.inputs))
	for i, in := range g.inputs {
		g.rows[i] = max(known.rows(in), 1)
	}
	for k := range g.conds {
		c := &g.conds[k]
		call, ok := c.Expr.(*plan.Call)
		if ok && (call.Name == "equal" || call.Name == "is_not_distinct_from") && c.inputs.size() == 2 {
			left, right := g.ownerOf(call.In[0]), g.ownerOf(call.In[1])
			if left >= 0 && right >= 0 && left != right {
				c.left, c.right = left, right
				c.leftValues, c.rightValues = known.distinct(g.inputs[left], call.In[0]), known.distinct(g.inputs[right], call.In[1])
				continue
			}
		}
		c.share = selectivityOne(c.Expr, all)
	}
}

// ownerOf is the one input that an expression is about; -1 if it is about several or none.
func (g *joinGraph) ownerOf(e plan.Expr) int {
	of := -1
	for id := range plan.FreeOf(e) {
		if of >= 0 && g.owner[id] != of {
			return -1
		}
		of = g.owner[id]
	}
	return of
}

// isKey tells equalities between two inputs, which hash joins need.
func (c *condition) isKey() bool { return c.leftValues > 0 }

// joined estimates the rows of all inputs of a subset joined. Keys of several columns between two inputs count together.
func (g *joinGraph) joined(s subset) float64 {
	rows := 1.0
	for i, r := range g.rows {
		if s.has(i) {
			rows *= r
		}
	}
	for k := range g.conds {
		c := &g.conds[k]
		if !s.covers(c.inputs) || c.inputs.size() < 2 {
			continue
		}
		if !c.isKey() {
			rows *= c.share
			continue
		}
		if g.firstKey(k) {
			pair := keyPair{}
			for _, o := range g.conds[k:] {
				if o.isKey() && o.inputs == c.inputs {
					left, right := o.leftValues, o.rightValues
					if o.left != c.left {
						left, right = right, left
					}
					pair.add(left, right)
				}
			}
			rows *= pair.selectivity(g.rows[c.left], g.rows[c.right])
		}
	}
	return math.Max(rows, 1)
}

// firstKey tells the first of the keys between two inputs.
func (g *joinGraph) firstKey(k int) bool {
	for _, o := range g.conds[:k] {
		if o.isKey() && o.inputs == g.conds[k].inputs {
			return false
		}
	}
	return true
}

// connected tells whether a key leads from one subset to another.
func (g *joinGraph) connected(a, b subset) bool {
	for k := range g.conds {
		c := &g.conds[k]
		if c.isKey() && (a | b).covers(c.inputs) && a.touches(c.inputs) && b.touches(c.inputs) {
			return true
		}
	}
	return false
}
