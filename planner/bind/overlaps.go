package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// overlaps binds (a, b) OVERLAPS (c, d). The second of a pair may be how long the period is.
func (s *binding) overlaps(x *exprs, n *pg.FuncCall) (plan.Expr, error) {
	args, err := s.list(x, n.Args)
	if err != nil {
		return nil, err
	}
	pos := s.pos(n.Location)
	for end := 1; end < len(args); end += 2 {
		if args[end].Type().ID() == arrow.INTERVAL_MONTH_DAY_NANO {
			if args[end], err = s.operate("+", args[end-1], args[end], pos); err != nil {
				return nil, err
			}
		}
	}
	if common, err := udf.CommonType(typesOf(args)); err == nil {
		for i, arg := range args {
			if args[i], err = s.coerce(arg, common, udf.Implicit); err != nil {
				return nil, err
			}
		}
	}
	return s.apply("overlaps", args, pos)
}
