package bind

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// setFunctions are the functions that answer with rows, and the functions of lists that have those rows as elements, one a column.
var setFunctions = map[string]setFunction{
	"generate_series":           {columns: []string{"generate_series"}, lists: []string{"series"}},
	"generate_subscripts":       {columns: []string{"generate_subscripts"}, lists: []string{"array_subscripts"}},
	"string_to_table":           {columns: []string{"string_to_table"}, lists: []string{"string_to_array"}},
	"regexp_split_to_table":     {columns: []string{"regexp_split_to_table"}, lists: []string{"regexp_split_to_array"}},
	"regexp_matches":            {columns: []string{"regexp_matches"}, lists: []string{"regexp_match_all"}},
	"jsonb_array_elements":      {columns: []string{"value"}, lists: []string{"json_elements"}},
	"jsonb_array_elements_text": {columns: []string{"value"}, lists: []string{"json_elements_text"}},
	"jsonb_object_keys":         {columns: []string{"jsonb_object_keys"}, lists: []string{"json_keys"}},
	"jsonb_each":                {columns: []string{"key", "value"}, lists: []string{"json_keys", "json_values"}},
	"jsonb_each_text":           {columns: []string{"key", "value"}, lists: []string{"json_keys", "json_values_text"}},
	"json_array_elements":       {columns: []string{"value"}, lists: []string{"json_elements"}},
	"json_array_elements_text":  {columns: []string{"value"}, lists: []string{"json_elements_text"}},
	"json_object_keys":          {columns: []string{"json_object_keys"}, lists: []string{"json_keys"}},
	"json_each":                 {columns: []string{"key", "value"}, lists: []string{"json_keys", "json_values"}},
	"json_each_text":            {columns: []string{"key", "value"}, lists: []string{"json_keys", "json_values_text"}},
}

type setFunction struct{ columns, lists []string }

// A rowSource is lists whose elements are rows: what a function that answers with rows comes to.
type rowSource struct {
	lists   []plan.Expr
	columns []plan.Column
}

// rowSource binds a call of unnest or of a set function; nil for any other function.
func (s *binding) rowSource(x *exprs, n *pg.FuncCall, name string) (*rowSource, error) {
	out := &rowSource{}
	if name == "unnest" {
		lists, err := s.lists(x, n)
		if err != nil {
			return nil, err
		}
		for _, l := range lists {
			out.columns = append(out.columns, s.newColumn("unnest", elementOf(l.Type()), true))
		}
		out.lists = lists
		return out, nil
	}
	f, ok := setFunctions[name]
	if !ok {
		return nil, nil
	}
	args, err := s.list(x, n.Args)
	if err != nil {
		return nil, err
	}
	if name == "generate_series" {
		if args, err = s.seriesArgs(args, n); err != nil {
			return nil, err
		}
	}
	for i, function := range f.lists {
		list, err := s.apply(function, args, s.pos(n.Location))
		if err != nil {
			if state(err) == "42883" {
				types := mapped(typesOf(args), udf.TypeName)
				return nil, fault(s.pos(n.Location), "42883", "function %s(%s) does not exist", name, strings.Join(types, ", "))
			}
			return nil, err
		}
		out.lists = append(out.lists, list)
		out.columns = append(out.columns, s.newColumn(f.columns[i], elementOf(list.Type()), true))
	}
	return out, nil
}

// seriesArgs are the arguments of generate_series with a step, all of the types that the series has.
func (s *binding) seriesArgs(args []plan.Expr, n *pg.FuncCall) ([]plan.Expr, error) {
	pos := s.pos(n.Location)
	args, t, step, err := s.seriesTypes(args, n)
	if err != nil {
		return nil, err
	}
	if len(args) == 2 {
		args = append(args, bigint(1, pos))
	}
	for i, to := range []arrow.DataType{t, t, step} {
		if args[i], err = s.coerce(args[i], to, udf.Explicit); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// setCall binds a function that answers with rows where it stands in a select list. Several there run in parallel.
func (s *binding) setCall(x *exprs, n *pg.FuncCall, name string) (plan.Expr, error) {
	pos := s.pos(n.Location)
	if x.unnest == nil {
		where := x.clause
		if x.arm != "" {
			where = x.arm
		}
		return nil, hint(fault(pos, "0A000", "set-returning functions are not allowed in %s", where), "put it into FROM or the select list")
	}
	inner := *x
	inner.unnest = nil
	if inner.clause == "SELECT" {
		inner.clause = "the arguments of one"
	}
	source, err := s.rowSource(&inner, n, name)
	if err != nil {
		return nil, err
	}
	if len(source.lists) != 1 {
		return nil, missing(pos, name+" with several columns in a select list", "put it into FROM")
	}
	*x.unnest = append(*x.unnest, unnested{source.lists[0], source.columns[0]})
	return &plan.Ref{Column: source.columns[0], At: pos}, nil
}
