package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// vectorSearch binds
//
//	vector_search('table', 'column', query [, k, filter, metric, recall])
//
// as what it is short for:
//
//	SELECT *, column <=> query AS distance FROM table WHERE filter ORDER BY distance LIMIT k
//
// The query may be a column of what stands left of it in FROM: then it is a lateral join.
func (s *binding) vectorSearch(x *exprs, call *pg.FuncCall) (plan.Node, error) {
	a, err := s.tableArguments(call, "vector_search", 3, "table", "column", "query", "k", "filter", "metric", "recall")
	if err != nil {
		return nil, err
	}
	found, err := a.search(x)
	if err != nil {
		return nil, err
	}
	limit := &plan.Limit{Input: found.sorted}
	if limit.Count, err = s.limitValue(a.given["k"], "k", "2201W", x.env); err != nil {
		return nil, err
	}
	if limit.Count == nil {
		limit.Count = bigint(10, s.pos(call.Location))
	}
	limit.Recall, err = a.recall()
	return limit, err
}

// A found is a table's rows in the order of their distance from a query.
type found struct {
	table    *table
	vectors  plan.Column
	query    plan.Expr
	metric   string
	distance plan.Column // the last one of sorted
	sorted   *plan.Sort
}

// search binds the arguments table, column, query, filter and metric.
func (a *tableArguments) search(x *exprs) (*found, error) {
	t, err := a.table()
	if err != nil {
		return nil, err
	}
	column, err := a.vectors(t)
	if err != nil {
		return nil, err
	}
	f := &found{table: t}
	if f.metric, err = a.metric(t, column); err != nil {
		return nil, err
	}
	scan := a.scan(t, t.name.Table)
	f.vectors = scan.All[column]
	if f.query, err = a.expr(x, a.given["query"]); err != nil {
		return nil, err
	}
	distance, err := a.apply(f.metric, []plan.Expr{&plan.Ref{Column: f.vectors, At: a.where("column")}, f.query}, a.where("query"))
	if err != nil {
		return nil, err
	}
	f.query = distance.(*plan.Call).In[1]
	rows, err := a.filtered(x, scan)
	if err != nil {
		return nil, err
	}
	f.distance = a.newColumn("distance", distance.Type(), distance.Nullable())
	items := append(refs(scan.Columns()), plan.Item{Column: f.distance, Expr: distance})
	f.sorted = &plan.Sort{Input: &plan.Project{Input: rows, Items: items}, Keys: []plan.Key{{Expr: &plan.Ref{Column: f.distance, At: -1}}}}
	return f, nil
}

// filtered is a scan with the argument "filter".
func (a *tableArguments) filtered(x *exprs, scan *plan.Scan) (plan.Node, error) {
	sc := newScope("", scan.Alias, scan.Columns())
	sc.outer = x.scope
	cond, err := a.filter(&exprs{clause: "the filter", scope: sc, env: x.env})
	if err != nil || cond == nil {
		return scan, err
	}
	return &plan.Filter{Input: scan, Cond: cond}, nil
}
