package bind

import pg "github.com/pganalyze/pg_query_go/v6"

// columnName is what PostgreSQL calls a selected expression without AS.
func columnName(n *pg.Node) string {
	switch n := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		return n.ColumnRef.Fields[len(n.ColumnRef.Fields)-1].GetString_().GetSval()
	case *pg.Node_FuncCall:
		return n.FuncCall.Funcname[len(n.FuncCall.Funcname)-1].GetString_().GetSval()
	case *pg.Node_TypeCast:
		if name := columnName(n.TypeCast.Arg); name != unnamed {
			return name
		}
		names := n.TypeCast.TypeName.Names
		return names[len(names)-1].GetString_().GetSval()
	case *pg.Node_AIndirection:
		for i := len(n.AIndirection.Indirection) - 1; i >= 0; i-- {
			if f := n.AIndirection.Indirection[i].GetString_(); f != nil {
				return f.GetSval()
			}
		}
		return columnName(n.AIndirection.Arg)
	case *pg.Node_AExpr:
		if n.AExpr.Kind == pg.A_Expr_Kind_AEXPR_NULLIF {
			return "nullif"
		}
	case *pg.Node_CaseExpr:
		return "case"
	case *pg.Node_CoalesceExpr:
		return "coalesce"
	case *pg.Node_AArrayExpr:
		return "array"
	case *pg.Node_RowExpr:
		return "row"
	case *pg.Node_MinMaxExpr:
		if n.MinMaxExpr.Op == pg.MinMaxOp_IS_LEAST {
			return "least"
		}
		return "greatest"
	case *pg.Node_SqlvalueFunction:
		return sqlValues[n.SqlvalueFunction.Op]
	case *pg.Node_SubLink:
		switch n.SubLink.SubLinkType {
		case pg.SubLinkType_EXISTS_SUBLINK:
			return "exists"
		case pg.SubLinkType_EXPR_SUBLINK:
			if targets := n.SubLink.Subselect.GetSelectStmt().GetTargetList(); len(targets) == 1 {
				if name := targets[0].GetResTarget().GetName(); name != "" {
					return name
				}
				return columnName(targets[0].GetResTarget().GetVal())
			}
		}
	}
	return unnamed
}

// unnamed is PostgreSQL's name for a column that has none.
const unnamed = "?column?"
