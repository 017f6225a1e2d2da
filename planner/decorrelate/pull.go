package decorrelate

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// A pulled plan refers to nothing outside. For a row outside, the plan that it comes from has those of its rows for which the
// conditions are true; these may refer to columns that were not there before.
type pulled struct {
	node  plan.Node
	conds []plan.Expr
	// always: where no row fulfills the conditions there is one nevertheless, with defaults for its columns; it is the one row of
	// an aggregation without groups.
	always   bool
	defaults map[int]plan.Expr
}

// pull takes the conditions about outer columns out of a plan; false where there are other references to them.
//
//	Filter(y.k = x.k AND y.b > 1, y)          =>  Filter(y.b > 1, y), y.k = x.k
//	Aggregate(avg(y.a), Filter(y.k = x.k, y)) =>  Aggregate(avg(y.a) by y.k, y), y.k = x.k
func (d *decorrelator) pull(n plan.Node, outer plan.IDSet) (*pulled, bool) {
	if !overlap(plan.Free(n), outer) {
		return &pulled{node: n}, true
	}
	switch n := n.(type) {
	case *plan.Filter:
		return d.pullFilter(n, outer)
	case *plan.Project:
		return d.pullProject(n, outer)
	case *plan.Join:
		return d.pullJoin(n, outer)
	case *plan.Aggregate:
		return d.pullAggregate(n, outer)
	case *plan.Window:
		return d.pullWindow(n, outer)
	case *plan.Limit:
		return d.pullLimit(n, outer)
	case *plan.Sort: // nobody sees the order of what is joined
		return d.pull(n.Input, outer)
	case *plan.Unnest:
		return d.pullUnnest(n, outer)
	}
	return nil, false
}

func (d *decorrelator) pullFilter(f *plan.Filter, outer plan.IDSet) (*pulled, bool) {
	p, ok := d.pull(f.Input, outer)
	if !ok || p.always {
		return nil, false
	}
	var stay []plan.Expr
	for _, c := range plan.Conjuncts(f.Cond) {
		switch {
		case !overlap(plan.FreeOf(c), outer):
			stay = append(stay, c)
		case isVolatile(c):
			return nil, false
		default:
			p.conds = append(p.conds, c)
		}
	}
	if len(stay) > 0 {
		p.node = &plan.Filter{Input: p.node, Cond: plan.And(stay)}
	}
	return p, true
}

// pullProject passes on the columns that the conditions need.
func (d *decorrelator) pullProject(n *plan.Project, outer plan.IDSet) (*pulled, bool) {
	if refersTo(outer, n.Exprs()...) {
		return nil, false
	}
	p, ok := d.pull(n.Input, outer)
	if !ok || !p.through(n) {
		return nil, false
	}
	if p.always {
		defaults := map[int]plan.Expr{}
		for _, item := range n.Items {
			defaults[item.ID] = substitute(item.Expr, p.defaults)
		}
		p.defaults = defaults
	}
	return p, true
}

// through puts a projection on the plan; false if it computes anew a column that the conditions need.
func (p *pulled) through(n *plan.Project) bool {
	out := &plan.Project{Input: p.node, Items: slices.Clone(n.Items)}
	have := plan.IDs(n)
	for _, c := range p.node.Columns() {
		if !have[c.ID] && refersTo(plan.IDSet{c.ID: true}, p.conds...) {
			out.Items = append(out.Items, plan.Item{Column: c, Expr: ref(c)})
		}
	}
	for _, item := range n.Items { // a column that was computed anew is not the one of the condition
		if r, same := item.Expr.(*plan.Ref); refersTo(plan.IDSet{item.ID: true}, p.conds...) && !(same && r.ID == item.ID) {
			return false
		}
	}
	p.node = out
	return true
}

func refersTo(cols plan.IDSet, es ...plan.Expr) bool {
	return slices.ContainsFunc(es, func(e plan.Expr) bool { return overlap(plan.FreeOf(e), cols) })
}

