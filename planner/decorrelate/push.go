package decorrelate

import (
	"fmt"
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// A domain is the different values of the columns that a plan refers to, taken from the rows around it.
type domain struct {
	d      *decorrelator
	source plan.Node
	cols   []plan.Column
}

// A carried is where a plan carries the domain's columns: by the ID of each, the column that holds it.
type carried map[int]plan.Column

// rows are the domain's rows under columns of their own.
func (m *domain) rows() (plan.Node, carried) {
	a := &plan.Aggregate{Input: m.source}
	now := carried{}
	for _, c := range m.cols {
		now[c.ID] = m.d.newColumn(c.Name, c.Type, c.Nullable)
		a.Groups = append(a.Groups, plan.Item{Column: now[c.ID], Expr: ref(c)})
	}
	return a, now
}

func (m *domain) columns(now carried) []plan.Column {
	cols := make([]plan.Column, len(m.cols))
	for i, c := range m.cols {
		cols[i] = now[c.ID]
	}
	return cols
}

// over is an expression that refers to carried columns instead of those outside.
func (m *domain) over(e plan.Expr, now carried) plan.Expr {
	if e == nil {
		return nil
	}
	by := map[int]plan.Expr{}
	for id, c := range now {
		by[id] = ref(c)
	}
	return substitute(e, by)
}

func (m *domain) overAll(es []plan.Expr, now carried) []plan.Expr {
	out := make([]plan.Expr, len(es))
	for i, e := range es {
		out[i] = m.over(e, now)
	}
	return out
}

func (m *domain) ids() plan.IDSet {
	set := plan.IDSet{}
	for _, c := range m.cols {
		set[c.ID] = true
	}
	return set
}

func (m *domain) concerns(n plan.Node) bool { return overlap(plan.Free(n), m.ids()) }

// same are the conditions that two inputs carry the same row of the domain.
func (m *domain) same(a, b carried) []plan.Expr {
	var conds []plan.Expr
	for _, c := range m.cols {
		conds = append(conds, condition("is_not_distinct_from", false, ref(a[c.ID]), ref(b[c.ID])))
	}
	return conds
}

// push returns the rows that a plan has for each row of the domain, with the domain's columns behind its own.
func (m *domain) push(n plan.Node) (plan.Node, carried, error) {
	if !m.concerns(n) {
		rows, now := m.rows()
		return &plan.Join{Kind: plan.Inner, Left: n, Right: rows}, now, nil
	}
	switch n := n.(type) {
	case *plan.Values:
		return m.pushValues(n)
	case *plan.Join:
		return m.pushJoin(n)
	case *plan.Union:
		return m.pushUnion(n)
	}
	if len(n.Inputs()) != 1 {
		return nil, nil, fmt.Errorf("decorrelate: no rule for %T", n)
	}
	if limit, ok := n.(*plan.Limit); ok {
		return m.pushLimit(limit)
	}
	in, now, err := m.push(n.Inputs()[0])
	if err != nil {
		return nil, nil, err
	}
	switch n := n.(type) {
	case *plan.Filter:
		return &plan.Filter{Input: in, Cond: m.over(n.Cond, now)}, now, nil
	case *plan.Sort: // nobody sees the order
		return in, now, nil
	case *plan.Project:
		return m.pushProject(n, in, now), now, nil
	case *plan.Aggregate:
		return m.pushAggregate(n, in, now)
	case *plan.Window:
		out := n.WithInputs([]plan.Node{in}).WithExprs(m.overAll(n.Exprs(), now)).(*plan.Window)
		for _, c := range m.columns(now) {
			out.Partition = append(out.Partition, ref(c))
		}
		return out, now, nil
	case *plan.Unnest:
		out := *n
		out.Input, out.Lists = in, m.overAll(n.Lists, now)
		return &out, now, nil
	}
	return nil, nil, fmt.Errorf("decorrelate: no rule for %T", n)
}

func (m *domain) pushProject(n *plan.Project, in plan.Node, now carried) plan.Node {
	out := &plan.Project{Input: in}
	for _, item := range n.Items {
		out.Items = append(out.Items, plan.Item{Column: item.Column, Expr: m.over(item.Expr, now)})
	}
	out.Items = append(out.Items, refs(m.columns(now))...)
	return out
}

// pushAggregate groups by the domain, too. Without groups, each row of the domain has a row whether there is anything to aggregate
// or not.
func (m *domain) pushAggregate(n *plan.Aggregate, in plan.Node, now carried) (plan.Node, carried, error) {
	out := n.WithInputs([]plan.Node{in}).WithExprs(m.overAll(n.Exprs(), now)).(*plan.Aggregate)
	out.Groups = append(out.Groups, refs(m.columns(now))...)
	if len(n.Groups) > 0 {
		return out, now, nil
	}
	rows, all := m.rows()
	j := &plan.Join{Kind: plan.Left, Left: rows, Right: out, On: plan.And(m.same(all, now))}
	p := &plan.Project{Input: j}
	for _, measure := range n.Measures {
		c := measure.Column
		c.Nullable = true
		item := plan.Item{Column: c, Expr: ref(c)}
		if empty := plan.OfNoRows(measure); !isNull(empty) {
			item.Expr = &plan.Call{Name: "coalesce", In: []plan.Expr{ref(c), empty}, Out: c.Type, At: -1}
			item.Column.Nullable = false
		}
		p.Items = append(p.Items, item)
	}
	p.Items = append(p.Items, refs(m.columns(all))...)
	return p, all, nil
}

// pushLimit numbers the rows of each row of the domain.
func (m *domain) pushLimit(n *plan.Limit) (plan.Node, carried, error) {
	in, now, err := m.push(n.Input)
	if err != nil {
		return nil, nil, err
	}
	var partition []plan.Expr
	for _, c := range m.columns(now) {
		partition = append(partition, ref(c))
	}
	sorted, _ := sortKeys(n.Input)
	keys := slices.Clone(sorted)
	for i := range keys {
		keys[i].Expr = m.over(keys[i].Expr, now)
	}
	return m.d.firstOf(in, partition, keys, n), now, nil
}

// pushValues has each row of constants once for every row of the domain.
func (m *domain) pushValues(n *plan.Values) (plan.Node, carried, error) {
	if len(n.Cols) == 0 {
		rows, now := m.rows()
		return rows, now, nil
	}
	var ins []plan.Node
	var nows []carried
	for _, row := range n.Rows {
		rows, now := m.rows()
		p := &plan.Project{Input: rows}
		for i, e := range row {
			c := n.Cols[i]
			p.Items = append(p.Items, plan.Item{Column: m.d.newColumn(c.Name, c.Type, true), Expr: m.over(e, now)})
		}
		p.Items = append(p.Items, refs(m.columns(now))...)
		ins, nows = append(ins, p), append(nows, now)
	}
	out, now := m.append(&plan.Union{Cols: n.Cols}, ins, nows)
	return out, now, nil
}

func (m *domain) pushUnion(n *plan.Union) (plan.Node, carried, error) {
	var ins []plan.Node
	var nows []carried
	for _, in := range n.Ins {
		pushed, now, err := m.push(in)
		if err != nil {
			return nil, nil, err
		}
		pushed = &plan.Project{Input: pushed, Items: append(refs(in.Columns()), refs(m.columns(now))...)}
		ins, nows = append(ins, pushed), append(nows, now)
	}
	out, now := m.append(n, ins, nows)
	return out, now, nil
}

// append is a union of inputs that end in the domain's columns.
func (m *domain) append(u *plan.Union, ins []plan.Node, nows []carried) (plan.Node, carried) {
	out := *u
	out.Ins, out.Cols = ins, slices.Clone(u.Cols)
	now := carried{}
	for _, c := range m.cols {
		now[c.ID] = m.d.newColumn(c.Name, c.Type, slices.ContainsFunc(nows, func(n carried) bool { return n[c.ID].Nullable }))
		out.Cols = append(out.Cols, now[c.ID])
	}
	return &out, now
}

// pushJoin carries the domain on the side that needs it; where both do, rows of the same row of the domain meet.
func (m *domain) pushJoin(n *plan.Join) (plan.Node, carried, error) {
	out := *n
	onRight := m.concerns(n.Right)
	onLeft := m.concerns(n.Left) || !onRight
	if n.Kind != plan.Inner && n.Kind != plan.Right {
		onLeft = true
	}
	if n.Kind == plan.Right || n.Kind == plan.Full {
		onRight = true
	}
	var left, right carried
	var err error
	if onLeft {
		if out.Left, left, err = m.push(n.Left); err != nil {
			return nil, nil, err
		}
	}
	if onRight {
		if out.Right, right, err = m.push(n.Right); err != nil {
			return nil, nil, err
		}
	}
	now := left
	if !onLeft || n.Kind == plan.Right {
		now = right
	}
	var conds []plan.Expr
	if n.On != nil {
		conds = plan.Conjuncts(m.over(n.On, now))
	}
	if onLeft && onRight {
		conds = append(conds, m.same(left, right)...)
	}
	out.On = plan.And(conds)
	if n.Kind != plan.Full {
		return &out, now, nil
	}
	p := &plan.Project{Input: &out, Items: refs(n.Columns())}
	both := carried{}
	for _, c := range m.cols {
		l, r := left[c.ID], right[c.ID]
		l.Nullable, r.Nullable = true, true
		both[c.ID] = m.d.newColumn(c.Name, c.Type, c.Nullable)
		p.Items = append(p.Items, plan.Item{Column: both[c.ID], Expr: &plan.Case{
			Whens: []plan.When{{Cond: condition("is_null", false, ref(l)), Then: ref(r)}}, Else: ref(l), At: -1}})
	}
	return p, both, nil
}
