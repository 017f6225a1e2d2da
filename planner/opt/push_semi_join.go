package opt

import (
	"github.com/mediaflight/mediaflight/planner/plan"
)

// pushSemiJoin moves joins that only keep or drop rows towards the rows that they are about.
//
//	LeftSemi(Join(a, b), c, a.x = c.x)              =>  Join(LeftSemi(a, c, a.x = c.x), b)
//	LeftSemi(Project(y = f(x), n), c, y = c.x)      =>  Project(y = f(x), LeftSemi(n, c, f(x) = c.x))
//
// A row of a is kept or not, whatever it is joined with. It may pass inner joins on both sides, and outer ones on the kept side. It stays
// above where c is larger than a: the join may leave so few rows that c need only be looked through for theirs.
func pushSemiJoin(o *Optimizer, n plan.Node) (plan.Node, bool) {
	semi, ok := n.(*plan.Join)
	if !ok || semi.Kind != plan.LeftSemi && semi.Kind != plan.LeftAnti || semi.On == nil || isVolatile(semi.On) {
		return n, false
	}
	switch in := semi.Left.(type) {
	case *plan.Project:
		by := substitution(in.Items)
		for _, c := range semi.Right.Columns() {
			by[c.ID] = refs([]plan.Column{c})[0].Expr
		}
		on, known := substitute(semi.On, by)
		if !known {
			return n, false
		}
		below := *semi
		below.Left, below.On = in.Input, on
		return in.WithInputs([]plan.Node{&below}), true
	case *plan.Join:
		about := plan.IDSet{}
		about.AddRefs(semi.On)
		for id := range plan.IDs(semi.Right) {
			delete(about, id)
		}
		left, right := plan.IDs(in.Left), plan.IDs(in.Right)
		below := *semi
		switch {
		case (in.Kind == plan.Inner || in.Kind == plan.Left || in.Kind == plan.AsOf) && contains(left, about):
			if in.Kind == plan.Inner && o.estimates.rows(semi.Right) > o.estimates.rows(in.Left) {
				return n, false
			}
			below.Left = in.Left
			return in.WithInputs([]plan.Node{&below, in.Right}), true
		case (in.Kind == plan.Inner || in.Kind == plan.Right) && contains(right, about):
			if in.Kind == plan.Inner && o.estimates.rows(semi.Right) > o.estimates.rows(in.Right) {
				return n, false
			}
			below.Left = in.Right
			return in.WithInputs([]plan.Node{in.Left, &below}), true
		}
	}
	return n, false
}

// contains tells whether a set has all columns of another one, of which there is at least one.
func contains(set, ids plan.IDSet) bool {
	for id := range ids {
		if !set[id] {
			return false
		}
	}
	return len(ids) > 0
}
