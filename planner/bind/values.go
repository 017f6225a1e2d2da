package bind

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// values binds VALUES. Columns are named column1, column2 ...
func (s *binding) values(lists []*pg.Node, e env) (*query, error) {
	rows, err := s.valueRows(lists, e)
	if err != nil {
		return nil, err
	}
	out := &plan.Values{Rows: rows}
	for i := range rows[0] {
		column, t, err := s.columnType(mapped(rows, func(row []plan.Expr) plan.Expr { return row[i] }))
		if err != nil {
			return nil, err
		}
		for r := range rows {
			rows[r][i] = column[r]
		}
		out.Cols = append(out.Cols, s.newColumn(valueName(i), t, anyNullable(column)))
	}
	return &query{node: out}, nil
}

func valueName(i int) string { return fmt.Sprintf("column%d", i+1) }

// valueRows binds the lists of VALUES.
func (s *binding) valueRows(lists []*pg.Node, e env) ([][]plan.Expr, error) {
	var rows [][]plan.Expr
	x := &exprs{clause: "VALUES", scope: &scope{outer: e.outer}, env: e}
	for _, list := range lists {
		items := list.GetList().GetItems()
		row, err := s.list(x, items)
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 && len(row) != len(rows[0]) {
			return nil, fault(s.where(items[0]), "42601", "VALUES lists must all be the same length")
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// columnType gives the values of a column one type; none where no value has any.
func (s *binding) columnType(values []plan.Expr) ([]plan.Expr, arrow.DataType, error) {
	types := typesOf(values)
	typed, same := false, true
	for _, t := range types {
		typed = typed || t.ID() != arrow.NULL
		same = same && arrow.TypeEqual(t, types[0])
	}
	if same || !typed {
		return values, types[0], nil
	}
	t, err := udf.CommonType(types)
	if err != nil {
		return nil, nil, s.noCommonType(values, "VALUES", err)
	}
	out := make([]plan.Expr, len(values))
	for i, v := range values {
		if out[i], err = s.coerce(v, t, udf.Explicit); err != nil {
			return nil, nil, err
		}
	}
	return out, t, nil
}

// queryPos is where a query's first expression stands.
func (s *binding) queryPos(n *pg.SelectStmt) ast.Pos {
	for n.GetLarg() != nil {
		n = n.Larg
	}
	if len(n.GetTargetList()) > 0 {
		return s.pos(parse.Location(n.TargetList[0].GetResTarget().GetVal()))
	}
	if len(n.GetValuesLists()) > 0 {
		return s.where(n.ValuesLists[0])
	}
	return -1
}
