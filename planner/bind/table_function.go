package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// fromFunction binds a function in FROM: unnest, which may refer to the items before it, or generate_series.
func (s *binding) fromFunction(n *pg.RangeFunction, e env, left plan.Node, leftScope *scope) (plan.Node, *scope, error) {
	if len(n.Functions) != 1 {
		return s.rowsFrom(n, e, left, leftScope)
	}
	call := n.Functions[0].GetList().GetItems()[0].GetFuncCall()
	if call == nil {
		return nil, nil, missing(s.where(n.Functions[0]), "this expression in FROM", "put it into a subquery: FROM (SELECT ...) AS t")
	}
	pos := s.pos(call.Location)
	name := call.Funcname[len(call.Funcname)-1].GetString_().GetSval()
	if format := fileFunctions[name]; format != "" {
		return s.fromFiles(n, call, format)
	}
	if _, ok := recordFunctions[name]; ok {
		return s.jsonRecords(&exprs{clause: "FROM functions", scope: leftScope, env: e}, n, call, name, left)
	}
	if len(n.Coldeflist) > 0 {
		return nil, nil, missing(pos, "a list of columns behind function "+name, "its columns are known")
	}
	x := &exprs{clause: "FROM functions", scope: leftScope, env: e}
	if user, err := s.userCall(x, call); err != nil {
		return nil, nil, err
	} else if user != nil {
		return s.userTable(user, n)
	}
	if bound, err := s.readFunction(x, call, name); bound != nil || err != nil {
		if err == nil && n.Ordinality {
			err = missing(pos, name+" WITH ORDINALITY", "number the rows with row_number() OVER ()")
		}
		if err != nil {
			return nil, nil, err
		}
		return s.named(bound, n.Alias, name, pos)
	}
	if name == "generate_series" && !n.Ordinality {
		series, err := s.series(x, call)
		if err != nil {
			return nil, nil, err
		}
		if series != nil {
			return series, s.functionScope(n.Alias, name, series.Columns()), nil
		}
	}
	source, err := s.rowSource(x, call, name)
	if err != nil {
		return nil, nil, err
	}
	if source == nil {
		return nil, nil, s.noTableFunction(name, pos)
	}
	node, cols := s.unnested(source, n.Ordinality, left)
	return node, s.functionScope(n.Alias, name, cols), nil
}

// unnested makes rows of lists, for each row of what stands left of them.
func (s *binding) unnested(source *rowSource, ordinality bool, left plan.Node) (plan.Node, []plan.Column) {
	if left == nil {
		left = oneRow()
	}
	u := &plan.Unnest{Input: left, Lists: source.lists, Cols: source.columns}
	cols := source.columns
	if ordinality {
		ordinal := s.newColumn("ordinality", arrow.PrimitiveTypes.Int64, false)
		u.Ordinal = &ordinal
		cols = append(cols[:len(cols):len(cols)], ordinal)
	}
	return u, cols
}

// rowsFrom binds ROWS FROM (f(...), g(...)): the functions' rows side by side, the shorter ones filled up with NULL.
func (s *binding) rowsFrom(n *pg.RangeFunction, e env, left plan.Node, leftScope *scope) (plan.Node, *scope, error) {
	all := &rowSource{}
	for _, f := range n.Functions {
		call := f.GetList().GetItems()[0].GetFuncCall()
		if call == nil {
			return nil, nil, missing(s.where(f), "this expression in FROM", "put it into a subquery: FROM (SELECT ...) AS t")
		}
		name := call.Funcname[len(call.Funcname)-1].GetString_().GetSval()
		source, err := s.rowSource(&exprs{clause: "FROM functions", scope: leftScope, env: e}, call, name)
		if err != nil {
			return nil, nil, err
		}
		if source == nil {
			return nil, nil, s.noTableFunction(name, s.pos(call.Location))
		}
		all.lists, all.columns = append(all.lists, source.lists...), append(all.columns, source.columns...)
	}
	node, cols := s.unnested(all, n.Ordinality, left)
	return node, s.functionScope(n.Alias, "", cols), nil
}

func (s *binding) noTableFunction(name string, pos ast.Pos) error {
	if s.Functions.IsScalar(name) || s.Functions.IsAggregate(name) {
		return missing(pos, "function "+name+" in FROM", "write FROM (SELECT "+name+"(...)) AS t")
	}
	return hint(fault(pos, "42883", "table function %s does not exist", name), "there are unnest, generate_series, read_parquet, read_csv, read_json, read_arrow, vector_search, vector_recall, near_duplicates, max_marginal_relevance, training_stream and table_at")
}

// readFunctions are those in FROM that read a table, which their first argument or an argument "table" names.
var readFunctions = map[string]bool{"vector_search": true, "vector_recall": true, "near_duplicates": true, "max_marginal_relevance": true, "training_stream": true, "table_at": true}

