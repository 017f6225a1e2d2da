package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// hypothetical binds an aggregate that tells which rank a row would have among those of a group, from how many of these come before it:
//
//	rank(x) WITHIN GROUP (ORDER BY v)          =>  count(*) FILTER (WHERE v < x) + 1
//	dense_rank(x) WITHIN GROUP (ORDER BY v)    =>  count(DISTINCT ROW(v)) FILTER (WHERE v < x) + 1
//	percent_rank(x) WITHIN GROUP (ORDER BY v)  =>  count(*) FILTER (WHERE v < x) / count(*), 0 for no rows
//	cume_dist(x) WITHIN GROUP (ORDER BY v)     =>  (count(*) FILTER (WHERE v <= x) + 1) / (count(*) + 1)
func (s *binding) hypothetical(x *exprs, n *pg.FuncCall, name string) (plan.Expr, error) {
	pos := s.pos(n.Location)
	if !slices.Contains([]string{"rank", "dense_rank", "percent_rank", "cume_dist"}, name) {
		return nil, fault(pos, "42883", "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
	}
	if len(n.Args) != len(n.AggOrder) {
		return nil, hint(fault(pos, "42883", "function %s does not exist with %d arguments and %d values to order by", name, len(n.Args), len(n.AggOrder)),
			"to use the hypothetical-set aggregate %s, give as many direct arguments as there are values to order by", name)
	}
	h := &hypotheticalRow{binding: s, pos: pos}
	inner := &exprs{clause: inAggregate, scope: x.scope, env: x.env}
	for i, by := range n.AggOrder {
		if err := h.addKey(inner, x.groups, n.Args[i], by.GetSortBy(), name); err != nil {
			return nil, err
		}
	}
	var filter plan.Expr
	if n.AggFilter != nil {
		within := *inner
		within.clause = "FILTER"
		var err error
		if filter, err = s.condition(&within, n.AggFilter); err != nil {
			return nil, err
		}
	}
	count := func(where plan.Expr, distinct ...plan.Expr) (plan.Expr, error) {
		if filter != nil && where != nil {
			where = logical("and", filter, where)
		} else if filter != nil {
			where = filter
		}
		m := plan.Measure{Func: "count", Args: distinct, Distinct: distinct != nil, Filter: where}
		return s.owned(x, m, "count", pos, udf.Resolved{Name: "count", Out: arrow.PrimitiveTypes.Int64})
	}
	before, err := h.before(name == "cume_dist")
	if err != nil {
		return nil, err
	}
	var distinct []plan.Expr
	if name == "dense_rank" {
		row, err := s.apply("row", h.values, pos)
		if err != nil {
			return nil, err
		}
		distinct = []plan.Expr{row}
	}
	found, err := count(before, distinct...)
	if err != nil {
		return nil, err
	}
	if name != "percent_rank" {
		if found, err = s.operate("+", found, bigint(1, pos), pos); err != nil || name != "cume_dist" {
			return found, err
		}
	}
	all, err := count(nil)
	if err != nil {
		return nil, err
	}
	if name == "cume_dist" {
		all, err = s.operate("+", all, bigint(1, pos), pos)
	} else {
		all, err = s.apply("nullif", []plan.Expr{all, bigint(0, pos)}, pos)
	}
	if err != nil {
		return nil, err
	}
	return s.share(found, all, pos)
}

// share is a part of a count as a double, 0 of nothing.
func (s *binding) share(part, all plan.Expr, pos ast.Pos) (plan.Expr, error) {
	for _, e := range []*plan.Expr{&part, &all} {
		var err error
		if *e, err = s.coerce(*e, arrow.PrimitiveTypes.Float64, udf.Explicit); err != nil {
			return nil, err
		}
	}
	share, err := s.operate("/", part, all, pos)
	if err != nil {
		return nil, err
	}
	return s.apply("coalesce", []plan.Expr{share, literal(one(array.NewFloat64Builder, 0.0), pos)}, pos)
}

// A hypotheticalRow is a row that is compared with those of a group, key by key.
type hypotheticalRow struct {
	*binding
	pos           ast.Pos
	values, given []plan.Expr // of the rows, and of the one
	keys          []plan.Key
}

// addKey adds a key. What is given has one value in a group.
func (h *hypotheticalRow) addKey(x *exprs, groups *grouping, given *pg.Node, by *pg.SortBy, name string) error {
	value, err := h.expr(x, by.Node)
	if err != nil {
		return err
	}
	direct, err := h.expr(x, given)
	if err != nil {
		return err
	}
	if groups != nil {
		if _, err := groups.above(direct, plan.IDSet{}); err != nil && x.scope.owns(plan.FreeOf(direct)) {
			return err
		}
	}
	both, err := h.common([]plan.Expr{value, direct}, "WITHIN GROUP")
	if err != nil {
		return err
	}
	key, err := h.key(both[0], by)
	if err != nil {
		return err
	}
	h.values, h.given, h.keys = append(h.values, both[0]), append(h.given, both[1]), append(h.keys, key)
	return nil
}

// before is the condition that a row of the group comes before the given one, or ties with it if ties count.
func (h *hypotheticalRow) before(ties bool) (plan.Expr, error) {
	out := plan.Expr(boolean(ties, h.pos))
	for i := len(h.keys) - 1; i >= 0; i-- {
		less, err := h.less(i)
		if err != nil {
			return nil, err
		}
		same, err := h.apply("is_not_distinct_from", []plan.Expr{h.values[i], h.given[i]}, h.pos)
		if err != nil {
			return nil, err
		}
		out = logical("or", less, logical("and", same, out))
	}
	return out, nil
}

// less compares by one key, NULLs as they sort.
func (h *hypotheticalRow) less(i int) (plan.Expr, error) {
	operator := "<"
	if h.keys[i].Desc {
		operator = ">"
	}
	less, err := h.operate(operator, h.values[i], h.given[i], h.pos)
	if err != nil {
		return nil, err
	}
	noValue, err := h.apply("is_null", h.values[i:i+1], h.pos)
	if err != nil {
		return nil, err
	}
	noneGiven, err := h.apply("is_null", h.given[i:i+1], h.pos)
	if err != nil {
		return nil, err
	}
	first := boolean(h.keys[i].NullsFirst, h.pos)
	return &plan.Case{Whens: []plan.When{
		{Cond: noValue, Then: logical("and", first, logical("not", noneGiven))},
		{Cond: noneGiven, Then: logical("not", first)},
	}, Else: less, At: h.pos}, nil
}
