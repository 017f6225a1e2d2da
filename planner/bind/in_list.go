package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// inList binds x IN (a, b, ...).
func (s *binding) inList(x *exprs, n *pg.A_Expr, not bool) (plan.Expr, error) {
	items := n.Rexpr.GetList().GetItems()
	var e plan.Expr
	var err error
	if row := n.Lexpr.GetRowExpr(); row != nil {
		e, err = s.rowIn(x, row.Args, items, s.pos(n.Location))
	} else {
		e, err = s.valueIn(x, n.Lexpr, items, s.pos(n.Location))
	}
	if err != nil || !not {
		return e, err
	}
	return logical("not", e), nil
}

func (s *binding) valueIn(x *exprs, value *pg.Node, items []*pg.Node, pos ast.Pos) (plan.Expr, error) {
	all, err := s.list(x, append([]*pg.Node{value}, items...))
	if err != nil {
		return nil, err
	}
	return s.memberOf(all, pos)
}

// memberOf is all[0] IN (all[1:]...).
func (s *binding) memberOf(all []plan.Expr, pos ast.Pos) (plan.Expr, error) {
	if _, err := udf.CommonType(typesOf(all)); err != nil {
		return s.equalsOne(all, pos)
	}
	all, err := s.common(all, "IN")
	if err != nil {
		return nil, err
	}
	if len(all) == 2 {
		return s.operate("=", all[0], all[1], pos)
	}
	return &plan.InList{Arg: all[0], List: all[1:], At: pos}, nil
}

// equalsOne compares with each item of a list whose types have nothing in common.
func (s *binding) equalsOne(all []plan.Expr, pos ast.Pos) (plan.Expr, error) {
	parts := make([]plan.Expr, len(all)-1)
	for i, item := range all[1:] {
		var err error
		if parts[i], err = s.operate("=", all[0], item, pos); err != nil {
			return nil, err
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return logical("or", parts...), nil
}

func (s *binding) rowIn(x *exprs, row, items []*pg.Node, pos ast.Pos) (plan.Expr, error) {
	parts := make([]plan.Expr, len(items))
	for i, item := range items {
		other := item.GetRowExpr()
		if other == nil {
			return nil, fault(s.where(item), "42883", "operator does not exist: record = value")
		}
		var err error
		if parts[i], err = s.compareRows(x, "=", row, other.Args, pos); err != nil {
			return nil, err
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return logical("or", parts...), nil
}
