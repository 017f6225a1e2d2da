package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// quantified binds x op ANY (list) and x op ALL (list). A list of known elements is spelled out; of others a function asks.
func (s *binding) quantified(x *exprs, n *pg.A_Expr, name string) (plan.Expr, error) {
	pos := s.pos(n.Location)
	all := n.Kind == pg.A_Expr_Kind_AEXPR_OP_ALL
	value, err := s.expr(x, n.Lexpr)
	if err != nil {
		return nil, err
	}
	if elements := n.Rexpr.GetAArrayExpr(); len(elements.GetElements()) > 0 {
		items, err := s.list(x, elements.Elements)
		if err != nil {
			return nil, err
		}
		return s.eachElement(name, value, items, all, pos)
	}
	list, err := s.expr(x, n.Rexpr)
	if err != nil {
		return nil, err
	}
	if isUnknown(list) && !isUnknown(value) {
		if list, err = s.coerce(list, arrow.ListOf(value.Type()), udf.Implicit); err != nil {
			return nil, err
		}
	}
	if !isUnknown(list) && elementOf(list.Type()) == nil {
		return nil, fault(list.Pos(), "42809", "op ANY/ALL (array) requires array on right side")
	}
	if items, ok := elementsOf(list); ok && (len(items) <= maxSpelledOut || name == "=" && !all) {
		return s.eachElement(name, value, items, all, pos)
	}
	return s.anyElement(name, value, list, all, pos)
}

// maxSpelledOut is how many elements of a list become conditions of their own. x = ANY (list) is one IN of any length.
const maxSpelledOut = 1000

// elementsOf are the elements of a constant list. Without any the comparison still names its value, which says whose aggregate it is in.
func elementsOf(list plan.Expr) ([]plan.Expr, bool) {
	constant, ok := list.(*plan.Literal)
	if !ok {
		return nil, false
	}
	lists, ok := constant.Value.(*array.List)
	if !ok || lists.IsNull(0) {
		return nil, false
	}
	from, to := lists.ValueOffsets(0)
	var items []plan.Expr
	for i := from; i < to; i++ {
		items = append(items, literal(array.NewSlice(lists.ListValues(), i, i+1), constant.At))
	}
	return items, len(items) > 0
}

// eachElement is x op a OR x op b ..., with AND for ALL.
func (s *binding) eachElement(name string, value plan.Expr, items []plan.Expr, all bool, pos ast.Pos) (plan.Expr, error) {
	if name == "=" && !all {
		return s.memberOf(append([]plan.Expr{value}, items...), pos)
	}
	parts := make([]plan.Expr, len(items))
	for i, item := range items {
		var err error
		if parts[i], err = s.operate(name, value, item, pos); err != nil {
			return nil, err
		}
	}
	switch {
	case len(parts) == 1:
		return parts[0], nil
	case all:
		return logical("and", parts...), nil
	}
	return logical("or", parts...), nil
}

// anyFunctions ask whether an operator is true for an element; allFunctions, whether it is for all of them.
var (
	anyFunctions = map[string]string{"=": "equal_any", "<>": "not_equal_any", "<": "lt_any", "<=": "lte_any", ">": "gt_any", ">=": "gte_any",
		"~~": "like_any", "~~*": "ilike_any", "~": "regexp_any"}
	allFunctions = map[string]string{"~~": "like_all", "~~*": "ilike_all", "~": "regexp_all"}
)

// anyElement binds x op ANY (list), and ALL by what it denies: x < ALL (list) is NOT x >= ANY (list).
func (s *binding) anyElement(name string, value, list plan.Expr, all bool, pos ast.Pos) (plan.Expr, error) {
	function, denied := anyFunctions[name], false
	if all {
		function = allFunctions[name]
		if other := opposite[name]; other != "" {
			function, denied = anyFunctions[other], true
		}
	}
	if positive := negated[name]; positive != "" { // NOT LIKE ANY is NOT (LIKE ALL)
		function, denied = allFunctions[positive], true
		if all {
			function = anyFunctions[positive]
		}
	}
	if function == "" {
		return nil, missing(pos, "operator "+name+" with ANY or ALL over a list", "unnest the list")
	}
	e, err := s.apply(function, []plan.Expr{value, list}, pos)
	if err != nil || !denied {
		return e, err
	}
	return logical("not", e), nil
}
