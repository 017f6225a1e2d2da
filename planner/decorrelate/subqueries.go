package decorrelate

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// subqueries makes joins of the subqueries in a node's expressions: each appends a column to the input, which takes the
// subquery's place.
func (d *decorrelator) subqueries(n plan.Node) (plan.Node, error) {
	if !hasSubquery(n.Exprs()...) {
		return n, nil
	}
	switch n := n.(type) {
	case *plan.Filter:
		return d.inFilter(n)
	case *plan.Join:
		return d.inCondition(n)
	case *plan.Values:
		return d.inValues(n)
	}
	input := n.Inputs()[0]
	exprs := n.Exprs()
	for i, e := range exprs {
		var err error
		if exprs[i], input, err = d.attach(e, input); err != nil {
			return nil, err
		}
	}
	out := n.WithInputs([]plan.Node{input}).WithExprs(exprs)
	if len(out.Columns()) > len(n.Columns()) {
		return d.only(out, n.Columns(), nil), nil
	}
	return out, nil
}

func hasSubquery(es ...plan.Expr) bool {
	for _, e := range es {
		if plan.Any(e, func(e plan.Expr) bool { _, ok := e.(*plan.Subquery); return ok }) {
			return true
		}
	}
	return false
}

// inFilter has the conditions without subqueries drop rows first.
func (d *decorrelator) inFilter(f *plan.Filter) (plan.Node, error) {
	var plain, rest []plan.Expr
	for _, c := range plan.Conjuncts(f.Cond) {
		if hasSubquery(c) {
			rest = append(rest, c)
		} else {
			plain = append(plain, c)
		}
	}
	input := f.Input
	if len(plain) > 0 {
		input = &plan.Filter{Input: input, Cond: plan.And(plain)}
	}
	for i, c := range rest {
		var err error
		if rest[i], input, err = d.attach(c, input); err != nil {
			return nil, err
		}
	}
	out := &plan.Filter{Input: input, Cond: plan.And(rest)}
	if len(out.Columns()) == len(f.Columns()) {
		return out, nil
	}
	return d.only(out, f.Columns(), nil), nil
}

// inCondition is for subqueries in ON. Those of an inner join move above it; those of an outer join are computed for the side
// that they refer to, or for both.
func (d *decorrelator) inCondition(j *plan.Join) (plan.Node, error) {
	if j.Kind == plan.Inner {
		return d.inFilterOver(j)
	}
	out := *j
	var conds, both []plan.Expr
	for _, c := range plan.Conjuncts(j.On) {
		side, other := &out.Left, plan.IDs(j.Right)
		if overlap(plan.FreeOf(c), other) {
			side, other = &out.Right, plan.IDs(j.Left)
		}
		if hasSubquery(c) && overlap(subqueryRefs(c), other) {
			if j.Kind == plan.Full {
				return nil, missing(c.Pos(), "a subquery about both sides of a full join in its condition", "compute it in a subquery in FROM")
			}
			both = append(both, c)
			continue
		}
		e, in, err := d.attach(c, *side)
		if err != nil {
			return nil, err
		}
		*side = in
		conds = append(conds, e)
	}
	out.On = nil
	if len(conds) > 0 {
		out.On = plan.And(conds)
	}
	if len(both) > 0 {
		if err := d.filterOptional(&out, both); err != nil {
			return nil, err
		}
	}
	node, err := d.lateral(&out)
	if err != nil {
		return nil, err
	}
	return d.only(node, j.Columns(), nil), nil
}

// filterOptional has the side of an outer join that may be missing drop the rows that do not fulfill conditions about both sides,
// as a LATERAL item would: another selection of rows for each row of the side that stays.
func (d *decorrelator) filterOptional(j *plan.Join, conds []plan.Expr) (err error) {
	if j.Kind == plan.Right {
		j.Kind, j.Left, j.Right = plan.Left, j.Right, j.Left
	}
	j.Right, err = d.inFilter(&plan.Filter{Input: j.Right, Cond: plan.And(conds)})
	return err
}

func (d *decorrelator) inFilterOver(j *plan.Join) (plan.Node, error) {
	out := *j
	out.On = nil
	below, err := d.lateral(&out)
	if err != nil {
		return nil, err
	}
	return d.inFilter(&plan.Filter{Input: below, Cond: j.On})
}

// subqueryRefs are the columns that the subqueries in an expression refer to.
func subqueryRefs(e plan.Expr) plan.IDSet {
	set := plan.IDSet{}
	plan.Walk(e, func(e plan.Expr) bool {
		q, ok := e.(*plan.Subquery)
		if ok {
			for id := range plan.FreeOf(q) {
				set[id] = true
			}
		}
		return !ok
	})
	return set
}

