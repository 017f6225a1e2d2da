package decorrelate

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// independent makes a join's right side the same for all left rows. The result has the join's columns, possibly more and in
// another order. Columns that values knows are to be taken from there.
func (d *decorrelator) independent(j *plan.Join) (out plan.Node, values map[int]plan.Expr, err error) {
	left := plan.IDs(j.Left)
	if !overlap(plan.Free(j.Right), left) {
		return j, nil, nil
	}
	if near, ok := d.joinNearest(j); ok {
		return near, nil, nil
	}
	if nearest, ok := d.joinAsOf(j); ok {
		return nearest, nil, nil
	}
	if p, ok := d.pull(j.Right, left); ok {
		if out, values, ok := d.joinPulled(j, p); ok {
			return out, values, nil
		}
	}
	out, err = d.joinPushed(j, j.Left)
	return out, nil, err
}

// independentWhere is independent for a right side whose rows matter, and are found, only for the left rows that fulfill a condition.
func (d *decorrelator) independentWhere(j *plan.Join, where plan.Expr) (plan.Node, map[int]plan.Expr, error) {
	if !overlap(plan.Free(j.Right), plan.IDs(j.Left)) {
		return j, nil, nil
	}
	out, err := d.joinPushed(j, &plan.Filter{Input: j.Left, Cond: where})
	return out, nil, err
}

// joinPulled joins on the conditions that were pulled out of the right side.
func (d *decorrelator) joinPulled(j *plan.Join, p *pulled) (plan.Node, map[int]plan.Expr, bool) {
	out := *j
	out.Right = p.node
	if p.always && (j.On != nil || j.Kind == plan.LeftMark) {
		return nil, nil, false // the row is there even where nothing matches
	}
	if j.Kind == plan.LeftMark {
		d.markPulled(&out, p.conds)
		return &out, nil, true
	}
	if j.On != nil {
		out.On = plan.And(append(plan.Conjuncts(j.On), p.conds...))
	} else {
		out.On = plan.And(p.conds)
	}
	if !p.always {
		return &out, nil, true
	}
	out.Kind = plan.Left // a group has one row, and no group is a row too
	return &out, d.defaults(&out, p.defaults), true
}

// markPulled adds conditions to those of a mark join. Where one of them is NULL the subquery does not have the row, so that it
// must not come to NULL as a comparison of IN would.
func (d *decorrelator) markPulled(j *plan.Join, conds []plan.Expr) {
	right := plan.IDs(j.Right)
	var all, notNull []plan.Expr
	if j.On != nil {
		all = plan.Conjuncts(j.On)
	}
	for _, c := range conds {
		inner, outer, same, ok := equality(c, right)
		switch {
		case !c.Nullable():
			all = append(all, c)
		case ok && !same:
			if inner.Nullable() {
				notNull = append(notNull, condition("is_not_null", false, inner))
			}
			all = append(all, condition("is_not_distinct_from", false, inner, outer))
		default:
			all = append(all, condition("is_not_distinct_from", false, c, boolean(true)))
		}
	}
	if len(notNull) > 0 {
		j.Right = &plan.Filter{Input: j.Right, Cond: plan.And(notNull)}
	}
	j.On = plan.And(all)
}

// defaults are the values of right columns that are something else than NULL where no row matches.
func (d *decorrelator) defaults(j *plan.Join, defaults map[int]plan.Expr) map[int]plan.Expr {
	values := map[int]plan.Expr{}
	var found *plan.Column
	for _, c := range j.Right.Columns() {
		e, ok := defaults[c.ID]
		if !ok || isNull(e) {
			continue
		}
		if found == nil {
			var marker plan.Column
			j.Right, marker = d.marked(j.Right)
			found = &marker
		}
		c.Nullable = true
		absent := condition("is_null", false, ref(*found))
		values[c.ID] = &plan.Case{Whens: []plan.When{{Cond: absent, Then: e}}, Else: ref(c), At: -1}
	}
	return values
}

// marked is a join's right side with a column that is NULL where the join finds no row of it.
func (d *decorrelator) marked(n plan.Node) (plan.Node, plan.Column) {
	found := d.newColumn("found", boolean(true).Type(), false)
	n = &plan.Project{Input: n, Items: append(refs(n.Columns()), plan.Item{Column: found, Expr: boolean(true)})}
	found.Nullable = true
	return n, found
}

func isNull(e plan.Expr) bool {
	l, ok := e.(*plan.Literal)
	return ok && l.Value.IsNull(0)
}

// joinPushed computes the right side for the different values that it refers to in some rows of the left one, and joins on these.
func (d *decorrelator) joinPushed(j *plan.Join, rows plan.Node) (plan.Node, error) {
	free := plan.Free(j.Right)
	dom := &domain{d: d}
	for _, c := range j.Left.Columns() {
		if free[c.ID] {
			dom.cols = append(dom.cols, c)
		}
	}
	dom.source = superset(rows)
	if volatile(dom.source) {
		return nil, missing(-1, "a subquery that refers to rows which are others each time, because of a function such as random()",
			"store the rows with CREATE TABLE ... AS first")
	}
	right, now, err := dom.push(j.Right)
	if err != nil {
		return nil, err
	}
	out := *j
	out.Right = right
	var conds []plan.Expr
	if j.On != nil {
		conds = plan.Conjuncts(j.On)
	}
	for _, c := range dom.cols {
		conds = append(conds, condition("is_not_distinct_from", false, ref(c), ref(now[c.ID])))
	}
	out.On = plan.And(conds)
	return &out, nil
}

// superset is a plan with at least a node's rows, which does not depend on chance: not on which rows a limit keeps either.
func superset(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Limit:
		return superset(n.Input)
	case *plan.Sort:
		return superset(n.Input)
	case *plan.Filter:
		if slices.ContainsFunc(plan.Conjuncts(n.Cond), isVolatile) {
			return superset(n.Input)
		}
		return n.WithInputs([]plan.Node{superset(n.Input)})
	case *plan.Project:
		return n.WithInputs([]plan.Node{superset(n.Input)})
	}
	return n
}

func isVolatile(e plan.Expr) bool {
	return plan.Any(e, func(e plan.Expr) bool {
		call, ok := e.(*plan.Call)
		return ok && call.Volatile
	})
}

func volatile(n plan.Node) bool {
	return slices.ContainsFunc(n.Exprs(), isVolatile) || slices.ContainsFunc(n.Inputs(), volatile)
}
