package bind

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// exprs is where expressions stand: what they may name, and what takes their aggregates and unnest calls. nil
// means that these may not stand there. The same goes for its window functions.
type exprs struct {
	clause  string // "WHERE", for messages
	scope   *scope
	env     env
	groups  *grouping
	unnest  *[]unnested
	windows *windowing
	arm     string // "CASE" or "COALESCE" within their arms, which are not computed for every row
}

// inArm is a place within the arms of CASE or COALESCE. Functions that answer with rows may not stand there: whose rows are there may
// depend on no arm.
func (x *exprs) inArm(of string) *exprs {
	arm := *x
	arm.unnest, arm.arm = nil, of
	return &arm
}

// around is the scope that a subquery at this place sees. Aggregates of its columns that stand in the subquery are computed here.
func (x *exprs) around() *scope {
	if x.scope == nil {
		return nil
	}
	return &scope{entries: x.scope.entries, tables: x.scope.tables, outer: x.scope.outer, place: x}
}

// condition binds an expression that must be boolean.
func (s *binding) condition(x *exprs, n *pg.Node) (plan.Expr, error) {
	e, err := s.expr(x, n)
	if err != nil {
		return nil, err
	}
	return s.toBoolean(e, x.clause)
}

func (s *binding) toBoolean(e plan.Expr, what string) (plan.Expr, error) {
	if !isUnknown(e) && e.Type().ID() != arrow.BOOL {
		return nil, fault(e.Pos(), "42804", "argument of %s must be of type boolean, not %s", what, udf.TypeName(e.Type()))
	}
	return s.coerce(e, arrow.FixedWidthTypes.Boolean, udf.Implicit)
}

// expr binds an expression. Its type is null where nothing has decided it yet.
func (s *binding) expr(x *exprs, n *pg.Node) (plan.Expr, error) {
	node := n
	switch n := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		return s.columnRef(x, n.ColumnRef)
	case *pg.Node_AConst:
		return s.constant(n.AConst)
	case *pg.Node_ParamRef:
		return s.paramRef(n.ParamRef)
	case *pg.Node_AExpr:
		return s.operator(x, n.AExpr)
	case *pg.Node_BoolExpr:
		return s.boolExpr(x, n.BoolExpr)
	case *pg.Node_TypeCast:
		return s.typeCast(x, n.TypeCast)
	case *pg.Node_FuncCall:
		return s.function(x, n.FuncCall)
	case *pg.Node_CaseExpr:
		return s.caseExpr(x, n.CaseExpr)
	case *pg.Node_CoalesceExpr:
		return s.call(x.inArm("COALESCE"), "coalesce", n.CoalesceExpr.Args, n.CoalesceExpr.Location)
	case *pg.Node_MinMaxExpr:
		name := "greatest"
		if n.MinMaxExpr.Op == pg.MinMaxOp_IS_LEAST {
			name = "least"
		}
		return s.call(x, name, n.MinMaxExpr.Args, n.MinMaxExpr.Location)
	case *pg.Node_NullTest:
		return s.nullTest(x, n.NullTest)
	case *pg.Node_BooleanTest:
		return s.booleanTest(x, n.BooleanTest)
	case *pg.Node_SubLink:
		return s.subLink(x, n.SubLink)
	case *pg.Node_AIndirection:
		return s.indirection(x, n.AIndirection)
	case *pg.Node_AArrayExpr:
		if len(n.AArrayExpr.Elements) == 0 {
			return nil, hint(fault(s.pos(n.AArrayExpr.Location), "42P18", "cannot determine type of empty array"), "cast it: ARRAY[]::integer[]")
		}
		return s.call(x, "list_value", n.AArrayExpr.Elements, n.AArrayExpr.Location)
	case *pg.Node_RowExpr:
		return s.row(x, n.RowExpr)
	case *pg.Node_SqlvalueFunction:
		return s.sqlValue(n.SqlvalueFunction)
	case *pg.Node_CollateClause:
		return s.collate(x, n.CollateClause)
	case *pg.Node_GroupingFunc:
		return s.groupingCall(x, n.GroupingFunc)
	case *pg.Node_SetToDefault:
		return nil, missing(s.pos(n.SetToDefault.Location), "DEFAULT", "leave the column out: it takes its default")
	case *pg.Node_NamedArgExpr:
		return nil, missing(s.pos(n.NamedArgExpr.Location), "a named argument", "give the arguments in their order")
	}
	return nil, missing(s.where(node), "this expression", "")
}

