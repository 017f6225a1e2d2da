package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// fromFunction binds a function in FROM: unnest, which may refer to the items before it, or generate_series.
func (s *binding) fromFunction(n *pg.RangeFunction, e env, left plan.Node, leftScope *scope) (plan.Node, *scope, error) {
	if len(n.Functions) != 1 || n.IsRowsfrom {
		return nil, nil, missing(s.where(n.Functions[0]), "ROWS FROM", "put the functions into FROM one by one")
	}
	call := n.Functions[0].GetList().GetItems()[0].GetFuncCall()
	if call == nil {
		return nil, nil, missing(s.where(n.Functions[0]), "this expression in FROM", "")
	}
	pos := s.pos(call.Location)
	name := call.Funcname[len(call.Funcname)-1].GetString_().GetSval()
	if format := fileFunctions[name]; format != "" {
		return s.fromFiles(n, call, format)
	}
	if len(n.Coldeflist) > 0 {
		return nil, nil, missing(pos, "a list of columns behind function "+name, "its columns are known")
	}
	x := &exprs{clause: "FROM functions", scope: leftScope, env: e}
	if bound, err := s.searchFunction(x, call, name); bound != nil || err != nil {
		if err == nil && n.Ordinality {
			err = missing(pos, name+" WITH ORDINALITY", "number the rows with row_number() OVER ()")
		}
		if err != nil {
			return nil, nil, err
		}
		return s.named(bound, n.Alias, name, pos)
	}
	var node plan.Node
	var cols []plan.Column
	switch name {
	case "unnest":
		if left == nil {
			left = oneRow()
		}
		lists, err := s.lists(x, call)
		if err != nil {
			return nil, nil, err
		}
		u := &plan.Unnest{Input: left, Lists: lists}
		for _, l := range lists {
			u.Cols = append(u.Cols, s.newColumn("unnest", elementOf(l.Type()), true))
		}
		cols = u.Cols
		if n.Ordinality {
			ordinal := s.newColumn("ordinality", arrow.PrimitiveTypes.Int64, false)
			u.Ordinal = &ordinal
			cols = append(cols[:len(cols):len(cols)], ordinal)
		}
		node = u
	case "generate_series":
		if n.Ordinality {
			return nil, nil, missing(pos, "generate_series WITH ORDINALITY", "")
		}
		series, err := s.series(x, call)
		if err != nil {
			return nil, nil, err
		}
		node, cols = series, series.Columns()
	default:
		if s.Functions.IsScalar(name) || s.Functions.IsAggregate(name) {
			return nil, nil, missing(pos, "function "+name+" in FROM", "write FROM (SELECT "+name+"(...)) AS t")
		}
		return nil, nil, hint(fault(pos, "42883", "table function %s does not exist", name), "there are unnest, generate_series, read_parquet, read_csv, read_json, read_arrow, vector_search, vector_recall, near_duplicates and max_marginal_relevance")
	}
	return node, s.functionScope(n.Alias, name, cols), nil
}

// searchFunctions are those in FROM that search vectors.
var searchFunctions = map[string]bool{"vector_search": true, "vector_recall": true, "near_duplicates": true, "max_marginal_relevance": true}

// searchFunction binds a function that searches vectors; nil for any other.
func (s *binding) searchFunction(x *exprs, call *pg.FuncCall, name string) (plan.Node, error) {
	switch name {
	case "vector_search":
		return s.vectorSearch(x, call)
	case "max_marginal_relevance":
		return s.marginalRelevance(x.alone(), call)
	case "vector_recall":
		return s.vectorRecall(x.alone(), call)
	case "near_duplicates":
		return s.nearDuplicates(x.alone(), call)
	}
	return nil, nil
}

// alone is for a function that cannot be another one for each row of what stands left of it.
func (x *exprs) alone() *exprs { return &exprs{clause: x.clause, scope: &scope{}, env: x.env} }

// functionScope names a function's columns: an alias names the relation and, where there is just one, the column.
func (s *binding) functionScope(alias *pg.Alias, name string, cols []plan.Column) *scope {
	if alias.GetAliasname() != "" {
		name = alias.Aliasname
	}
	named := append([]plan.Column(nil), cols...)
	for i := range named {
		named[i].Table = name
		switch {
		case i < len(alias.GetColnames()):
			named[i].Name = alias.Colnames[i].GetString_().GetSval()
		case i == 0 && alias.GetAliasname() != "":
			named[i].Name = name
		}
	}
	return newScope("", name, named)
}

