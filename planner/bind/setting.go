package bind

import (
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// set binds SET and RESET. Which settings there are is the session's business.
func (s *binding) set(n *pg.VariableSetStmt) (*Statement, error) {
	name := strings.ToLower(n.Name)
	switch {
	case n.Kind == pg.VariableSetKind_VAR_SET_MULTI:
		return nil, missing(s.pos(0), "SET "+n.Name, "leave it out: every statement commits on its own and sees what was committed before it")
	case n.IsLocal:
		return nil, missing(s.pos(0), "SET LOCAL", "use SET: there are no transactions it could end with")
	case n.Kind == pg.VariableSetKind_VAR_RESET_ALL:
		return &Statement{Tag: "RESET", Command: plan.Set{Name: "all"}}, nil
	case n.Kind == pg.VariableSetKind_VAR_RESET:
		return &Statement{Tag: "RESET", Command: plan.Set{Name: name}}, nil
	case n.Kind == pg.VariableSetKind_VAR_SET_DEFAULT:
		return &Statement{Tag: "SET", Command: plan.Set{Name: name}}, nil
	case n.Kind == pg.VariableSetKind_VAR_SET_VALUE:
		var values []string
		for _, arg := range n.Args {
			value, ok := optionText(arg)
			if !ok {
				return nil, fault(s.where(arg), "22023", "invalid value for parameter %q", name)
			}
			values = append(values, value)
		}
		value := strings.Join(values, ", ")
		return &Statement{Tag: "SET", Command: plan.Set{Name: name, Value: &value}}, nil
	}
	return nil, missing(s.pos(0), "this form of SET", "SET name = value")
}

// optionText is the text of a constant; ok is false for anything else.
func optionText(n *pg.Node) (value string, ok bool) {
	switch n := n.GetNode().(type) {
	case *pg.Node_AConst:
		return constantText(n.AConst)
	case *pg.Node_String_:
		return n.String_.GetSval(), true
	case *pg.Node_Integer:
		return strconv.Itoa(int(n.Integer.GetIval())), true
	case *pg.Node_Float:
		return n.Float.GetFval(), true
	case *pg.Node_Boolean:
		return strconv.FormatBool(n.Boolean.GetBoolval()), true
	case *pg.Node_TypeName: // WITH (layout = small): a bare word is parsed as a type
		return n.TypeName.Names[len(n.TypeName.Names)-1].GetString_().GetSval(), true
	case *pg.Node_TypeCast: // SET TIME ZONE INTERVAL '1' HOUR
		return optionText(n.TypeCast.Arg)
	}
	return "", false
}

func constantText(c *pg.A_Const) (string, bool) {
	switch v := c.Val.(type) {
	case *pg.A_Const_Sval:
		return v.Sval.GetSval(), true
	case *pg.A_Const_Ival:
		return strconv.Itoa(int(v.Ival.GetIval())), true
	case *pg.A_Const_Fval:
		return v.Fval.GetFval(), true
	case *pg.A_Const_Boolval:
		return strconv.FormatBool(v.Boolval.GetBoolval()), true
	}
	return "", false
}

// show binds SHOW of a setting, or of all.
func (s *binding) show(n *pg.VariableShowStmt) (*Statement, error) {
	name := strings.ToLower(n.Name)
	column := func(name string) arrow.Field {
		return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
	}
	fields := []arrow.Field{column(name)}
	if name == "all" {
		fields = []arrow.Field{column("name"), column("setting"), column("description")}
	}
	return &Statement{Tag: "SHOW", Command: plan.Show{Name: name}, Rows: arrow.NewSchema(fields, nil), Ordered: true}, nil
}
