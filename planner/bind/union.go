package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// union binds UNION [ALL]. A chain of one kind becomes one node.
func (s *binding) union(n *pg.SelectStmt, e env) (*query, error) {
	u := &plan.Union{Distinct: !n.All}
	var err error
	u.Ins, u.Cols, err = s.alike(s.branches(n, n.All), "UNION", e)
	return &query{node: u}, err
}

// alike binds the queries of a set operation, gives their columns common types, and tells the columns of the result.
func (s *binding) alike(branches []*pg.SelectStmt, operation string, e env) ([]plan.Node, []plan.Column, error) {
	queries := make([]plan.Node, len(branches))
	for i, b := range branches {
		inner := e
		if inner.depth++; inner.depth > maxQueryDepth {
			return nil, nil, fault(s.queryPos(b), "54001", "statement too complex: more than %d queries inside each other", maxQueryDepth)
		}
		q, err := s.query(b, inner)
		if err != nil {
			return nil, nil, err
		}
		queries[i] = q.node
		if got, want := len(q.node.Columns()), len(queries[0].Columns()); got != want {
			return nil, nil, fault(s.queryPos(b), "42601", "each %s query must have the same number of columns, not %d and %d", operation, want, got)
		}
	}
	types := make([]arrow.DataType, len(queries[0].Columns()))
	for i := range types {
		var err error
		if types[i], err = s.unionType(queries, branches, operation, i); err != nil {
			return nil, nil, err
		}
	}
	var ins []plan.Node
	nullable := make([]bool, len(types))
	for _, q := range queries {
		cast, err := s.castColumns(q, types, udf.Explicit)
		if err != nil {
			return nil, nil, err
		}
		for i, c := range cast.Columns() {
			nullable[i] = nullable[i] || c.Nullable
		}
		ins = append(ins, cast)
	}
	var cols []plan.Column
	for i, c := range queries[0].Columns() {
		cols = append(cols, s.newColumn(c.Name, types[i], nullable[i]))
	}
	return ins, cols, nil
}

// branches flattens a chain of UNION ALL, or of UNION: the parser nests them to the left.
func (s *binding) branches(n *pg.SelectStmt, all bool) []*pg.SelectStmt {
	var out []*pg.SelectStmt
	for _, side := range []*pg.SelectStmt{n.Larg, n.Rarg} {
		plain := side.WithClause == nil && len(side.SortClause) == 0 && side.LimitCount == nil && side.LimitOffset == nil
		if side.Op == pg.SetOperation_SETOP_UNION && plain && side.All == all {
			out = append(out, s.branches(side, all)...)
		} else {
			out = append(out, side)
		}
	}
	return out
}

// unionType is the type that a column takes over all queries.
func (s *binding) unionType(queries []plan.Node, branches []*pg.SelectStmt, operation string, i int) (arrow.DataType, error) {
	var types []arrow.DataType
	for b, q := range queries {
		before := types
		types = append(types, q.Columns()[i].Type)
		if _, err := udf.CommonType(types); err != nil {
			common, _ := udf.CommonType(before)
			pos := s.queryPos(branches[b])
			if p, ok := q.(*plan.Project); ok {
				pos = p.Items[i].Expr.Pos()
			}
			return nil, fault(pos, "42804", "%s types %s and %s cannot be matched", operation, udf.TypeName(common), udf.TypeName(types[b]))
		}
	}
	return udf.CommonType(types)
}
