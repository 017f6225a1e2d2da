package decorrelate

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// joinAsOf makes an as-of join of a lateral join whose right side is the last row up to a value of the left one, or the first row
// from it on.
//
//	Join(Left, x, Limit(1, Sort(y.t desc, Filter(y.k = x.k AND y.t <= x.t, y))))
//	  =>  Join(AsOf, x, y, y.k = x.k AND y.t <= x.t)
//
// The inequality must be about the first key of the order and point the way it runs: then the nearest match is the first row.
// Further keys choose among rows with one value of it, before the join. Other ways would compare each left row with all matches.
func (d *decorrelator) joinAsOf(j *plan.Join) (plan.Node, bool) {
	if j.Kind != plan.Inner && j.Kind != plan.LeftSingle && (j.Kind != plan.Left || !isTrue(j.On)) {
		return nil, false
	}
	left := plan.IDs(j.Left)
	sort, above, ok := firstRow(j.Right, left)
	if !ok {
		return nil, false
	}
	p, ok := d.pull(sort.Input, left)
	if !ok || p.always {
		return nil, false
	}
	partition, ok := p.nearestBy(sort.Keys[0])
	if !ok {
		return nil, false
	}
	if len(sort.Keys) > 1 {
		p.node = d.firstOf(p.node, partition, sort.Keys[1:], &plan.Limit{Count: bigint(1)})
	}
	for i := len(above) - 1; i >= 0; i-- {
		if !p.through(above[i]) {
			return nil, false
		}
	}
	out := &plan.Join{Kind: plan.AsOf, Left: j.Left, Right: p.node, On: plan.And(p.conds)}
	if j.Kind != plan.Inner {
		return out, true
	}
	var found plan.Column
	out.Right, found = d.marked(p.node)
	conds := []plan.Expr{condition("is_not_null", false, ref(found))}
	if j.On != nil {
		conds = append(conds, plan.Conjuncts(j.On)...)
	}
	return &plan.Filter{Input: out, Cond: plan.And(conds)}, true
}

// firstRow takes a plan apart that is the first row of a sort, into the sort and the projections above it.
func firstRow(n plan.Node, outer plan.IDSet) (sort *plan.Sort, above []*plan.Project, ok bool) {
	limited := false
	for {
		switch in := n.(type) {
		case *plan.Project:
			if refersTo(outer, in.Exprs()...) || volatile(&plan.Project{Input: oneRow(), Items: in.Items}) {
				return nil, nil, false
			}
			above = append(above, in)
			n = in.Input
		case *plan.Limit:
			if count, ok := plan.Bigint(in.Count); !ok || count != 1 || in.Skip != nil || limited {
				return nil, nil, false
			}
			limited = true
			n = in.Input
		case *plan.Sort:
			return in, above, limited
		default:
			return nil, nil, false
		}
	}
}

// nearestBy tells whether the conditions are equalities and one inequality, of which the nearest match is the first in the order of a
// key. It returns the inner sides: rows that have all of these in common are equally near.
func (p *pulled) nearestBy(key plan.Key) (inner []plan.Expr, ok bool) {
	inside := plan.IDs(p.node)
	nearest := 0
	for _, c := range p.conds {
		in, _, _, ok := equality(c, inside)
		if !ok {
			var up bool
			if in, up, ok = inequality(c, inside); !ok || up == key.Desc || !plan.Equal(narrow(origin(p.node, in)), narrow(origin(p.node, key.Expr))) {
				return nil, false
			}
			nearest++
		}
		if isVolatile(in) {
			return nil, false
		}
		inner = append(inner, in)
	}
	return inner, nearest == 1
}

// inequality takes a condition apart that bounds a value of inside columns by one of others: from below if up.
func inequality(c plan.Expr, inside plan.IDSet) (inner plan.Expr, up, ok bool) {
	call, isCall := c.(*plan.Call)
	if !isCall || len(call.In) != 2 || !arrow.TypeEqual(call.In[0].Type(), call.In[1].Type()) {
		return nil, false, false
	}
	switch call.Name {
	case "gt", "gte":
		up = true
	case "lt", "lte":
	default:
		return nil, false, false
	}
	inner, outer := call.In[0], call.In[1]
	if refersTo(inside, outer) {
		inner, outer, up = outer, inner, !up
	}
	return inner, up, isSubset(plan.FreeOf(inner), inside) && len(plan.FreeOf(inner)) > 0 && !refersTo(inside, outer)
}

// origin is an expression in terms of what is below the projections and filters of a plan.
func origin(n plan.Node, e plan.Expr) plan.Expr {
	for {
		switch in := n.(type) {
		case *plan.Project:
			e, n = replace(e, computed(in)), in.Input
		case *plan.Filter:
			n = in.Input
		default:
			return e
		}
	}
}

// narrow is an expression without casts that keep different values different and in their order.
func narrow(e plan.Expr) plan.Expr {
	for {
		cast, ok := e.(*plan.Cast)
		if !ok || !widens(cast.Arg.Type().ID(), cast.To.ID()) {
			return e
		}
		e = cast.Arg
	}
}

func widens(from, to arrow.Type) bool {
	switch from {
	case arrow.INT16:
		return to == arrow.INT32 || to == arrow.INT64 || to == arrow.FLOAT64
	case arrow.INT32:
		return to == arrow.INT64 || to == arrow.FLOAT64
	case arrow.FLOAT32:
		return to == arrow.FLOAT64
	}
	return false
}