// An unnested is an unnest in a select list: its column stands where the call stood.
type unnested struct {
	list   plan.Expr
	column plan.Column
}

// unnestCall binds unnest in an expression. Several in one select list run in parallel.
func (s *binding) unnestCall(x *exprs, n *pg.FuncCall) (plan.Expr, error) {
	pos := s.pos(n.Location)
	if x.unnest == nil {
		return nil, missing(pos, "unnest in "+x.clause, "put it into FROM or the select list")
	}
	if len(n.Args) != 1 {
		return nil, missing(pos, "unnest of several lists in a select list", "put it into FROM")
	}
	inner := *x
	inner.unnest = nil
	lists, err := s.lists(&inner, n)
	if err != nil {
		return nil, err
	}
	u := unnested{lists[0], s.newColumn("unnest", elementOf(lists[0].Type()), true)}
	*x.unnest = append(*x.unnest, u)
	return &plan.Ref{Column: u.column, At: pos}, nil
}

// lists binds the arguments of unnest.
func (s *binding) lists(x *exprs, n *pg.FuncCall) ([]plan.Expr, error) {
	args, err := s.list(x, n.Args)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return nil, fault(s.pos(n.Location), "42883", "function unnest() does not exist")
	}
	for i, arg := range args {
		if isUnknown(arg) {
			if args[i], err = s.coerce(arg, arrow.ListOf(arrow.BinaryTypes.String), udf.Explicit); err != nil {
				return nil, err
			}
		} else if elementOf(arg.Type()) == nil {
			return nil, hint(fault(arg.Pos(), "42883", "function unnest(%s) does not exist", udf.TypeName(arg.Type())), "unnest takes lists")
		}
	}
	return args, nil
}

// unnestAll puts the unnest calls of a select list on its input.
func unnestAll(n plan.Node, calls []unnested) plan.Node {
	if len(calls) == 0 {
		return n
	}
	u := &plan.Unnest{Input: n}
	for _, c := range calls {
		u.Lists = append(u.Lists, c.list)
		u.Cols = append(u.Cols, c.column)
	}
	return u
}

// elementOf is the type of a list's elements, nil if it is none.
func elementOf(t arrow.DataType) arrow.DataType {
	if l, ok := t.(arrow.ListLikeType); ok && t.ID() != arrow.MAP {
		return l.Elem()
	}
	return nil
}

// series binds generate_series of integers, dates or timestamps.
func (s *binding) series(x *exprs, n *pg.FuncCall) (plan.Node, error) {
	pos := s.pos(n.Location)
	args, err := s.list(x, n.Args)
	if err != nil {
		return nil, err
	}
	if len(args) < 2 || len(args) > 3 {
		return nil, hint(fault(pos, "42883", "function generate_series with %d arguments does not exist", len(args)), "generate_series(start, stop [, step])")
	}
	t, err := udf.CommonType(typesOf(args[:2]))
	if err != nil {
		return nil, at(pos, err)
	}
	step := t
	switch t.ID() {
	case arrow.DATE32, arrow.TIMESTAMP:
		if t.ID() == arrow.DATE32 {
			t = arrow.FixedWidthTypes.Timestamp_us
		}
		step = arrow.FixedWidthTypes.MonthDayNanoInterval
		if len(args) == 2 {
			return nil, hint(fault(pos, "42883", "generate_series of %s needs a step", udf.TypeName(t)), "generate_series(start, stop, INTERVAL '1 day')")
		}
	case arrow.INT16, arrow.INT32, arrow.INT64:
		if t, err = udf.CommonType(append(typesOf(args), arrow.PrimitiveTypes.Int32)); err != nil {
			return nil, at(pos, err)
		}
		step = t
	default:
		return nil, missing(pos, "generate_series of "+udf.TypeName(t), "use integers, dates or timestamps")
	}
	for i, to := range []arrow.DataType{t, t, step}[:len(args)] {
		if args[i], err = s.coerce(args[i], to, udf.Implicit); err != nil {
			return nil, err
		}
		if plan.Any(args[i], func(e plan.Expr) bool { _, ref := e.(*plan.Ref); return ref }) {
			return nil, missing(args[i].Pos(), "generate_series of a table's columns", "")
		}
	}
	return &plan.TableFunction{Name: "generate_series", Args: args, Cols: []plan.Column{s.newColumn("generate_series", t, false)}}, nil
}
