package bind

import (
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// A grouping collects the aggregates of a query. Bound expressions refer to the columns of its measures.
type grouping struct {
	groups   []plan.Item
	measures []plan.Measure
	empty    bool          // GROUP BY (): all rows are one group, no rows too
	sets     *groupingPlan // of GROUPING SETS, ROLLUP and CUBE; else nil
}

func (g *grouping) used() bool {
	return g.empty || g.sets != nil || len(g.groups) > 0 || len(g.measures) > 0
}

// aggregate binds a call of an aggregate to a measure of the query that it belongs to.
func (s *binding) aggregate(x *exprs, n *pg.FuncCall, name string) (plan.Expr, error) {
	pos := s.pos(n.Location)
	if len(n.Args) == 0 && !n.AggStar && name == "count" {
		return nil, fault(pos, "42809", "count(*) must be used to call a parameterless aggregate function")
	}
	m, found, err := s.measureOf(x, n, name)
	if err != nil {
		return nil, err
	}
	return s.owned(x, m, name, pos, found)
}

// owned adds a measure to the query that it belongs to.
func (s *binding) owned(x *exprs, m plan.Measure, name string, pos ast.Pos, found udf.Resolved) (plan.Expr, error) {
	owner := ownerOf(x, m)
	if owner == nil {
		return nil, fault(pos, "42803", "aggregate functions are not allowed in FROM clause of their own query level")
	}
	if owner.groups == nil {
		if owner.clause == inAggregate {
			return nil, hint(fault(pos, "42803", "aggregate function calls cannot be nested"), "aggregate in a subquery first")
		}
		e := fault(pos, "42803", "aggregate functions are not allowed in %s", owner.clause)
		if owner.clause == "WHERE" {
			return nil, hint(e, "conditions on groups go into HAVING")
		}
		return nil, e
	}
	return &plan.Ref{Column: s.measure(owner.groups, m, name, found), At: pos}, nil
}

// measureOf is a measure that has no column yet.
func (s *binding) measureOf(x *exprs, n *pg.FuncCall, name string) (m plan.Measure, found udf.Resolved, err error) {
	pos := s.pos(n.Location)
	inner := &exprs{clause: inAggregate, scope: x.scope, env: x.env}
	args, err := s.list(inner, n.Args)
	if err != nil {
		return m, found, err
	}
	if n.AggWithinGroup {
		if args, err = s.withinGroup(inner, n, name, args); err != nil {
			return m, found, err
		}
	}
	if found, err = s.Functions.ResolveAggregate(name, typesOf(args)); err != nil {
		return m, found, at(pos, err)
	}
	m = plan.Measure{Func: found.Name, Args: args, Distinct: n.AggDistinct}
	for i, arg := range args {
		if m.Args[i], err = s.coerce(arg, found.Args[i], udf.Explicit); err != nil {
			return m, found, err
		}
	}
	if err := s.jsonValue(found.Name, m.Args, m.Distinct, pos); err != nil {
		return m, found, err
	}
	if n.AggFilter != nil {
		filter := *inner
		filter.clause = "FILTER"
		if m.Filter, err = s.condition(&filter, n.AggFilter); err != nil {
			return m, found, err
		}
	}
	for _, by := range n.AggOrder {
		if n.AggWithinGroup {
			break // it is an argument
		}
		key, err := s.aggregateKey(inner, by.GetSortBy())
		if err != nil {
			return m, found, err
		}
		m.Sort = append(m.Sort, key)
	}
	switch {
	case m.Distinct && len(m.Sort) > 0 && !(len(m.Sort) == 1 && plan.Equal(m.Sort[0].Expr, m.Args[0])):
		return m, found, fault(pos, "42P10", "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
	case m.Distinct && len(m.Args) == 0:
		return m, found, fault(pos, "42809", "DISTINCT specified, but %s(*) has no argument", name)
	}
	return m, found, nil
}

// ownerOf is where an aggregate is computed: in the innermost query whose columns it takes, as in SQL, or where it stands if it takes
// none. It is nil for a query whose FROM clause the aggregate stands in.
func ownerOf(x *exprs, m plan.Measure) *exprs {
	free := plan.IDSet{}
	for _, e := range (&plan.Aggregate{Measures: []plan.Measure{m}}).Exprs() {
		maps.Copy(free, plan.FreeOf(e))
	}
	if len(free) == 0 || x.scope == nil || x.scope.owns(free) {
		return x
	}
	for sc := x.scope.outer; sc != nil; sc = sc.outer {
		if sc.owns(free) {
			return sc.place
		}
	}
	return x
}

// owns tells whether some of the columns are a scope's own.
func (sc *scope) owns(cols plan.IDSet) bool {
	return slices.ContainsFunc(sc.entries, func(e entry) bool {
		return plan.Any(e.expr, func(e plan.Expr) bool { ref, ok := e.(*plan.Ref); return ok && cols[ref.ID] })
	})
}

// jsonValue makes JSON of what an aggregate puts into a JSON value, as to_jsonb does, which knows the session's time zone. Different
// values are told apart, and sorted, by what they are rather than by their JSON, for which only times need to be written before.
func (s *binding) jsonValue(aggregate string, args []plan.Expr, distinct bool, pos ast.Pos) (err error) {
	if aggregate != "jsonb_agg" && aggregate != "jsonb_object_agg" {
		return nil
	}
	last := len(args) - 1
	if !distinct || args[last].Type().ID() == arrow.TIMESTAMP {
		if args[last], err = s.apply("to_jsonb", args[last:], pos); err != nil {
			return err
		}
	}
	if last == 0 || args[0].Type().ID() != arrow.TIMESTAMP {
		return nil
	}
	if args[0], err = s.apply("to_jsonb", args[:1], pos); err != nil {
		return err
	}
	args[0], err = s.apply("json_get_path_text", []plan.Expr{args[0], &unknown{"{}", pos}}, pos)
	return err
}

func (s *binding) aggregateKey(x *exprs, by *pg.SortBy) (plan.Key, error) {
	e, err := s.expr(x, by.Node)
	if err != nil {
		return plan.Key{}, err
	}
	return s.key(s.known(e), by)
}

// measure is the column of a measure, of an equal one if the query has it already.
func (s *binding) measure(g *grouping, m plan.Measure, name string, found udf.Resolved) plan.Column {
	for _, have := range g.measures {
		if sameMeasure(have, m) {
			return have.Column
		}
	}
	m.Column = s.newColumn(name, found.Out, found.Name != "count")
	g.measures = append(g.measures, m)
	return m.Column
}

func sameMeasure(a, b plan.Measure) bool {
	if a.Func != b.Func || a.Distinct != b.Distinct || len(a.Args) != len(b.Args) || len(a.Sort) > 0 || len(b.Sort) > 0 {
		return false
	}
	for i := range a.Args {
		if !plan.Equal(a.Args[i], b.Args[i]) {
			return false
		}
	}
	if a.Filter == nil || b.Filter == nil {
		return a.Filter == nil && b.Filter == nil
	}
	return plan.Equal(a.Filter, b.Filter)
}

// above rewrites an expression over the rows to one over the groups. Columns that are neither grouped nor aggregated have no
// one value in a group.
func (g *grouping) above(e plan.Expr, also plan.IDSet) (plan.Expr, error) {
	var bad error
	out := g.rewrite(e, plan.FreeOf(e), also, &bad)
	return out, bad
}

// rewrite leaves alone what is not about the rows: columns that are not among those free in the whole expression belong to a
// subquery in it.
func (g *grouping) rewrite(e plan.Expr, free, also plan.IDSet, bad *error) plan.Expr {
	return plan.Rewrite(e, func(e plan.Expr) (plan.Expr, bool) {
		for _, group := range g.groups {
			if plan.Equal(e, group.Expr) {
				return &plan.Ref{Column: group.Column, At: e.Pos()}, true
			}
		}
		switch e := e.(type) {
		case *plan.Subquery:
			if len(plan.FreeOf(e)) == 0 {
				return e, true
			}
			out := &plan.Subquery{Kind: e.Kind, At: e.At, Plan: plan.MapExprs(e.Plan, func(e plan.Expr) plan.Expr { return g.rewrite(e, free, also, bad) })}
			if e.Test != nil {
				out.Test = g.rewrite(e.Test, free, also, bad)
			}
			return out, true
		case *plan.Ref:
			if free[e.ID] && !also[e.ID] && !g.measured(e.ID) && *bad == nil {
				*bad = ungrouped(e)
			}
		}
		return nil, false
	})
}

func (g *grouping) measured(id int) bool {
	return slices.ContainsFunc(g.measures, func(m plan.Measure) bool { return m.ID == id })
}

func ungrouped(ref *plan.Ref) error {
	name := ref.Name
	if ref.Table != "" {
		name = ref.Table + "." + name
	}
	return hint(fault(ref.At, "42803", "column %q must appear in the GROUP BY clause or be used in an aggregate function", name),
		"add it to GROUP BY, or take any_value(%s), min(%s) ...", ref.Name, ref.Name)
}
