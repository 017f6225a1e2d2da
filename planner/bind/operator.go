package bind

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow/extensions"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// operators are the functions that binary operators stand for.
var operators = map[string]string{
	"=": "equal", "<>": "not_equal", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte",
	"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulus", "^": "power", "||": "concat_operator",
	"&": "bitwise_and", "|": "bitwise_or", "#": "bitwise_xor", "<<": "shift_left", ">>": "shift_right",
	"^@": "starts_with", "~~": "like", "~~*": "ilike", "~": "regexp_match_operator",
	"->": "json_get", "->>": "json_get_text", "#>": "json_get_path", "#>>": "json_get_path_text", "#-": "json_without_path",
	"@>": "contains_operator", "<@": "contains_operator", "&&": "list_has_any", "?|": "jsonb_exists_any", "?&": "jsonb_exists_all", "@?": "json_path_exists", "@@": "json_path_match",
	"<->": "l2_distance", "<=>": "cosine_distance", "<#>": "negative_inner_product", "<+>": "l1_distance", "<~>": "hamming_distance",
}

// prefixOperators are those with one operand.
var prefixOperators = map[string]string{"-": "negate", "~": "bitwise_not", "@": "abs", "|/": "sqrt", "||/": "cbrt"}

// negated are operators that deny another one.
var negated = map[string]string{"!~~": "~~", "!~~*": "~~*", "!~": "~", "!~*": "~*"}

