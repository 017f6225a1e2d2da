package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// A groupingSet is which of a query's groups a set has, by their places.
type groupingSet []int

// maxGroupingSets and maxCube are PostgreSQL's limits.
const (
	maxGroupingSets = 4096
	maxCube         = 12
)

// groupingSets takes a clause apart: the sets of its items, each with each. Groups are added to the query's as they come.
func (q *selection) groupingSets(s *binding, n *pg.SelectStmt) ([]groupingSet, error) {
	all := []groupingSet{{}}
	for _, g := range n.GroupClause {
		sets, err := q.setsOf(s, g, n.TargetList)
		if err != nil {
			return nil, err
		}
		if len(all)*len(sets) > maxGroupingSets {
			return nil, fault(s.where(g), "54001", "too many grouping sets present (maximum %d)", maxGroupingSets)
		}
		var next []groupingSet
		for _, a := range all {
			for _, b := range sets {
				next = append(next, a.with(b))
			}
		}
		all = next
	}
	if n.GroupDistinct {
		var different []groupingSet
		for _, set := range all {
			if !slices.ContainsFunc(different, func(have groupingSet) bool { return slices.Equal(have, set) }) {
				different = append(different, set)
			}
		}
		all = different
	}
	return all, nil
}

// with is a set of both's groups, in the order of their places.
func (a groupingSet) with(b groupingSet) groupingSet {
	both := append(slices.Clone(a), b...)
	slices.Sort(both)
	return slices.Compact(both)
}

// setsOf are the sets of one item of GROUP BY.
func (q *selection) setsOf(s *binding, n *pg.Node, targets []*pg.Node) ([]groupingSet, error) {
	set := n.GetGroupingSet()
	if set == nil {
		one, err := q.setOf(s, n, targets)
		return []groupingSet{one}, err
	}
	if set.Kind == pg.GroupingSetKind_GROUPING_SET_EMPTY {
		return []groupingSet{{}}, nil
	}
	if set.Kind == pg.GroupingSetKind_GROUPING_SET_SETS {
		var all []groupingSet
		for _, inner := range set.Content {
			sets, err := q.setsOf(s, inner, targets)
			if err != nil {
				return nil, err
			}
			all = append(all, sets...)
		}
		return all, nil
	}
	var parts []groupingSet
	for _, part := range set.Content {
		one, err := q.setOf(s, part, targets)
		if err != nil {
			return nil, err
		}
		parts = append(parts, one)
	}
	if set.Kind == pg.GroupingSetKind_GROUPING_SET_CUBE {
		if len(parts) > maxCube {
			return nil, fault(s.pos(set.Location), "54011", "CUBE is limited to %d elements", maxCube)
		}
		return cube(parts), nil
	}
	sets := []groupingSet{{}}
	for _, part := range parts {
		sets = append(sets, sets[len(sets)-1].with(part))
	}
	slices.Reverse(sets)
	return sets, nil
}

// cube are all choices among the parts, the largest first.
func cube(parts []groupingSet) []groupingSet {
	sets := []groupingSet{{}}
	for i := len(parts) - 1; i >= 0; i-- {
		var with []groupingSet
		for _, set := range sets {
			with = append(with, parts[i].with(set))
		}
		sets = append(with, sets...)
	}
	return sets
}

// setOf is the groups of an expression, or of several in brackets.
func (q *selection) setOf(s *binding, n *pg.Node, targets []*pg.Node) (groupingSet, error) {
	set := groupingSet{}
	for _, g := range groupExprs([]*pg.Node{n}) {
		at, err := q.group(s, g, targets)
		if err != nil {
			return nil, err
		}
		set = set.with(groupingSet{at})
	}
	return set, nil
}

// A groupingPlan has a query's rows grouped by several sets at once: each row comes once for every set, with NULL for the groups
// that the set leaves out, and is grouped by the set's number too. What measures aggregate stays as it is.
//
//	GROUP BY ROLLUP (a, b)  =>  Aggregate(by a', b', set; Project(a' = CASE WHEN set IN (0, 1) THEN a END, ...; Unnest(set in {0, 1, 2})))
//
// A set without groups has a row even where there are no rows to group: it comes from the right side of a full join.
type groupingPlan struct {
	sets   []groupingSet
	number plan.Column // of the set that a group is of
}

func newGroupingPlan(s *binding, sets []groupingSet) *groupingPlan {
	return &groupingPlan{sets: sets, number: s.newColumn("grouping_set", arrow.PrimitiveTypes.Int64, false)}
}

// over groups a node's rows.
func (p *groupingPlan) over(s *binding, n plan.Node, g *grouping) (plan.Node, error) {
	number := s.newColumn("grouping_set", arrow.PrimitiveTypes.Int64, true)
	expanded := &plan.Project{Input: &plan.Unnest{Input: n, Lists: []plan.Expr{bigints(p.numbers(func(groupingSet) bool { return true }))}, Cols: []plan.Column{number}}}
	expanded.Items = append(refs(n.Columns()), refs([]plan.Column{number})...)
	out := &plan.Aggregate{Input: expanded, Measures: g.measures}
	for at, group := range g.groups {
		masked, err := p.where(s, number, func(set groupingSet) bool { return slices.Contains(set, at) }, group.Expr)
		if err != nil {
			return nil, err
		}
		c := s.newColumn(group.Name, group.Type, true)
		expanded.Items = append(expanded.Items, plan.Item{Column: c, Expr: masked})
		out.Groups = append(out.Groups, plan.Item{Column: group.Column, Expr: &plan.Ref{Column: c, At: -1}})
	}
	out.Groups = append(out.Groups, plan.Item{Column: p.number, Expr: &plan.Ref{Column: number, At: -1}})
	if empty := p.numbers(func(set groupingSet) bool { return len(set) == 0 }); len(empty) > 0 {
		return p.withEmpty(s, out, empty)
	}
	return out, nil
}

