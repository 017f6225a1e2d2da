package bind

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// grammarFunctions are the names that the grammar gives to what SQL writes with words: position(a in b), a AT TIME ZONE b ...
// It has put their arguments in the order of these functions.
var grammarFunctions = map[string]string{"position": "strpos", "extract": "date_part"}

// function binds a call by name.
func (s *binding) function(x *exprs, n *pg.FuncCall) (plan.Expr, error) {
	pos := s.pos(n.Location)
	name := strings.ToLower(n.Funcname[len(n.Funcname)-1].GetString_().GetSval())
	if n.Funcformat == pg.CoercionForm_COERCE_SQL_SYNTAX && grammarFunctions[name] != "" {
		name = grammarFunctions[name]
	}
	if call, err := s.userCall(x, n); err != nil {
		return nil, err
	} else if call != nil {
		return s.userScalar(call)
	}
	if len(n.Funcname) > 1 && n.Funcname[0].GetString_().GetSval() != "pg_catalog" {
		return nil, hint(fault(pos, "3F000", "schema %q has no function %s", n.Funcname[0].GetString_().GetSval(), name), "leave the schema out")
	}
	switch {
	case n.Over != nil:
		return s.windowCall(x, n, name)
	case n.AggWithinGroup && s.Functions.IsWindow(name):
		return s.hypothetical(x, n, name)
	case s.Functions.IsWindow(name):
		return nil, fault(pos, "42809", "window function %s requires an OVER clause", name)
	case n.AggWithinGroup && orderedSets[name] == "" && s.Functions.IsAggregate(name):
		return nil, fault(pos, "42883", "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
	case n.AggWithinGroup && orderedSets[name] != "":
		return s.aggregate(x, n, orderedSets[name])
	case !n.AggWithinGroup && strings.HasPrefix(orderedSets[name], "quantile"):
		return nil, hint(fault(pos, "42883", "WITHIN GROUP is required for ordered-set aggregate %s", name), "write %s(fraction) WITHIN GROUP (ORDER BY value)", name)
	case n.FuncVariadic:
		return nil, missing(pos, "VARIADIC", "give the arguments one by one")
	case s.Functions.IsAggregate(name):
		return s.aggregate(x, n, name)
	case n.AggStar || n.AggDistinct || n.AggFilter != nil || len(n.AggOrder) > 0:
		if s.Functions.IsScalar(name) {
			return nil, fault(pos, "42809", "%s is not an aggregate function", name)
		}
	case name == "unnest" || setFunctions[name].lists != nil:
		return s.setCall(x, n, name)
	case readFunctions[name] || fileFunctions[name] != "":
		return nil, missing(pos, name+" outside of FROM", "write SELECT ... FROM "+name+"(...)")
	}
	if name == "overlaps" {
		return s.overlaps(x, n)
	}
	if to := s.castNamed(name, n); to != nil {
		return s.functionCast(x, n.Args[0], to, pos)
	}
	args, err := s.inOrder(name, n.Args)
	if err != nil {
		return nil, err
	}
	return s.call(x, name, args, n.Location)
}

// call applies a function to arguments that are yet to be bound.
func (s *binding) call(x *exprs, name string, ns []*pg.Node, location int32) (plan.Expr, error) {
	args, err := s.list(x, ns)
	if err != nil {
		return nil, err
	}
	e, err := s.apply(name, args, s.pos(location))
	if err != nil {
		return nil, err
	}
	return s.keepDigits(e), nil
}

// apply finds a function's overload and casts the arguments to its types.
func (s *binding) apply(name string, args []plan.Expr, pos ast.Pos) (plan.Expr, error) {
	found, err := s.resolveFunction(name, args)
	if err != nil {
		return nil, at(pos, err)
	}
	if nesting(found.Out) > maxNesting {
		return nil, fault(pos, "54001", "statement too complex: its types nest more than %d deep", maxNesting)
	}
	in := make([]plan.Expr, len(args))
	for i, arg := range args {
		if in[i], err = s.coerce(arg, found.Args[i], udf.Explicit); err != nil {
			return nil, err
		}
	}
	return &plan.Call{Name: found.Name, In: in, Out: found.Out, Null: nullable(found.Name, in), Volatile: found.Volatile, At: pos}, nil
}

// maxNesting bounds lists in lists and structs in structs.
const maxNesting = 32

func nesting(t arrow.DataType) int {
	nested, ok := t.(arrow.NestedType)
	if !ok {
		return 0
	}
	deepest := 0
	for _, f := range nested.Fields() {
		deepest = max(deepest, nesting(f.Type))
	}
	return 1 + deepest
}

// neverNull are functions whose result is never NULL.
var neverNull = map[string]bool{"is_null": true, "is_not_null": true, "is_distinct_from": true, "is_not_distinct_from": true, "list_value": true, "row": true}

// strict are functions whose result is NULL only if an argument is. All others may come to NULL on their own.
var strict = map[string]bool{
	"equal": true, "not_equal": true, "lt": true, "lte": true, "gt": true, "gte": true, "and": true, "or": true, "not": true,
	"add": true, "subtract": true, "multiply": true, "divide": true, "modulus": true, "negate": true, "like": true, "ilike": true,
}

func nullable(name string, args []plan.Expr) bool {
	switch {
	case neverNull[name]:
		return false
	case strict[name]:
		return anyNullable(args)
	case name == "coalesce":
		for _, arg := range args {
			if !arg.Nullable() {
				return false
			}
		}
	}
	return true
}

// sqlValues are the functions that SQL calls without brackets.
var sqlValues = map[pg.SQLValueFunctionOp]string{
	pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        "current_date",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   "now",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "now",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        "localtime",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME:           "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        "current_user",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_USER:        "current_user",
	pg.SQLValueFunctionOp_SVFOP_USER:                "current_user",
	pg.SQLValueFunctionOp_SVFOP_SESSION_USER:        "current_user",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     "current_database",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      "current_schema",
}

func (s *binding) sqlValue(n *pg.SQLValueFunction) (plan.Expr, error) {
	if n.Typmod >= 0 && strings.HasSuffix(n.Op.String(), "_N") {
		if err := checkPrecision(int(n.Typmod), s.pos(n.Location)); err != nil {
			return nil, err
		}
	}
	return s.apply(sqlValues[n.Op], nil, s.pos(n.Location))
}