// list binds several expressions.
func (s *binding) list(x *exprs, ns []*pg.Node) ([]plan.Expr, error) {
	out := make([]plan.Expr, len(ns))
	for i, n := range ns {
		var err error
		if out[i], err = s.expr(x, n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *binding) boolExpr(x *exprs, n *pg.BoolExpr) (plan.Expr, error) {
	name := map[pg.BoolExprType]string{pg.BoolExprType_AND_EXPR: "and", pg.BoolExprType_OR_EXPR: "or", pg.BoolExprType_NOT_EXPR: "not"}[n.Boolop]
	args, err := s.list(x, n.Args)
	if err != nil {
		return nil, err
	}
	for i, arg := range args {
		if args[i], err = s.toBoolean(arg, map[string]string{"and": "AND", "or": "OR", "not": "NOT"}[name]); err != nil {
			return nil, err
		}
	}
	return logical(name, args...), nil
}

// logical is and, or, not of booleans, which need no overload resolution.
func logical(name string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Name: name, In: args, Out: arrow.FixedWidthTypes.Boolean, Null: anyNullable(args), At: args[0].Pos()}
}

func anyNullable(es []plan.Expr) bool {
	for _, e := range es {
		if e.Nullable() {
			return true
		}
	}
	return false
}

func (s *binding) caseExpr(x *exprs, n *pg.CaseExpr) (plan.Expr, error) {
	x = x.inArm("CASE")
	when := *x
	when.clause = "CASE/WHEN"
	var whens, thens []plan.Expr
	for _, arm := range n.Args {
		arm := arm.GetCaseWhen()
		var cond plan.Expr
		var err error
		if n.Arg != nil {
			cond, err = s.binary(x, "=", n.Arg, arm.Expr, arm.Location)
		} else {
			cond, err = s.condition(&when, arm.Expr)
		}
		if err != nil {
			return nil, err
		}
		then, err := s.expr(x, arm.Result)
		if err != nil {
			return nil, err
		}
		whens, thens = append(whens, cond), append(thens, then)
	}
	var otherwise plan.Expr = null(arrow.Null, s.pos(n.Location))
	if n.Defresult != nil {
		var err error
		if otherwise, err = s.expr(x, n.Defresult); err != nil {
			return nil, err
		}
	}
	thens, err := s.common(append(thens, otherwise), "CASE")
	if err != nil {
		return nil, err
	}
	c := &plan.Case{Else: thens[len(whens)], At: s.pos(n.Location)}
	for i, when := range whens {
		c.Whens = append(c.Whens, plan.When{Cond: when, Then: thens[i]})
	}
	return c, nil
}

// collations are those that order text by its bytes, as all text here is ordered.
var collations = []string{"C", "POSIX", "ucs_basic", "default"}

func (s *binding) collate(x *exprs, n *pg.CollateClause) (plan.Expr, error) {
	pos := s.pos(n.Location)
	if name := n.Collname[len(n.Collname)-1].GetString_().GetSval(); !slices.Contains(collations, name) {
		return nil, missing(pos, fmt.Sprintf("collation %q", name), `there is "C": text sorts by its bytes`)
	}
	e, err := s.expr(x, n.Arg)
	if err == nil && !isUnknown(e) && e.Type().ID() != arrow.STRING {
		return nil, fault(pos, "42804", "collations are not supported by type %s", udf.TypeName(e.Type()))
	}
	return e, err
}

// row binds ROW(a, b), whose fields have types of their own.
func (s *binding) row(x *exprs, n *pg.RowExpr) (plan.Expr, error) {
	args, err := s.spreadRow(x, n.Args)
	if err != nil {
		return nil, err
	}
	return s.apply("row", mapped(args, s.known), s.pos(n.Location))
}

func (s *binding) nullTest(x *exprs, n *pg.NullTest) (plan.Expr, error) {
	name := "is_null"
	if n.Nulltesttype == pg.NullTestType_IS_NOT_NULL {
		name = "is_not_null"
	}
	if row := n.Arg.GetRowExpr(); row != nil && len(row.Args) > 0 {
		return s.eachNull(x, name, row.Args, s.pos(n.Location))
	}
	if e, ok, err := s.rowIsNull(x, name, n.Arg); ok || err != nil {
		return e, err
	}
	return s.call(x, name, []*pg.Node{n.Arg}, n.Location)
}

// booleanTest binds IS [NOT] TRUE, FALSE and UNKNOWN.
func (s *binding) booleanTest(x *exprs, n *pg.BooleanTest) (plan.Expr, error) {
	arg, err := s.expr(x, n.Arg)
	if err != nil {
		return nil, err
	}
	if arg, err = s.toBoolean(arg, "IS TRUE"); err != nil {
		return nil, err
	}
	pos := s.pos(n.Location)
	switch n.Booltesttype {
	case pg.BoolTestType_IS_TRUE:
		return s.apply("is_not_distinct_from", []plan.Expr{arg, boolean(true, pos)}, pos)
	case pg.BoolTestType_IS_NOT_TRUE:
		return s.apply("is_distinct_from", []plan.Expr{arg, boolean(true, pos)}, pos)
	case pg.BoolTestType_IS_FALSE:
		return s.apply("is_not_distinct_from", []plan.Expr{arg, boolean(false, pos)}, pos)
	case pg.BoolTestType_IS_NOT_FALSE:
		return s.apply("is_distinct_from", []plan.Expr{arg, boolean(false, pos)}, pos)
	case pg.BoolTestType_IS_UNKNOWN:
		return s.apply("is_null", []plan.Expr{arg}, pos)
	}
	return s.apply("is_not_null", []plan.Expr{arg}, pos)
}
