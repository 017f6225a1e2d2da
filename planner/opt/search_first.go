package opt

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// searchFirst finds the first rows of a join's side by that side's own order, and joins only these.
//
//	Limit(k, Sort(a.x, LeftJoin(a, b)))
//	  =>  Limit(k, Sort(a.x, LeftJoin(Limit(k, Sort(a.x, a)), b)))
//	Limit(k, Sort(d(a.v), Join(a, b, on)))
//	  =>  Limit(k, Sort(d(a.v), Join(Limit(k, Sort(d(a.v), LeftSemi(a, b, on))), b, on)))
//
// Each row of a has a row of the join, or in the second form one that the semi join keeps has: the k first rows of the join are among
// those of the k first rows of a. The second form reads b twice, so that it is for searches by distance only, which a vector index then
// answers among the rows that b chooses. What b is must not depend on chance.
func searchFirst(o *Optimizer, n plan.Node) (plan.Node, bool) {
	limit, ok := n.(*plan.Limit)
	if !ok || !isSmall(limit) {
		return n, false
	}
	sort, ok := limit.Input.(*plan.Sort)
	count := firstRows(limit)
	if !ok || count == nil {
		return n, false
	}
	in, keys, above, ok := belowProjects(sort)
	if !ok {
		return n, false
	}
	join, ok := in.(*plan.Join)
	if !ok || slices.ContainsFunc(keys, func(k plan.Key) bool { return isVolatile(k.Expr) }) {
		return n, false
	}
	s := &firstSearch{o: o, keys: keys, count: count}
	switch {
	case join.Kind == plan.Left && s.ofOne(join.Left):
		s.side, s.first = join.Left, join.Left
	case join.Kind == plan.Inner && o.Recall > 0 && s.amongMatches(join):
	default:
		return n, false
	}
	side, computed := s.rows()
	out := aboveAgain(above, replaceNode(join, s.side, side), join.Columns(), computed)
	return limit.WithInputs([]plan.Node{sort.WithInputs([]plan.Node{out})}), true
}

// belowProjects goes down from a sort through projections: what is below them, the sort's keys in terms of it, and the projections from top
// to bottom.
func belowProjects(sort *plan.Sort) (in plan.Node, keys []plan.Key, above []*plan.Project, ok bool) {
	in, keys = sort.Input, sort.Keys
	for {
		project, isProject := in.(*plan.Project)
		if !isProject {
			return in, keys, above, true
		}
		if keys, ok = movedKeys(keys, substitution(project.Items)); !ok {
			return nil, nil, nil, false
		}
		above = append(above, project)
		in = project.Input
	}
}

// aboveAgain puts projections on another input, which has the same columns and computed ones besides: these need not be computed again.
func aboveAgain(above []*plan.Project, n plan.Node, cols []plan.Column, computed []plan.Item) plan.Node {
	if len(above) == 0 {
		return &plan.Project{Input: n, Items: refs(cols)}
	}
	last := len(above) - 1
	n = &plan.Project{Input: n, Items: reuse(above[last].Items, computed)}
	for i := last - 1; i >= 0; i-- {
		n = above[i].WithInputs([]plan.Node{n})
	}
	return n
}

// A firstSearch is a search for the first rows of one side of a join.
type firstSearch struct {
	o     *Optimizer
	keys  []plan.Key
	count plan.Expr
	side  plan.Node // an input of the join, in whose place its first rows come
	first plan.Node // what they are the first rows of: the side, or those of its rows that have a match
}

// ofOne tells whether the keys are about one side alone, whose rows are not few already.
func (s *firstSearch) ofOne(side plan.Node) bool {
	if _, limited := side.(*plan.Limit); limited {
		return false
	}
	ids := plan.IDs(side)
	return !slices.ContainsFunc(s.keys, func(k plan.Key) bool { return !ids.Cover(k.Expr) })
}

