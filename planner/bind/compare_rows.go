package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// compareRows compares rows of the same length. They are equal if all of their values are, and are ordered by the first that
// differ.
func (s *binding) compareRows(x *exprs, name string, left, right []*pg.Node, pos ast.Pos) (plan.Expr, error) {
	if len(left) != len(right) {
		return nil, fault(pos, "42601", "unequal number of entries in row expressions")
	}
	ls, err := s.list(x, left)
	if err != nil {
		return nil, err
	}
	rs, err := s.list(x, right)
	if err != nil {
		return nil, err
	}
	switch name {
	case "=":
		return s.eachPair("and", name, ls, rs, pos)
	case "<>":
		return s.eachPair("or", name, ls, rs, pos)
	case "<", "<=", ">", ">=":
		return s.orderRows(name, ls, rs, pos)
	}
	return nil, fault(pos, "42883", "operator %s does not compare rows", name)
}

func (s *binding) eachPair(connective, name string, ls, rs []plan.Expr, pos ast.Pos) (plan.Expr, error) {
	parts := make([]plan.Expr, len(ls))
	for i := range ls {
		var err error
		if parts[i], err = s.operate(name, ls[i], rs[i], pos); err != nil {
			return nil, err
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return logical(connective, parts...), nil
}

// maxRowOrder bounds the rows that are ordered: their values are written out twice each.
const maxRowOrder = 32

// orderRows is (a, b) < (x, y): a < x OR a = x AND b < y. Only the last values may be equal, and only with <= and >=.
func (s *binding) orderRows(name string, ls, rs []plan.Expr, pos ast.Pos) (plan.Expr, error) {
	if len(ls) > maxRowOrder {
		return nil, fault(pos, "54001", "statement too complex: rows of more than %d values are ordered", maxRowOrder)
	}
	last := len(ls) - 1
	e, err := s.operate(name, ls[last], rs[last], pos)
	if err != nil {
		return nil, err
	}
	for i := last - 1; i >= 0; i-- {
		before, err := s.operate(name[:1], ls[i], rs[i], pos)
		if err != nil {
			return nil, err
		}
		same, err := s.operate("=", ls[i], rs[i], pos)
		if err != nil {
			return nil, err
		}
		e = logical("or", before, logical("and", same, e))
	}
	return e, nil
}