// opposite are the comparisons that deny each other.
var opposite = map[string]string{"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}

// operator binds everything that the grammar takes for an operator.
func (s *binding) operator(x *exprs, n *pg.A_Expr) (plan.Expr, error) {
	name := n.Name[len(n.Name)-1].GetString_().GetSval()
	pos := s.pos(n.Location)
	switch n.Kind {
	case pg.A_Expr_Kind_AEXPR_OP:
		if n.Lexpr == nil {
			return s.prefix(x, name, n.Rexpr, pos)
		}
		return s.binary(x, name, n.Lexpr, n.Rexpr, n.Location)
	case pg.A_Expr_Kind_AEXPR_OP_ANY, pg.A_Expr_Kind_AEXPR_OP_ALL:
		return s.quantified(x, n, name)
	case pg.A_Expr_Kind_AEXPR_DISTINCT, pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		if l, r := n.Lexpr.GetRowExpr(), n.Rexpr.GetRowExpr(); l != nil && r != nil {
			return s.distinctRows(x, n.Kind == pg.A_Expr_Kind_AEXPR_DISTINCT, l.Args, r.Args, pos)
		}
		if n.Kind == pg.A_Expr_Kind_AEXPR_NOT_DISTINCT {
			return s.call(x, "is_not_distinct_from", []*pg.Node{n.Lexpr, n.Rexpr}, n.Location)
		}
		return s.call(x, "is_distinct_from", []*pg.Node{n.Lexpr, n.Rexpr}, n.Location)
	case pg.A_Expr_Kind_AEXPR_NULLIF:
		return s.call(x, "nullif", []*pg.Node{n.Lexpr, n.Rexpr}, n.Location)
	case pg.A_Expr_Kind_AEXPR_IN:
		return s.inList(x, n, name == "<>")
	case pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE:
		return s.like(x, n, name)
	case pg.A_Expr_Kind_AEXPR_SIMILAR:
		return s.similar(x, n, name)
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_BETWEEN_SYM:
		return s.between(x, n)
	case pg.A_Expr_Kind_AEXPR_NOT_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		e, err := s.between(x, n)
		if err != nil {
			return nil, err
		}
		return logical("not", e), nil
	}
	return nil, missing(pos, "operator "+name, "")
}

func (s *binding) prefix(x *exprs, name string, arg *pg.Node, pos ast.Pos) (plan.Expr, error) {
	// The grammar reads -2147483648 as - 2147483648, which is no integer before the sign.
	if c := arg.GetAConst(); name == "-" && c.GetFval() != nil {
		return number("-"+c.GetFval().GetFval(), pos)
	}
	e, err := s.expr(x, arg)
	if err != nil || name == "+" {
		return e, err
	}
	function, ok := prefixOperators[name]
	if !ok {
		return nil, fault(pos, "42883", "operator does not exist: %s %s", name, udf.TypeName(e.Type()))
	}
	return s.apply(function, []plan.Expr{e}, pos)
}

// binary binds a binary operator, also one between rows.
func (s *binding) binary(x *exprs, name string, left, right *pg.Node, location int32) (plan.Expr, error) {
	pos := s.pos(location)
	if l, r := left.GetRowExpr(), right.GetRowExpr(); l != nil && r != nil {
		return s.compareRows(x, name, l.Args, r.Args, pos)
	} else if q := right.GetSubLink(); l != nil && q.GetSubLinkType() == pg.SubLinkType_EXPR_SUBLINK {
		return s.compareRowOf(x, name, l.Args, q, pos)
	}
	l, err := s.expr(x, left)
	if err != nil {
		return nil, err
	}
	r, err := s.expr(x, right)
	if err != nil {
		return nil, err
	}
	return s.operate(name, l, r, pos)
}

// operate applies a binary operator.
func (s *binding) operate(name string, l, r plan.Expr, pos ast.Pos) (plan.Expr, error) {
	if positive, ok := negated[name]; ok {
		e, err := s.operate(positive, l, r, pos)
		if err != nil {
			return nil, err
		}
		return logical("not", e), nil
	}
	function, insensitive := operators[name], false
	if name == "~*" {
		function, insensitive = "regexp_match_operator", true
	}
	if function == "" {
		e := fault(pos, "42883", "operator does not exist: %s %s %s", udf.TypeName(l.Type()), name, udf.TypeName(r.Type()))
		if instead, ok := otherOperators[name]; ok {
			return nil, hint(e, "%s", instead)
		}
		return nil, e
	}
	args := []plan.Expr{l, r}
	switch {
	case name == "<@":
		args[0], args[1] = r, l
	case ofJSON[name] != "" && (isJSON(l) || isJSON(r)):
		function = ofJSON[name]
	}
	if insensitive {
		args = append(args, text("i", pos))
	}
	e, err := s.apply(function, args, pos)
	var bad *ast.Error
	if errors.As(err, &bad) && bad.State == "42883" {
		bad.Msg = "operator does not exist: " + udf.TypeName(l.Type()) + " " + name + " " + udf.TypeName(r.Type())
		bad.Pos = pos
		if instead, ok := otherOperators[name]; ok {
			bad.Hint = instead
		}
	}
	return e, err
}

// otherOperators are known from elsewhere, or for other types.
var otherOperators = map[string]string{
	"==": "use =", "~==": "use =", "?": "use jsonb_exists: ? is a parameter", "&&": "use AND for conditions",
	"->": "cast text to jsonb; take a struct's field with (column).field", "->>": "cast text to jsonb; take a struct's field with (column).field",
}

// ofJSON are the functions of operators that mean something else between other types.
var ofJSON = map[string]string{"-": "json_without", "||": "json_concat"}

func isJSON(e plan.Expr) bool {
	_, ok := e.Type().(*extensions.JSONType)
	return ok
}

func (s *binding) between(x *exprs, n *pg.A_Expr) (plan.Expr, error) {
	bounds := n.Rexpr.GetList().GetItems()
	if len(bounds) != 2 {
		return nil, fault(s.pos(n.Location), "42601", "BETWEEN needs two bounds")
	}
	value, err := s.expr(x, n.Lexpr)
	if err != nil {
		return nil, err
	}
	limits, err := s.list(x, bounds)
	if err != nil {
		return nil, err
	}
	inside := func(low, high plan.Expr) (plan.Expr, error) {
		above, err := s.operate(">=", value, low, s.pos(n.Location))
		if err != nil {
			return nil, err
		}
		below, err := s.operate("<=", value, high, s.pos(n.Location))
		if err != nil {
			return nil, err
		}
		return logical("and", above, below), nil
	}
	e, err := inside(limits[0], limits[1])
	if err != nil || (n.Kind != pg.A_Expr_Kind_AEXPR_BETWEEN_SYM && n.Kind != pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM) {
		return e, err
	}
	other, err := inside(limits[1], limits[0])
	if err != nil {
		return nil, err
	}
	return logical("or", e, other), nil
}
