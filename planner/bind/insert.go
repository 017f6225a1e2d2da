package bind

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// insert binds INSERT. The rows are cast to the table's columns; those that are not named take their defaults.
func (s *binding) insert(n *pg.InsertStmt) (*Statement, error) {
	pos := s.pos(n.Relation.Location)
	e, err := s.with(n.WithClause, env{})
	if err != nil {
		return nil, err
	}
	t, err := s.table(n.Relation)
	if err != nil {
		return nil, err
	}
	if err := s.mustBeTable(t, "insert into", pos); err != nil {
		return nil, err
	}
	fields := t.snapshot.Schema().Fields()
	rows, err := s.insertedRows(n, fields, e)
	if err != nil {
		return nil, err
	}
	if c := n.OnConflictClause; c != nil && (c.Infer != nil || c.Action != pg.OnConflictAction_ONCONFLICT_NOTHING || len(uniqueKeys(t)) > 0) {
		return s.onConflict(n, rows, e)
	}
	w := &plan.Write{Table: t.name, Target: t.snapshot.Schema()}
	cols := rows.Columns()
	node, err := s.write(w, rows, cols, n.ReturningList, s.insertedScope(n, t, cols), e)
	if err != nil {
		return nil, err
	}
	if w.Returning == nil {
		w.Input = rows
	}
	return &Statement{Tag: "INSERT", Plan: node}, nil
}

// insertedRows are the rows to insert, of the table's columns.
func (s *binding) insertedRows(n *pg.InsertStmt, fields []arrow.Field, e env) (plan.Node, error) {
	pos := s.pos(n.Relation.Location)
	targets, err := s.targets(n, fields)
	if err != nil {
		return nil, err
	}
	if n.SelectStmt == nil { // DEFAULT VALUES
		return s.tableRows(oneRow(), nil, fields, pos)
	}
	sel := n.SelectStmt.GetSelectStmt()
	var q *query
	if isPlainValues(sel) {
		q, err = s.looseValues(sel, targets, fields, e)
	} else {
		q, err = s.query(sel, e)
	}
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
	return s.tableRows(node, targets, fields, pos)
}

// insertedScope has the inserted rows' columns under the table's names, for RETURNING.
func (s *binding) insertedScope(n *pg.InsertStmt, t *table, cols []plan.Column) *scope {
	alias, schema := t.name.Table, t.name.Schema
	if n.Relation.Alias != nil {
		alias, schema = n.Relation.Alias.Aliasname, ""
	}
	named := slices.Clone(cols)
	for i, f := range t.snapshot.Schema().Fields() {
		named[i].Name, named[i].Table = f.Name, alias
	}
	return newScope(schema, alias, named)
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
		i, err := fieldNamed(fields, s.idents([]string{target.Name}, target.Location)[0], pos)
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

// fieldNamed finds a table's column by the rule for names.
func fieldNamed(fields []arrow.Field, name ident, pos ast.Pos) (int, error) {
	for _, fold := range folds {
		found := -1
		for i, f := range fields {
			if !name.is(f.Name, fold) {
				continue
			}
			if found >= 0 {
				return -1, hint(fault(pos, "42702", "column reference %q is ambiguous", name.name), "write the name in double quotes")
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	e := fault(pos, "42703", "column %q does not exist", name.name)
	if near := ast.Nearest(name.name, mapped(fields, func(f arrow.Field) string { return f.Name })); near != "" {
		return -1, hint(e, "did you mean %q?", near)
	}
	return -1, e
}

// isPlainValues tells VALUES without anything around it.
func isPlainValues(n *pg.SelectStmt) bool {
	return len(n.ValuesLists) > 0 && n.WithClause == nil && len(n.SortClause) == 0 && n.LimitCount == nil && n.LimitOffset == nil
}

// looseValues are the rows of VALUES before its columns have types: each value is cast to the table's column by itself, so that
// 1 and 'NaN' may stand in one column, and DEFAULT is the column's.
func (s *binding) looseValues(n *pg.SelectStmt, targets []int, fields []arrow.Field, e env) (*query, error) {
	out := &plan.Values{}
	x := &exprs{clause: "VALUES", scope: &scope{outer: e.outer}, env: e}
	for _, list := range n.ValuesLists {
		items := list.GetList().GetItems()
		if len(out.Rows) > 0 && len(items) != len(out.Rows[0]) {
			return nil, fault(s.where(items[0]), "42601", "VALUES lists must all be the same length")
		}
		row := make([]plan.Expr, len(items))
		for i, item := range items {
			var err error
			if d := item.GetSetToDefault(); d != nil && i < len(targets) {
				row[i], err = s.columnDefault(fields[targets[i]], s.pos(d.Location))
			} else {
				row[i], err = s.expr(x, item)
			}
			if err != nil {
				return nil, err
			}
		}
		out.Rows = append(out.Rows, row)
	}
	for i := range out.Rows[0] {
		out.Cols = append(out.Cols, s.newColumn(valueName(i), arrow.Null, true))
	}
	return &query{node: out}, nil
}

// insertMismatch says which column an expression of the wrong type was for.
func (s *binding) insertMismatch(err error, node plan.Node, targets []int, fields []arrow.Field) error {
	e, ok := err.(*ast.Error)
	if !ok || e.State != "42804" {
		return err
	}
	rows := [][]plan.Expr{mapped(node.Columns(), func(c plan.Column) plan.Expr { return &plan.Ref{Column: c, At: e.Pos} })}
	if values, ok := node.(*plan.Values); ok {
		rows = values.Rows
	}
	for _, row := range rows {
		for i, value := range row {
			f := fields[targets[i]]
			if value.Pos() != e.Pos || isUnknown(value) || udf.CanCast(value.Type(), f.Type, udf.Assignment) {
				continue
			}
			e.Msg = fmt.Sprintf("column %q is of type %s but expression is of type %s", f.Name, udf.TypeName(f.Type), udf.TypeName(value.Type()))
			if udf.CanCast(value.Type(), f.Type, udf.Explicit) {
				e.Hint = "you will need to rewrite or cast the expression"
			}
			return e
		}
	}
	return err
}

// tableRows puts a query's columns in the table's order, with defaults where it has none.
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
		if at := slices.Index(targets, i); at >= 0 {
			out.Items = append(out.Items, plan.Item{Column: cols[at], Expr: &plan.Ref{Column: cols[at], At: pos}})
			continue
		}
		value, err := s.columnDefault(f, pos)
		if err != nil {
			return nil, err
		}
		if v, ok := value.(*plan.Literal); ok && !f.Nullable && v.Value.IsNull(0) {
			return nil, fault(pos, "23502", "null value in column %q violates not-null constraint", f.Name)
		}
		out.Items = append(out.Items, plan.Item{Column: s.newColumn(f.Name, f.Type, value.Nullable()), Expr: value})
	}
	return out, nil
}
