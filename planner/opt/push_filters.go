package opt

import (
	"github.com/mediaflight/mediaflight/planner/plan"
)

// pushFilters moves conditions towards the rows they are about, into scans where it can: these prune files, row groups and
// pages by them, and decode other columns only for rows that pass.
//
//	Filter(a.x > 1 AND a.y = b.y, Cross(a, b))  =>  Join(a.y = b.y, Filter(a.x > 1, a), b)
//	Filter(c, Scan)                             =>  Scan where c
//
// A condition may pass a projection that computes what it needs (it then computes it itself), the kept side of an outer join, a
// grouping by its columns, a window by those that part its rows, and both inputs of a union. It must not pass a limit. Volatile conditions stay above joins and
// groupings, which would change how often they are evaluated.
func pushFilters(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	if join, ok := n.(*plan.Join); ok {
		return pushJoinCondition(join)
	}
	f, ok := n.(*plan.Filter)
	if !ok {
		return n, false
	}
	conds := plan.Conjuncts(f.Cond)
	switch in := f.Input.(type) {
	case *plan.Filter:
		return &plan.Filter{Input: in.Input, Cond: plan.And(append(plan.Conjuncts(in.Cond), conds...))}, true
	case *plan.Scan:
		return pushIntoScan(in, conds)
	case *plan.Sort:
		return &plan.Sort{Input: &plan.Filter{Input: in.Input, Cond: f.Cond}, Keys: in.Keys}, true
	case *plan.Project:
		return pushThrough(f, in, conds, substitution(in.Items))
	case *plan.Aggregate:
		if len(in.Groups) == 0 {
			return n, false
		}
		return pushThrough(f, in, conds, substitution(in.Groups))
	case *plan.Window:
		return pushThrough(f, in, conds, substitution(partitionColumns(in)))
	case *plan.Unnest:
		return pushThrough(f, in, conds, substitution(refs(in.Input.Columns())))
	case *plan.NearestJoin:
		return pushThrough(f, in, conds, substitution(refs(in.Input.Columns())))
	case *plan.Union:
		return pushIntoUnion(f, in, conds)
	case *plan.Join:
		return pushIntoJoin(f, in, conds)
	}
	return n, false
}

// pushIntoScan leaves conditions on addresses above the scan, which puts these out and cannot look at them.
func pushIntoScan(n *plan.Scan, conds []plan.Expr) (plan.Node, bool) {
	scan := *n
	var stay, in []plan.Expr
	for _, c := range conds {
		if n.Address != nil && plan.FreeOf(c)[n.Address.ID] {
			stay = append(stay, c)
		} else {
			in = append(in, c)
		}
	}
	if len(in) == 0 {
		return &plan.Filter{Input: n, Cond: plan.And(stay)}, false
	}
	if scan.Filter != nil {
		in = append(plan.Conjuncts(scan.Filter), in...)
	}
	scan.Filter = plan.And(in)
	if len(stay) > 0 {
		return &plan.Filter{Input: &scan, Cond: plan.And(stay)}, true
	}
	return &scan, true
}

// partitionColumns are the columns by which a window parts its rows: a condition on these keeps or drops whole partitions.
func partitionColumns(w *plan.Window) []plan.Item {
	var cols []plan.Column
	for _, e := range w.Partition {
		if ref, ok := e.(*plan.Ref); ok {
			cols = append(cols, ref.Column)
		}
	}
	return refs(cols)
}

// substitution maps columns to what computes them.
func substitution(items []plan.Item) map[int]plan.Expr {
	m := make(map[int]plan.Expr, len(items))
	for _, item := range items {
		if !isVolatile(item.Expr) {
			m[item.ID] = item.Expr
		}
	}
	return m
}

// substitute replaces columns by what computes them; false if that is not known for some.
func substitute(e plan.Expr, by map[int]plan.Expr) (plan.Expr, bool) {
	complete := true
	out := plan.Rewrite(e, func(e plan.Expr) (plan.Expr, bool) {
		ref, ok := e.(*plan.Ref)
		if !ok {
			return nil, false
		}
		to, ok := by[ref.ID]
		complete = complete && ok
		return to, ok
	})
	return out, complete
}

