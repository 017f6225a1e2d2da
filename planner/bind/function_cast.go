package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// castNamed is the type that a call such as date(created_at) casts to, nil if it is none: a type's name where no function has it.
func (s *binding) castNamed(name string, n *pg.FuncCall) arrow.DataType {
	plain := len(n.Args) == 1 && !n.AggDistinct && n.AggFilter == nil && len(n.AggOrder) == 0 && n.Args[0].GetNamedArgExpr() == nil
	if !plain || s.Functions.IsScalar(name) {
		return nil
	}
	t, err := udf.TypeNamed(name, nil)
	if err != nil {
		return nil
	}
	return t
}

func (s *binding) functionCast(x *exprs, arg *pg.Node, to arrow.DataType, pos ast.Pos) (plan.Expr, error) {
	e, err := s.expr(x, arg)
	if err != nil {
		return nil, err
	}
	from := e.Type()
	if e, err = s.explicitCast(e, to, false); err != nil {
		if state(err) == "42846" {
			return nil, fault(pos, "42883", "function %s(%s) does not exist", udf.TypeName(to), udf.TypeName(from))
		}
		return nil, err
	}
	if cast, ok := e.(*plan.Cast); ok {
		cast.At = pos
	}
	return e, nil
}