// numbers are those of the sets that pass a test.
func (p *groupingPlan) numbers(passes func(groupingSet) bool) []int64 {
	var numbers []int64
	for k, set := range p.sets {
		if passes(set) {
			numbers = append(numbers, int64(k))
		}
	}
	return numbers
}

// where is an expression in the rows of the sets that pass a test, NULL in others.
func (p *groupingPlan) where(s *binding, number plan.Column, passes func(groupingSet) bool, e plan.Expr) (plan.Expr, error) {
	numbers := p.numbers(passes)
	if len(numbers) == len(p.sets) {
		return e, nil
	}
	cond, err := s.apply("equal_any", []plan.Expr{&plan.Ref{Column: number, At: -1}, bigints(numbers)}, -1)
	if err != nil {
		return nil, err
	}
	return &plan.Case{Whens: []plan.When{{Cond: cond, Then: e}}, Else: null(e.Type(), -1), At: -1}, nil
}

// withEmpty adds the rows of sets without groups where no row has made them.
func (p *groupingPlan) withEmpty(s *binding, groups *plan.Aggregate, empty []int64) (plan.Node, error) {
	below := *groups // whose columns are not yet what the query refers to
	below.Groups, below.Measures = slices.Clone(groups.Groups), slices.Clone(groups.Measures)
	out := &plan.Project{}
	pass := func(c *plan.Column, otherwise plan.Expr) error {
		was := *c
		*c = s.newColumn(was.Name, was.Type, true)
		e := plan.Expr(&plan.Ref{Column: *c, At: -1})
		if otherwise != nil {
			var err error
			if e, err = s.apply("coalesce", []plan.Expr{e, otherwise}, -1); err != nil {
				return err
			}
		}
		out.Items = append(out.Items, plan.Item{Column: was, Expr: e})
		return nil
	}
	number := s.newColumn("grouping_set", arrow.PrimitiveTypes.Int64, true)
	for i := range below.Groups {
		var otherwise plan.Expr
		if i == len(below.Groups)-1 {
			otherwise = &plan.Ref{Column: number, At: -1}
		}
		if err := pass(&below.Groups[i].Column, otherwise); err != nil {
			return nil, err
		}
	}
	for i := range below.Measures {
		var otherwise plan.Expr
		if zero := plan.OfNoRows(below.Measures[i]); zero.Value.IsValid(0) {
			otherwise = zero
		}
		if err := pass(&below.Measures[i].Column, otherwise); err != nil {
			return nil, err
		}
	}
	sets := &plan.Values{Cols: []plan.Column{number}}
	for _, k := range empty {
		sets.Rows = append(sets.Rows, []plan.Expr{bigint(k, -1)})
	}
	same, err := s.operate("=", &plan.Ref{Column: below.Groups[len(below.Groups)-1].Column, At: -1}, &plan.Ref{Column: number, At: -1}, -1)
	if err != nil {
		return nil, err
	}
	out.Input = &plan.Join{Kind: plan.Full, Left: &below, Right: sets, On: same}
	return out, nil
}

// bigints is a constant array.
func bigints(values []int64) plan.Expr {
	b := array.NewListBuilder(memory.DefaultAllocator, arrow.PrimitiveTypes.Int64)
	b.Append(true)
	b.ValueBuilder().(*array.Int64Builder).AppendValues(values, nil)
	return literal(b.NewArray(), -1)
}

// groupingCall binds GROUPING (a, b): a number with a bit for each argument, the first one's the highest, that is 1 where the row's
// set leaves it out.
func (s *binding) groupingCall(x *exprs, n *pg.GroupingFunc) (plan.Expr, error) {
	pos := s.pos(n.Location)
	switch {
	case x.groups == nil && x.clause == "WHERE":
		return nil, fault(pos, "42803", "grouping operations are not allowed in WHERE")
	case x.groups == nil:
		return nil, fault(pos, "42803", "grouping operations are not allowed in %s", x.clause)
	case len(n.Args) > 31:
		return nil, fault(pos, "54023", "GROUPING must have fewer than 32 arguments")
	}
	places := make([]int, len(n.Args))
	for i, arg := range n.Args {
		e, err := s.expr(&exprs{clause: "GROUPING", scope: x.scope, env: x.env}, arg)
		if err != nil {
			return nil, err
		}
		if places[i] = slices.IndexFunc(x.groups.groups, func(g plan.Item) bool { return plan.Equal(g.Expr, e) }); places[i] < 0 {
			return nil, fault(s.where(arg), "42803", "arguments to GROUPING must be grouping expressions of the associated query level")
		}
	}
	return x.groups.groupingBits(s, places, pos)
}

func (g *grouping) groupingBits(s *binding, places []int, pos ast.Pos) (plan.Expr, error) {
	integer := func(v int32) plan.Expr { return literal(one(array.NewInt32Builder, v), pos) }
	if g.sets == nil {
		return integer(0), nil
	}
	c := &plan.Case{Else: integer(0), At: pos}
	for k, set := range g.sets.sets {
		var bits int32
		for _, at := range places {
			bits <<= 1
			if !slices.Contains(set, at) {
				bits |= 1
			}
		}
		is, err := s.operate("=", &plan.Ref{Column: g.sets.number, At: pos}, bigint(int64(k), pos), pos)
		if err != nil {
			return nil, err
		}
		c.Whens = append(c.Whens, plan.When{Cond: is, Then: integer(bits)})
	}
	return c, nil
}