// rows are the first rows, with the columns of the side and the keys that were computed.
func (s *firstSearch) rows() (rows plan.Node, computed []plan.Item) {
	items := refs(s.side.Columns())
	sort := &plan.Sort{}
	for _, k := range s.keys {
		ref, ok := k.Expr.(*plan.Ref)
		if !ok {
			c := s.o.newColumn("key", k.Expr.Type())
			c.Nullable = k.Expr.Nullable()
			computed = append(computed, plan.Item{Column: c, Expr: k.Expr})
			ref = &plan.Ref{Column: c, At: k.Expr.Pos()}
		}
		sort.Keys = append(sort.Keys, plan.Key{Expr: ref, Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	sort.Input = &plan.Project{Input: s.first, Items: append(items, computed...)}
	return &plan.Limit{Input: sort, Count: s.count}, computed
}

// amongMatches finds the table of a tree of inner joins that is searched, and keeps those of its rows that all others have a match for.
func (s *firstSearch) amongMatches(join *plan.Join) bool {
	g := newJoinGraph(join)
	if len(g.inputs) > maxJoined {
		return false
	}
	at := slices.IndexFunc(g.inputs, func(in plan.Node) bool {
		return s.ofOne(in) && isNearest(&plan.Sort{Input: in, Keys: s.keys})
	})
	if at < 0 || slices.ContainsFunc(g.conds, func(c condition) bool { return isVolatile(c.Expr) }) {
		return false
	}
	s.side, s.first = g.inputs[at], g.inputs[at]
	for _, group := range g.groupsWithout(at) {
		semi, ok := g.semiJoin(s.first, at, group)
		if !ok {
			return false
		}
		s.first = semi
	}
	return true
}

// groupsWithout are the inputs but one, those together that have conditions in common.
func (g *joinGraph) groupsWithout(without int) [][]int {
	group := make([]int, len(g.inputs))
	for i := range group {
		group[i] = i
	}
	for _, c := range g.conds {
		others := (c.inputs &^ (1 << without)).members()
		for _, i := range others {
			from, to := group[i], group[others[0]]
			for j := range group {
				if group[j] == from {
					group[j] = to
				}
			}
		}
	}
	var out [][]int
	for first := range g.inputs {
		var members []int
		for i := range g.inputs {
			if i != without && group[i] == group[first] {
				members = append(members, i)
			}
		}
		if len(members) > 0 && members[0] == first {
			out = append(out, members)
		}
	}
	return out
}

// semiJoin keeps the rows of input at that have a match in the join of a group of other inputs; false if there is no condition, or the
// group's rows are not the same each time they are read.
func (g *joinGraph) semiJoin(rows plan.Node, at int, group []int) (plan.Node, bool) {
	out, joined := g.inputs[group[0]], []int{group[0]}
	var on []plan.Expr
	for _, i := range group[1:] {
		before := slices.Clone(joined)
		joined = append(joined, i)
		out = &plan.Join{Kind: plan.Inner, Left: out, Right: g.inputs[i], On: plan.And(g.between(joined, before, at))}
	}
	for _, c := range g.conds {
		if c.inputs.has(at) && c.inputs.touches(subsetOf(group)) {
			on = append(on, c.Expr)
		}
	}
	if len(on) == 0 || !isCertain(out) {
		return nil, false
	}
	return &plan.Join{Kind: plan.LeftSemi, Left: rows, Right: out, On: plan.And(on)}, true
}

// between are the conditions about inputs that are joined now, and were not all before, one input left out.
func (g *joinGraph) between(now, before []int, without int) []plan.Expr {
	var out []plan.Expr
	for _, c := range g.conds {
		if !c.inputs.has(without) && subsetOf(now).covers(c.inputs) && !subsetOf(before).covers(c.inputs) {
			out = append(out, c.Expr)
		}
	}
	return out
}

// isCertain tells whether a plan has the same rows each time: it has no limit, which may choose among equal rows, and calls nothing
// such as random().
func isCertain(n plan.Node) bool {
	if _, limit := n.(*plan.Limit); limit || slices.ContainsFunc(n.Exprs(), isVolatile) {
		return false
	}
	return !slices.ContainsFunc(n.Inputs(), func(in plan.Node) bool { return !isCertain(in) })
}

// replaceNode puts a node in the place of another one.
func replaceNode(n, was, now plan.Node) plan.Node {
	if n == was {
		return now
	}
	return mapInputs(n, func(in plan.Node) plan.Node { return replaceNode(in, was, now) })
}
