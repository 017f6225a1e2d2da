package bind

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// insert binds INSERT. The rows are cast to the table's columns, those that are not named become NULL.
func (s *binding) insert(n *pg.InsertStmt) (*Statement, error) {
	pos := s.pos(n.Relation.Location)
	switch {
	case n.OnConflictClause != nil:
		return nil, missing(s.pos(n.OnConflictClause.Location), "ON CONFLICT", "keys are not enforced: filter the rows to insert")
	case len(n.ReturningList) > 0:
		return nil, missing(s.where(n.ReturningList[0].GetResTarget().GetVal()), "RETURNING", "query the table afterwards")
	}
	e, err := s.with(n.WithClause, env{})
	if err != nil {
		return nil, err
	}
	t, err := s.table(n.Relation)
	if err != nil {
		return nil, err
	}
	fields := t.snapshot.Schema().Fields()
	targets, err := s.targets(n, fields)
	if err != nil {
		return nil, err
	}
	if n.SelectStmt == nil {
		return nil, missing(pos, "INSERT ... DEFAULT VALUES", "insert NULLs: VALUES (NULL, ...)")
	}
	q, err := s.query(n.SelectStmt.GetSelectStmt(), e)
	if err != nil {
		return nil, err
	}
	cols := q.node.Columns()
	if len(n.Cols) == 0 && len(cols) < len(targets) {
		targets = targets[:len(cols)]
	}
	if len(cols) != len(targets) {
		more, than := "expressions", "target columns"
		if len(cols) < len(targets) {
			more, than = than, more
		}
		return nil, fault(pos, "42601", "INSERT has more %s than %s", more, than)
	}
	types := mapped(targets, func(i int) arrow.DataType { return fields[i].Type })
	node, err := s.castColumns(q.node, types, udf.Assignment)
	if err != nil {
		return nil, s.insertMismatch(err, q.node, targets, fields)
	}
	rows, err := s.tableRows(node, targets, fields, pos)
	if err != nil {
		return nil, err
	}
	return &Statement{Tag: "INSERT", Plan: &plan.Write{Input: rows, Table: t.name, Count: s.newColumn("count", arrow.PrimitiveTypes.Int64, false)}}, nil
}

// targets are the table's columns that an INSERT names, all if it names none.
func (s *binding) targets(n *pg.InsertStmt, fields []arrow.Field) ([]int, error) {
	var targets []int
	for _, c := range n.Cols {
		target := c.GetResTarget()
		pos := s.pos(target.Location)
		if len(target.Indirection) > 0 {
			return nil, missing(pos, "INSERT into a part of a column", "insert the whole value")
		}
		i, err := fieldNamed(fields, target.Name, pos)
		if err != nil {
			return nil, err
		}
		if slices.Contains(targets, i) {
			return nil, fault(pos, "42701", "column %q specified more than once", target.Name)
		}
		targets = append(targets, i)
	}
	if len(n.Cols) == 0 {
		for i := range fields {
			targets = append(targets, i)
		}
	}
	return targets, nil
}

// fieldNamed finds a table's column by DESIGN's rule for names.
func fieldNamed(fields []arrow.Field, name string, pos ast.Pos) (int, error) {
	if i := slices.IndexFunc(fields, func(f arrow.Field) bool { return f.Name == name }); i >= 0 {
		return i, nil
	}
	found := -1
	for i, f := range fields {
		if !strings.EqualFold(f.Name, name) {
			continue
		}
		if found >= 0 {
			return -1, hint(fault(pos, "42702", "column reference %q is ambiguous", name), "write the name in double quotes")
		}
		found = i
	}
	if found >= 0 {
		return found, nil
	}
	e := fault(pos, "42703", "column %q does not exist", name)
	if near := ast.Nearest(name, mapped(fields, func(f arrow.Field) string { return f.Name })); near != "" {
		return -1, hint(e, "did you mean %q?", near)
	}
	return -1, e
}

// insertMismatch says which column an expression of the wrong type was for.
func (s *binding) insertMismatch(err error, node plan.Node, targets []int, fields []arrow.Field) error {
	e, ok := err.(*ast.Error)
	if !ok || e.State != "42804" {
		return err
	}
	for i, c := range node.Columns() {
		f := fields[targets[i]]
		if c.Type.ID() != arrow.NULL && !udf.CanCast(c.Type, f.Type, udf.Assignment) {
			e.Msg = "column \"" + f.Name + "\" is of type " + udf.TypeName(f.Type) + " but expression is of type " + udf.TypeName(c.Type)
			if udf.CanCast(c.Type, f.Type, udf.Explicit) {
				e.Hint = "you will need to rewrite or cast the expression"
			}
			return e
		}
	}
	return err
}

// tableRows puts a query's columns in the table's order, NULL where it has none.
func (s *binding) tableRows(node plan.Node, targets []int, fields []arrow.Field, pos ast.Pos) (plan.Node, error) {
	inOrder := len(targets) == len(fields)
	for i, t := range targets {
		inOrder = inOrder && i == t
	}
	if inOrder {
		return node, nil
	}
	out := &plan.Project{Input: node}
	cols := node.Columns()
	for i, f := range fields {
		at := slices.Index(targets, i)
		switch {
		case at >= 0:
			out.Items = append(out.Items, plan.Item{Column: cols[at], Expr: &plan.Ref{Column: cols[at], At: pos}})
		case !f.Nullable:
			return nil, fault(pos, "23502", "null value in column %q violates not-null constraint", f.Name)
		default:
			out.Items = append(out.Items, plan.Item{Column: s.newColumn(f.Name, f.Type, true), Expr: null(f.Type, pos)})
		}
	}
	return out, nil
}