// inValues makes projections of rows, so that there is something to join with.
func (d *decorrelator) inValues(v *plan.Values) (plan.Node, error) {
	u := &plan.Union{Cols: v.Cols}
	for _, row := range v.Rows {
		p := &plan.Project{Input: oneRow(), Items: make([]plan.Item, len(row))}
		for i, e := range row {
			p.Items[i] = plan.Item{Column: d.newColumn(v.Cols[i].Name, v.Cols[i].Type, e.Nullable()), Expr: e}
		}
		in, err := d.subqueries(p)
		if err != nil {
			return nil, err
		}
		u.Ins = append(u.Ins, in)
	}
	return u, nil
}

func oneRow() plan.Node { return &plan.Values{Rows: [][]plan.Expr{{}}} }

// attachOne replaces a subquery, whose value matters in the rows for which where is true; nil stands for all.
func (d *decorrelator) attachOne(q *plan.Subquery, input plan.Node, where plan.Expr) (plan.Expr, plan.Node, error) {
	query, err := d.node(q.Plan)
	if err != nil {
		return nil, nil, err
	}
	if q.Kind == plan.Exists {
		query = anyRows(query) // which may be all that refers to the row outside
	}
	correlated := len(plan.Free(query)) > 0
	independent := d.independent
	if where != nil && mayFail(&plan.Subquery{Kind: q.Kind, Plan: query}) {
		independent = func(j *plan.Join) (plan.Node, map[int]plan.Expr, error) { return d.independentWhere(j, where) }
	}
	switch {
	case q.Kind == plan.Scalar && !correlated:
		return &plan.Subquery{Plan: query, At: q.At}, input, nil
	case q.Kind == plan.Exists && !correlated:
		return d.existsOnce(query, q), input, nil
	case q.Kind == plan.Scalar:
		j := &plan.Join{Kind: plan.LeftSingle, Left: input, Right: query}
		if atMostOne(query) {
			j.Kind = plan.Left
		}
		column := query.Columns()[0]
		column.Nullable = true
		out, values, err := independent(j)
		if value, ok := values[column.ID]; ok {
			return value, out, err
		}
		return &plan.Ref{Column: column, At: q.At}, out, err
	}
	mark := d.newColumn("matches", arrow.FixedWidthTypes.Boolean, q.Kind == plan.AnyRow)
	j := &plan.Join{Kind: plan.LeftMark, Left: input, Right: query, On: q.Test, Mark: &mark}
	out, _, err := independent(j)
	return &plan.Ref{Column: mark, At: q.At}, out, err
}

// existsOnce counts the first row: the answer is the same for every row of the query around it.
func (d *decorrelator) existsOnce(query plan.Node, q *plan.Subquery) plan.Expr {
	count := plan.Measure{Column: d.newColumn("count", arrow.PrimitiveTypes.Int64, false), Func: "count"}
	first := &plan.Limit{Input: query, Count: bigint(1)}
	counted := &plan.Subquery{Plan: &plan.Aggregate{Input: first, Measures: []plan.Measure{count}}, At: q.At}
	return condition("gt", false, counted, bigint(0))
}

// anyRows drops what does not matter to whether there are rows: what they are, their order and, unless it may be 0, their number.
func anyRows(n plan.Node) plan.Node {
	for {
		switch in := n.(type) {
		case *plan.Project:
			n = in.Input
			continue
		case *plan.Sort:
			n = in.Input
			continue
		case *plan.Limit:
			if in.Skip == nil && positive(in.Count) {
				n = in.Input
				continue
			}
		case *plan.Aggregate:
			if len(in.Groups) > 0 {
				n = in.Input
				continue
			}
		}
		return n
	}
}

// atMostOne tells whether a plan cannot have two rows.
func atMostOne(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Aggregate:
		return len(n.Groups) == 0
	case *plan.Values:
		return len(n.Rows) <= 1
	case *plan.Project:
		return atMostOne(n.Input)
	case *plan.Filter:
		return atMostOne(n.Input)
	case *plan.Sort:
		return atMostOne(n.Input)
	case *plan.Limit:
		count, ok := plan.Bigint(n.Count)
		return ok && count <= 1 || atMostOne(n.Input)
	case *plan.Join:
		switch n.Kind {
		case plan.LeftSemi, plan.LeftAnti, plan.LeftMark, plan.LeftSingle, plan.AsOf:
			return atMostOne(n.Left)
		case plan.Inner, plan.Left:
			return atMostOne(n.Left) && atMostOne(n.Right)
		}
	}
	return false
}

func positive(e plan.Expr) bool {
	count, ok := plan.Bigint(e)
	return ok && count > 0
}