// readFunction binds a function that reads a table; nil for any other.
func (s *binding) readFunction(x *exprs, call *pg.FuncCall, name string) (plan.Node, error) {
	switch name {
	case "vector_search":
		return s.vectorSearch(x, call)
	case "max_marginal_relevance":
		return s.marginalRelevance(x.alone(), call)
	case "vector_recall":
		return s.vectorRecall(x.alone(), call)
	case "near_duplicates":
		return s.nearDuplicates(x.alone(), call)
	case "training_stream":
		return s.trainingStream(x.alone(), call)
	case "table_at":
		return s.tableAt(call)
	}
	return nil, nil
}

// alone is for a function that cannot be another one for each row of what stands left of it.
func (x *exprs) alone() *exprs { return &exprs{clause: x.clause, scope: &scope{}, env: x.env} }

// functionScope names a function's columns: an alias names the relation and, where there is just one, the column.
func (s *binding) functionScope(alias *pg.Alias, function string, cols []plan.Column) *scope {
	name := function
	if alias.GetAliasname() != "" {
		name = alias.Aliasname
	}
	named := append([]plan.Column(nil), cols...)
	unnamed := len(cols) > 0 && (setFunctions[function].columns == nil || setFunctions[function].columns[0] == function)
	for i := range named {
		named[i].Table = name
		switch {
		case i < len(alias.GetColnames()):
			named[i].Name = alias.Colnames[i].GetString_().GetSval()
		case i == 0 && unnamed && alias.GetAliasname() != "":
			named[i].Name = name
		}
	}
	sc := newScope("", name, named)
	if len(cols) == 1 && !unnamed {
		sc.entries[0].alone = true
	}
	return sc
}

// An unnested is an unnest in a select list: its column stands where the call stood.
type unnested struct {
	list   plan.Expr
	column plan.Column
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

// series binds generate_series of constants, whose rows come one by one; nil if it depends on columns.
func (s *binding) series(x *exprs, n *pg.FuncCall) (plan.Node, error) {
	args, err := s.list(x, n.Args)
	if err != nil {
		return nil, err
	}
	args, t, step, err := s.seriesTypes(args, n)
	if err != nil {
		return nil, err
	}
	for i, to := range []arrow.DataType{t, t, step}[:len(args)] {
		if args[i], err = s.coerce(args[i], to, udf.Explicit); err != nil {
			return nil, err
		}
		if len(plan.FreeOf(args[i])) > 0 {
			return nil, nil
		}
	}
	return &plan.TableFunction{Name: "generate_series", Args: args, Cols: []plan.Column{s.newColumn("generate_series", t, false)}}, nil
}

// seriesTypes are the types that a series and its step have.
func (s *binding) seriesTypes(args []plan.Expr, n *pg.FuncCall) (_ []plan.Expr, t, step arrow.DataType, err error) {
	pos := s.pos(n.Location)
	if len(args) < 2 || len(args) > 3 {
		return nil, nil, nil, hint(fault(pos, "42883", "function generate_series with %d arguments does not exist", len(args)), "generate_series(start, stop [, step])")
	}
	if t, err = udf.CommonType(typesOf(args[:2])); err != nil {
		return nil, nil, nil, at(pos, err)
	}
	switch t.ID() {
	case arrow.DATE32, arrow.TIMESTAMP:
		if t.ID() == arrow.DATE32 {
			t = arrow.FixedWidthTypes.Timestamp_us
		}
		if len(args) == 2 {
			return nil, nil, nil, hint(fault(pos, "42883", "generate_series of %s needs a step", udf.TypeName(t)), "generate_series(start, stop, INTERVAL '1 day')")
		}
		return args, t, arrow.FixedWidthTypes.MonthDayNanoInterval, nil
	case arrow.INT16, arrow.INT32, arrow.INT64:
		if t, err = udf.CommonType(append(typesOf(args), arrow.PrimitiveTypes.Int32)); err != nil {
			return nil, nil, nil, at(pos, err)
		}
		if t.ID() != arrow.DECIMAL128 {
			return args, t, t, nil
		}
	case arrow.DECIMAL128:
		if t, err = udf.CommonType(append(typesOf(args), t)); err != nil {
			return nil, nil, nil, at(pos, err)
		}
	default:
		return nil, nil, nil, missing(pos, "generate_series of "+udf.TypeName(t), "use integers, numerics, dates or timestamps")
	}
	if t.ID() != arrow.DECIMAL128 {
		return nil, nil, nil, missing(pos, "generate_series of "+udf.TypeName(t), "cast its arguments to numeric")
	}
	d := t.(*arrow.Decimal128Type) // with room for the sums
	t = &arrow.Decimal128Type{Precision: 38, Scale: d.Scale}
	return args, t, t, nil
}