func substitute(e plan.Expr, by map[int]plan.Expr) plan.Expr {
	return plan.Rewrite(e, func(e plan.Expr) (plan.Expr, bool) {
		r, ok := e.(*plan.Ref)
		if !ok {
			return nil, false
		}
		to, ok := by[r.ID]
		return to, ok
	})
}

func (d *decorrelator) pullJoin(j *plan.Join, outer plan.IDSet) (*pulled, bool) {
	out := *j
	left, ok := d.pull(j.Left, outer)
	if !ok || left.always {
		return nil, false
	}
	out.Left = left.node
	p := &pulled{conds: left.conds}
	switch j.Kind {
	case plan.Inner:
		right, ok := d.pull(j.Right, outer)
		if !ok || right.always {
			return nil, false
		}
		out.Right = right.node
		p.conds = append(p.conds, right.conds...)
		var stay []plan.Expr
		if j.On != nil {
			for _, c := range plan.Conjuncts(j.On) {
				if refersTo(outer, c) {
					p.conds = append(p.conds, c)
				} else {
					stay = append(stay, c)
				}
			}
		}
		out.On = plan.And(stay)
	case plan.Left, plan.LeftSingle, plan.LeftSemi, plan.LeftAnti, plan.LeftMark, plan.AsOf:
		if overlap(plan.Free(j.Right), outer) || j.On != nil && refersTo(outer, j.On) {
			return nil, false
		}
	default:
		return nil, false
	}
	p.node = &out
	return p, true
}

// pullAggregate groups by the inner sides of the conditions, which must be equalities.
func (d *decorrelator) pullAggregate(n *plan.Aggregate, outer plan.IDSet) (*pulled, bool) {
	if refersTo(outer, n.Exprs()...) {
		return nil, false
	}
	p, ok := d.pull(n.Input, outer)
	if !ok || p.always {
		return nil, false
	}
	out := &plan.Aggregate{Input: p.node, Groups: slices.Clone(n.Groups), Measures: n.Measures}
	conds, ok := d.keyed(p, func(inner plan.Expr) plan.Column {
		for _, g := range out.Groups {
			if plan.Equal(g.Expr, inner) {
				return g.Column
			}
		}
		c := d.columnOf(inner)
		out.Groups = append(out.Groups, plan.Item{Column: c, Expr: inner})
		return c
	})
	if !ok {
		return nil, false
	}
	p.node, p.conds = out, conds
	if len(n.Groups) == 0 {
		p.always, p.defaults = true, map[int]plan.Expr{}
		for _, m := range n.Measures {
			p.defaults[m.ID] = plan.OfNoRows(m)
		}
	}
	return p, true
}

// columnOf is the column that an expression is, or a new one for it.
func (d *decorrelator) columnOf(e plan.Expr) plan.Column {
	if r, ok := e.(*plan.Ref); ok {
		return r.Column
	}
	return d.newColumn("key", e.Type(), e.Nullable())
}

// keyed is the conditions over the columns that key makes of their inner sides; false unless all are equalities.
func (d *decorrelator) keyed(p *pulled, key func(inner plan.Expr) plan.Column) ([]plan.Expr, bool) {
	inside := plan.IDs(p.node)
	var conds []plan.Expr
	for _, c := range p.conds {
		inner, outer, _, ok := equality(c, inside)
		if !ok || isVolatile(inner) {
			return nil, false
		}
		call := *c.(*plan.Call)
		call.In = []plan.Expr{ref(key(inner)), outer}
		conds = append(conds, &call)
	}
	return conds, true
}