// pushThrough moves conditions under a node with one input.
func pushThrough(f *plan.Filter, under plan.Node, conds []plan.Expr, by map[int]plan.Expr) (plan.Node, bool) {
	var below, above []plan.Expr
	for _, c := range conds {
		if moved, ok := substitute(c, by); ok && !isVolatile(c) {
			below = append(below, moved)
		} else {
			above = append(above, c)
		}
	}
	if len(below) == 0 {
		return f, false
	}
	out := under.WithInputs([]plan.Node{&plan.Filter{Input: under.Inputs()[0], Cond: plan.And(below)}})
	return filtered(out, above), true
}

// filtered puts conditions above a node, if there are any.
func filtered(n plan.Node, conds []plan.Expr) plan.Node {
	if len(conds) == 0 {
		return n
	}
	return &plan.Filter{Input: n, Cond: plan.And(conds)}
}

func pushIntoUnion(f *plan.Filter, u *plan.Union, conds []plan.Expr) (plan.Node, bool) {
	var below, above []plan.Expr
	for _, c := range conds {
		if isVolatile(c) {
			above = append(above, c)
		} else {
			below = append(below, c)
		}
	}
	if len(below) == 0 {
		return f, false
	}
	inputs := make([]plan.Node, len(u.Ins))
	for i, in := range u.Ins {
		by := map[int]plan.Expr{}
		for at, c := range in.Columns() {
			by[u.Cols[at].ID] = &plan.Ref{Column: c, At: -1}
		}
		moved, ok := substitute(plan.And(below), by)
		if !ok {
			return f, false
		}
		inputs[i] = &plan.Filter{Input: in, Cond: moved}
	}
	return filtered(u.WithInputs(inputs), above), true
}

func pushIntoJoin(f *plan.Filter, j *plan.Join, conds []plan.Expr) (plan.Node, bool) {
	left, right := plan.IDs(j.Left), plan.IDs(j.Right)
	var toLeft, toRight, toJoin, above []plan.Expr
	for _, c := range conds {
		leftKept := j.Kind != plan.Right && j.Kind != plan.Full
		rightKept := j.Kind == plan.Inner || j.Kind == plan.Right
		switch {
		case isVolatile(c):
			above = append(above, c)
		case leftKept && left.Cover(c):
			toLeft = append(toLeft, c)
		case rightKept && right.Cover(c):
			toRight = append(toRight, c)
		case j.Kind == plan.Inner:
			toJoin = append(toJoin, c)
		default:
			above = append(above, c)
		}
	}
	if len(above) == len(conds) {
		return f, false
	}
	out := *j
	out.Left, out.Right = filtered(j.Left, toLeft), filtered(j.Right, toRight)
	if len(toJoin) > 0 {
		if j.On != nil {
			toJoin = append(plan.Conjuncts(j.On), toJoin...)
		}
		out.On = plan.And(toJoin)
	}
	return filtered(&out, above), true
}

// pushJoinCondition moves those parts of ON that are about one side into it, where a row that fails them has no match and
// appears in no other way.
func pushJoinCondition(j *plan.Join) (plan.Node, bool) {
	if j.On == nil || j.Kind == plan.Full || j.Kind == plan.LeftMark {
		return j, false
	}
	left, right := plan.IDs(j.Left), plan.IDs(j.Right)
	var toLeft, toRight, stay []plan.Expr
	for _, c := range plan.Conjuncts(j.On) {
		switch {
		case isVolatile(c):
			stay = append(stay, c)
		case (j.Kind == plan.Inner || j.Kind == plan.Right || j.Kind == plan.LeftSemi) && left.Cover(c):
			toLeft = append(toLeft, c)
		case j.Kind != plan.Right && right.Cover(c):
			toRight = append(toRight, c)
		default:
			stay = append(stay, c)
		}
	}
	if len(toLeft)+len(toRight) == 0 {
		return j, false
	}
	out := *j
	out.Left, out.Right, out.On = filtered(j.Left, toLeft), filtered(j.Right, toRight), plan.And(stay)
	return &out, true
}
