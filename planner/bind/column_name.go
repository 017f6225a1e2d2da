package bind

import pg "github.com/pganalyze/pg_query_go/v6"

// unnamed is PostgreSQL's name for a column that has none.
const unnamed = "?column?"

// columnName is what PostgreSQL calls a selected expression without AS.
func columnName(n *pg.Node) string {
	if name, _ := figureName(n); name != "" {
		return name
	}
	return unnamed
}

// figureName is the name that an expression suggests, empty if it suggests none. A weak name is that of a type or of CASE: it gives
// way to a better one from around it.
func figureName(n *pg.Node) (name string, weak bool) {
	switch n := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		return n.ColumnRef.Fields[len(n.ColumnRef.Fields)-1].GetString_().GetSval(), false
	case *pg.Node_FuncCall:
		return n.FuncCall.Funcname[len(n.FuncCall.Funcname)-1].GetString_().GetSval(), false
	case *pg.Node_TypeCast:
		names := n.TypeCast.TypeName.Names
		return strongName(n.TypeCast.Arg, names[len(names)-1].GetString_().GetSval())
	case *pg.Node_CaseExpr:
		return strongName(n.CaseExpr.Defresult, "case")
	case *pg.Node_CollateClause:
		return figureName(n.CollateClause.Arg)
	case *pg.Node_AIndirection:
		for i := len(n.AIndirection.Indirection) - 1; i >= 0; i-- {
			if f := n.AIndirection.Indirection[i].GetString_(); f != nil {
				return f.GetSval(), false
			}
		}
		return figureName(n.AIndirection.Arg)
	case *pg.Node_AExpr:
		if n.AExpr.Kind == pg.A_Expr_Kind_AEXPR_NULLIF {
			return "nullif", false
		}
	case *pg.Node_CoalesceExpr:
		return "coalesce", false
	case *pg.Node_AArrayExpr:
		return "array", false
	case *pg.Node_RowExpr:
		return "row", false
	case *pg.Node_MinMaxExpr:
		if n.MinMaxExpr.Op == pg.MinMaxOp_IS_LEAST {
			return "least", false
		}
		return "greatest", false
	case *pg.Node_SqlvalueFunction:
		return sqlValueNames[n.SqlvalueFunction.Op], false
	case *pg.Node_SubLink:
		name := subqueryName(n.SubLink)
		return name, name == ""
	}
	return "", true
}

// strongName is the name that an inner expression suggests, unless that is weak.
func strongName(inner *pg.Node, otherwise string) (name string, weak bool) {
	if name, weak := figureName(inner); !weak {
		return name, false
	}
	return otherwise, true
}

func subqueryName(n *pg.SubLink) string {
	switch n.SubLinkType {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return "exists"
	case pg.SubLinkType_ARRAY_SUBLINK:
		return "array"
	case pg.SubLinkType_EXPR_SUBLINK:
		sel := n.Subselect.GetSelectStmt()
		if len(sel.GetValuesLists()) > 0 {
			return valueName(0)
		}
		if targets := sel.GetTargetList(); len(targets) > 0 {
			target := targets[0].GetResTarget()
			if target.GetName() != "" {
				return target.GetName()
			}
			return columnName(target.GetVal())
		}
	}
	return ""
}

// sqlValueNames are the functions without brackets as a column is named after them.
var sqlValueNames = map[pg.SQLValueFunctionOp]string{
	pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        "current_date",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        "current_time",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      "current_time",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME:           "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        "current_role",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_USER:        "current_user",
	pg.SQLValueFunctionOp_SVFOP_USER:                "user",
	pg.SQLValueFunctionOp_SVFOP_SESSION_USER:        "session_user",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     "current_catalog",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      "current_schema",
}