// equality takes a condition apart that compares a value of inside columns with one of others. same says that NULL equals NULL.
func equality(c plan.Expr, inside plan.IDSet) (inner, outer plan.Expr, same, ok bool) {
	call, isCall := c.(*plan.Call)
	if !isCall || call.Name != "equal" && call.Name != "is_not_distinct_from" || !arrow.TypeEqual(call.In[0].Type(), call.In[1].Type()) {
		return nil, nil, false, false
	}
	inner, outer = call.In[0], call.In[1]
	if refersTo(inside, outer) {
		inner, outer = outer, inner
	}
	for id := range plan.FreeOf(inner) {
		if !inside[id] {
			return nil, nil, false, false
		}
	}
	if refersTo(inside, outer) || len(plan.FreeOf(inner)) == 0 {
		return nil, nil, false, false
	}
	return inner, outer, call.Name == "is_not_distinct_from", true
}

// pullWindow parts the rows by the inner sides of the conditions, too.
func (d *decorrelator) pullWindow(n *plan.Window, outer plan.IDSet) (*pulled, bool) {
	if refersTo(outer, n.Exprs()...) {
		return nil, false
	}
	p, ok := d.pull(n.Input, outer)
	if !ok || p.always {
		return nil, false
	}
	out := *n
	out.Partition = slices.Clone(n.Partition)
	inside := plan.IDs(p.node)
	for _, c := range p.conds {
		inner, _, _, ok := equality(c, inside)
		if !ok || isVolatile(inner) {
			return nil, false
		}
		out.Partition = append(out.Partition, inner)
	}
	out.Input = p.node
	p.node = &out
	return p, true
}

// pullLimit numbers the rows that belong to each value of the conditions' inner sides.
func (d *decorrelator) pullLimit(n *plan.Limit, outer plan.IDSet) (*pulled, bool) {
	p, ok := d.pull(n.Input, outer)
	switch {
	case !ok:
		return nil, false
	case p.always:
		return p, n.Skip == nil && positive(n.Count)
	}
	keys, lost := sortKeys(n.Input)
	if lost {
		return nil, false
	}
	inside := plan.IDs(p.node)
	for _, k := range keys {
		if !isSubset(plan.FreeOf(k.Expr), inside) {
			return nil, false
		}
	}
	var partition []plan.Expr
	for _, c := range p.conds {
		inner, _, _, ok := equality(c, inside)
		if !ok || isVolatile(inner) {
			return nil, false
		}
		partition = append(partition, inner)
	}
	p.node = d.firstOf(p.node, partition, keys, n)
	return p, true
}

// sortKeys are the keys that a plan's rows are in the order of. They are lost where a projection drops one: pull passes on only
// what conditions need.
func sortKeys(n plan.Node) (keys []plan.Key, lost bool) {
	switch n := n.(type) {
	case *plan.Sort:
		return n.Keys, false
	case *plan.Project:
		below, lost := sortKeys(n.Input)
		for _, k := range below {
			e := substitute(k.Expr, renamed(n))
			if !isSubset(plan.FreeOf(e), plan.IDs(n)) {
				return nil, true
			}
			keys = append(keys, plan.Key{Expr: e, Desc: k.Desc, NullsFirst: k.NullsFirst})
		}
		return keys, lost
	}
	return nil, false
}

// renamed are the names that a projection passes columns on by.
func renamed(n *plan.Project) map[int]plan.Expr {
	to := map[int]plan.Expr{}
	for _, item := range n.Items {
		if r, ok := item.Expr.(*plan.Ref); ok {
			to[r.ID] = ref(item.Column)
		}
	}
	return to
}

func isSubset(a, b plan.IDSet) bool {
	for id := range a {
		if !b[id] {
			return false
		}
	}
	return true
}

func (d *decorrelator) pullUnnest(n *plan.Unnest, outer plan.IDSet) (*pulled, bool) {
	if refersTo(outer, n.Exprs()...) {
		return nil, false
	}
	p, ok := d.pull(n.Input, outer)
	if !ok || p.always {
		return nil, false
	}
	out := *n
	out.Input = p.node
	p.node = &out
	return p, true
}
