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
	return s.compareValues(name, ls, rs, pos)
}

// compareValues compares the values of two rows.
func (s *binding) compareValues(name string, ls, rs []plan.Expr, pos ast.Pos) (plan.Expr, error) {
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
	return connected(connective, parts), nil
}

// connected is one condition or several, by a connective.
func connected(connective string, parts []plan.Expr) plan.Expr {
	if len(parts) == 1 {
		return parts[0]
	}
	return logical(connective, parts...)
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

// distinctRows is (a, b) IS [NOT] DISTINCT FROM (x, y): NULL is a value like any other.
func (s *binding) distinctRows(x *exprs, distinct bool, left, right []*pg.Node, pos ast.Pos) (plan.Expr, error) {
	if len(left) != len(right) {
		return nil, fault(pos, "42601", "unequal number of entries in row expressions")
	}
	function, connective := "is_not_distinct_from", "and"
	if distinct {
		function, connective = "is_distinct_from", "or"
	}
	parts := make([]plan.Expr, len(left))
	for i := range left {
		pair, err := s.list(x, []*pg.Node{left[i], right[i]})
		if err != nil {
			return nil, err
		}
		if parts[i], err = s.apply(function, pair, pos); err != nil {
			return nil, err
		}
	}
	return connected(connective, parts), nil
}

// eachNull is (a, b) IS [NOT] NULL: all of the values are or are not, so that a row may be neither.
func (s *binding) eachNull(x *exprs, function string, row []*pg.Node, pos ast.Pos) (plan.Expr, error) {
	values, err := s.list(x, row)
	if err != nil {
		return nil, err
	}
	return s.each(function, values, pos)
}

// compareRowOf compares a row with the one row of a subquery. It is the subquery that compares, so that it is computed once for
// all of its columns, no row comes to NULL, and several are an error.
func (s *binding) compareRowOf(x *exprs, name string, row []*pg.Node, n *pg.SubLink, pos ast.Pos) (plan.Expr, error) {
	values, err := s.list(x, row)
	if err != nil {
		return nil, err
	}
	q, err := s.subquery(n.Subselect, x.env, x.around())
	if err != nil {
		return nil, err
	}
	query := s.settle(q.node)
	cols := query.Columns()
	if len(cols) != len(values) {
		return nil, fault(pos, "42601", "subquery has %d columns, but %d values are compared with it", len(cols), len(values))
	}
	same, err := s.compareValues(name, values, mapped(cols, func(c plan.Column) plan.Expr { return &plan.Ref{Column: c, At: pos} }), pos)
	if err != nil {
		return nil, err
	}
	column := s.newColumn("compared", same.Type(), true)
	compared := &plan.Project{Input: query, Items: []plan.Item{{Column: column, Expr: same}}}
	return &plan.Subquery{Plan: compared, At: pos}, nil
}
