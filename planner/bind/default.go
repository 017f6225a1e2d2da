package bind

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// defaultText is a default as the catalog keeps it, "" for NULL, and its value.
func (s *binding) defaultText(n *pg.Node, f arrow.Field) (string, plan.Expr, error) {
	pos := s.where(n)
	value, err := s.expr(&exprs{clause: "DEFAULT", scope: &scope{}}, n)
	if err != nil {
		if state(err) == "42703" && n.GetColumnRef() != nil {
			return "", nil, hint(fault(pos, "0A000", "cannot use column reference in DEFAULT expression"), "use a constant or a function such as now()")
		}
		return "", nil, err
	}
	if plan.Any(value, func(e plan.Expr) bool { _, ok := e.(*plan.Subquery); return ok }) {
		return "", nil, hint(fault(pos, "0A000", "cannot use subquery in DEFAULT expression"), "use a constant or a function such as now()")
	}
	if plan.Any(value, func(e plan.Expr) bool { _, ok := e.(*plan.Param); return ok }) {
		return "", nil, fault(pos, "42P02", "there are no parameters in a DEFAULT expression")
	}
	given := value.Type()
	if value, err = s.assign(value, f); err != nil {
		if e, ok := err.(*ast.Error); ok && e.State == "42804" {
			e.Msg = fmt.Sprintf("column %q is of type %s but default expression is of type %s", f.Name, udf.TypeName(f.Type), udf.TypeName(given))
		}
		return "", nil, err
	}
	if v, ok := value.(*plan.Literal); ok && v.Value.IsNull(0) {
		return "", value, nil
	}
	text, err := parse.Expression(n)
	return text, value, err
}

// columnDefault is the value that a column takes where a statement has none for it: NULL, unless its definition says otherwise.
func (s *binding) columnDefault(f arrow.Field, pos ast.Pos) (plan.Expr, error) {
	text, ok := f.Metadata.GetValue(catalog.DefaultKey)
	if !ok {
		return null(f.Type, pos), nil
	}
	stmt, err := parse.Parse("SELECT " + text)
	if err != nil {
		return nil, fault(pos, "XX001", "default of column %q cannot be read: %v", f.Name, err)
	}
	var value plan.Expr
	err = s.within(stmt, func() (err error) {
		value, err = s.expr(&exprs{clause: "DEFAULT", scope: &scope{}}, stmt.Node.GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal())
		if err == nil {
			value, err = s.assign(value, f)
		}
		return err
	})
	if e, ok := err.(*ast.Error); ok {
		e.Pos = pos
	}
	return value, err
}
