package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// candidatesEach is how many near rows there are to choose from for each row wanted.
const candidatesEach = 10

// marginalRelevance binds
//
//	max_marginal_relevance(query, 'table', 'column' [, k, lambda, candidates, filter, metric, recall])
//
// which are k rows of a table that are near to the query and far from each other, in the order in which they were chosen: the candidates
// are the rows nearest to the query, and each choice is the one for which lambda * its likeness to the query - (1 - lambda) * its greatest
// likeness to a row chosen before is highest.
func (s *binding) marginalRelevance(x *exprs, call *pg.FuncCall) (plan.Node, error) {
	a, err := s.tableArguments(call, "max_marginal_relevance", 3, "query", "table", "column", "k", "lambda", "candidates", "filter", "metric", "recall")
	if err != nil {
		return nil, err
	}
	near, err := a.search(x)
	if err != nil {
		return nil, err
	}
	k, err := a.count("k", 10)
	if err != nil {
		return nil, err
	}
	candidates, err := a.count("candidates", max(100, candidatesEach*k))
	if err != nil {
		return nil, err
	}
	out := &plan.MarginalRelevance{Vector: columnRef(near.vectors), Query: near.query, Metric: near.metric, Count: bigint(k, a.where("k")),
		Score: s.newColumn("score", arrow.PrimitiveTypes.Float64, false)}
	if out.Lambda, err = a.lambda(x); err != nil {
		return nil, err
	}
	limit := &plan.Limit{Input: near.sorted, Count: bigint(max(candidates, k), a.where("candidates"))}
	if limit.Recall, err = a.recall(); err != nil {
		return nil, err
	}
	out.Input = limit
	return out, nil
}

// lambda weighs nearness against diversity: 1 is for nearness alone.
func (a *tableArguments) lambda(x *exprs) (plan.Expr, error) {
	n := a.given["lambda"]
	if n == nil {
		return double(0.5, a.pos(a.call.Location)), nil
	}
	e, err := a.expr(x, n)
	if err != nil {
		return nil, err
	}
	return a.coerce(e, arrow.PrimitiveTypes.Float64, udf.Assignment)
}
