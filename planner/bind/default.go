package bind

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
)

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
	inner := *s
	inner.stmt = stmt
	value, err := inner.expr(&exprs{clause: "DEFAULT", scope: &scope{}}, stmt.Node.GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal())
	if err == nil {
		value, err = inner.assign(value, f)
	}
	if e, ok := err.(*ast.Error); ok {
		e.Pos = pos
	}
	return value, err
}
