package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// orderedSets are the aggregates that SQL writes with WITHIN GROUP (ORDER BY value), and what they are called in the table of
// functions, where the value is the first argument.
var orderedSets = map[string]string{"percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc", "mode": "mode"}

// withinGroup is the arguments of an ordered-set aggregate: the value that orders its rows, what stands between its own
// brackets, and true where the order descends.
func (s *binding) withinGroup(x *exprs, n *pg.FuncCall, name string, direct []plan.Expr) ([]plan.Expr, error) {
	if len(n.AggOrder) != 1 || len(direct) > 1 || len(direct) == 1 && name == "mode" || len(direct) == 0 && name != "mode" {
		return nil, fault(s.pos(n.Location), "42883", "%s takes %s and one value to order by", n.Funcname[len(n.Funcname)-1].GetString_().GetSval(),
			map[bool]string{true: "nothing", false: "a fraction"}[name == "mode"])
	}
	by := n.AggOrder[0].GetSortBy()
	key, err := s.aggregateKey(x, by)
	if err != nil {
		return nil, err
	}
	args := append([]plan.Expr{key.Expr}, direct...)
	if key.Desc {
		args = append(args, boolean(true, s.where(by.Node)))
	}
	return args, nil
}
