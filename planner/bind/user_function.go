package bind

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// userFunctions are the functions of a name that users have created: in a schema, or in the first of the search path that has any.
func (s *binding) userFunctions(schema, name string) ([]catalog.Function, error) {
	keeper, ok := s.Catalog.(catalog.FunctionKeeper)
	if !ok {
		return nil, nil
	}
	all, err := keeper.FunctionsNamed(s.ctx, name)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	path := s.searchPath()
	if schema != "" {
		path = []string{schema}
	}
	for _, schema := range path {
		if in := slices.DeleteFunc(slices.Clone(all), func(f catalog.Function) bool { return f.Name.Schema != schema }); len(in) > 0 {
			return in, nil
		}
	}
	return nil, nil
}

// A userCall is a call of a function that a user has created, its arguments cast to its types.
type userCall struct {
	catalog.Function
	body *parse.Statement
	args []plan.Expr
	pos  ast.Pos
}

// userCall finds the function that a call means; nil if it means none that a user has created.
func (s *binding) userCall(x *exprs, n *pg.FuncCall) (*userCall, error) {
	name := n.Funcname[len(n.Funcname)-1].GetString_().GetSval()
	schema := ""
	if len(n.Funcname) > 1 {
		schema = n.Funcname[len(n.Funcname)-2].GetString_().GetSval()
	}
	if schema == "pg_catalog" || schema == "" && s.isBuiltin(strings.ToLower(name)) {
		return nil, nil
	}
	found, err := s.userFunctions(schema, name)
	if err == nil && len(found) == 0 && s.creating == name {
		return nil, missing(s.pos(n.Location), "recursion: a function that calls itself", "use WITH RECURSIVE")
	}
	if err != nil || len(found) == 0 {
		return nil, err
	}
	s.transient = true // other processes may change the function
	pos := s.pos(n.Location)
	if n.AggStar || n.AggDistinct || n.AggFilter != nil || len(n.AggOrder) > 0 || n.Over != nil {
		return nil, fault(pos, "42809", "%s is not an aggregate function", name)
	}
	for _, arg := range n.Args {
		if arg.GetNamedArgExpr() != nil {
			return nil, missing(s.where(arg), "a named argument of "+name, "give the arguments in their order")
		}
	}
	args, err := s.list(x, n.Args)
	if err != nil {
		return nil, err
	}
	f, err := bestFunction(found, args, pos)
	if err != nil {
		return nil, err
	}
	c := &userCall{Function: f, pos: pos}
	for i, arg := range args {
		cast, err := s.coerce(arg, f.Args.Field(i).Type, udf.Implicit)
		if err != nil {
			return nil, err
		}
		c.args = append(c.args, cast)
	}
	if c.body, err = parse.Parse(f.SQL); err != nil {
		return nil, inBody(f.Name, pos, err)
	}
	return c, nil
}

// bestFunction is the one that takes the arguments with the fewest casts.
func bestFunction(all []catalog.Function, args []plan.Expr, pos ast.Pos) (catalog.Function, error) {
	best, casts, ties := -1, 0, 0
	for i, f := range all {
		n, fits := 0, f.Args.NumFields() == len(args)
		for j := 0; fits && j < len(args); j++ {
			from, to := args[j].Type(), f.Args.Field(j).Type
			switch {
			case arrow.TypeEqual(from, to), isUnknown(args[j]) && to.ID() == arrow.STRING:
			case isUnknown(args[j]), udf.CanCast(from, to, udf.Implicit):
				n++
			default:
				fits = false
			}
		}
		switch {
		case !fits:
		case best < 0 || n < casts:
			best, casts, ties = i, n, 1
		case n == casts:
			ties++
		}
	}
	types := strings.Join(mapped(args, func(e plan.Expr) string { return udf.TypeName(e.Type()) }), ", ")
	switch {
	case best < 0:
		return catalog.Function{}, hint(fault(pos, "42883", "function %s(%s) does not exist", all[0].Name.Table, types), "no function of the name takes these types: add explicit casts")
	case ties > 1:
		return catalog.Function{}, hint(fault(pos, "42725", "function %s(%s) is not unique", all[0].Name.Table, types), "add explicit casts")
	}
	return all[best], nil
}

// userScalar puts a function's query in the place of a call: its expression, if it has nothing else, or a subquery.
func (s *binding) userScalar(c *userCall) (plan.Expr, error) {
	if c.Table {
		return nil, missing(c.pos, "a function that returns rows in an expression", "put it into FROM")
	}
	var e plan.Expr
	err := s.inFunction(c.Function, c.body, c.args, func(params *scope) error {
		sel := c.body.Node.GetSelectStmt()
		if isExpression(sel) {
			var err error
			e, err = s.expr(&exprs{clause: "functions", scope: params}, sel.TargetList[0].GetResTarget().Val)
			return err
		}
		q, err := s.subquery(c.body.Node, env{}, params)
		if err == nil {
			e = &plan.Subquery{Plan: s.settle(q.node), At: c.pos}
		}
		return err
	})
	if err == nil {
		err = s.onceVolatile(c, e)
	}
	if err == nil {
		err = s.notTooLarge(c, e)
	}
	if err == nil {
		e, err = s.coerce(s.known(e), c.Result.Field(0).Type, udf.Assignment)
	}
	if err != nil {
		return nil, inBody(c.Name, c.pos, err)
	}
	return s.strict(c, e)
}

// isExpression tells a query that is nothing but an expression.
func isExpression(n *pg.SelectStmt) bool {
	return n.Op == pg.SetOperation_SETOP_NONE && len(n.TargetList) == 1 && len(n.FromClause) == 0 && n.WhereClause == nil && len(n.GroupClause) == 0 &&
		n.HavingClause == nil && len(n.DistinctClause) == 0 && n.WithClause == nil && len(n.SortClause) == 0 && n.LimitCount == nil && n.LimitOffset == nil &&
		len(n.ValuesLists) == 0
}

// onceVolatile refuses a call whose argument is another one each time it is computed, where the function would compute it twice.
func (s *binding) onceVolatile(c *userCall, e plan.Expr) error {
	count := func(e plan.Expr) (n int) {
		plan.Any(e, func(e plan.Expr) bool {
			if call, ok := e.(*plan.Call); ok && call.Volatile {
				n++
			}
			return false
		})
		return n
	}
	in := 0
	for _, arg := range c.args {
		in += count(arg)
	}
	hasSubquery := plan.Any(e, func(e plan.Expr) bool { _, ok := e.(*plan.Subquery); return ok })
	if in > 0 && (hasSubquery || count(e) > in) {
		return missing(c.pos, "an argument such as random() of a function that uses it more than once", "compute it in a subquery in FROM")
	}
	return nil
}

// maxWrittenOut is how many nodes an expression may have once its calls are written out: calls within calls multiply them.
const maxWrittenOut = 100_000

func (s *binding) notTooLarge(c *userCall, e plan.Expr) error {
	nodes := 0
	if plan.Any(e, func(plan.Expr) bool { nodes++; return nodes > maxWrittenOut }) {
		return fault(c.pos, "54001", "statement too complex: %s(...) has more than %d parts once its calls are written out", c.Name.Table, maxWrittenOut)
	}
	return nil
}

// strict makes the result NULL where an argument is, if the function wants that.
func (s *binding) strict(c *userCall, e plan.Expr) (plan.Expr, error) {
	var nulls []plan.Expr
	for _, arg := range c.args {
		if !c.Strict || !arg.Nullable() {
			continue
		}
		isNull, err := s.apply("is_null", []plan.Expr{arg}, c.pos)
		if err != nil {
			return nil, err
		}
		nulls = append(nulls, isNull)
	}
	if len(nulls) == 0 {
		return e, nil
	}
	any := nulls[0]
	if len(nulls) > 1 {
		any = logical("or", nulls...)
	}
	return &plan.Case{Whens: []plan.When{{Cond: any, Then: null(e.Type(), c.pos)}}, Else: e, At: c.pos}, nil
}

// userTable puts a function's query in the place of a call in FROM.
func (s *binding) userTable(c *userCall, n *pg.RangeFunction) (plan.Node, *scope, error) {
	if n.Ordinality {
		return nil, nil, missing(c.pos, c.Name.Table+" WITH ORDINALITY", "number the rows with row_number() OVER ()")
	}
	if s.scans++; s.scans > maxScans {
		return nil, nil, fault(c.pos, "54001", "statement too complex: it reads more than %d tables", maxScans)
	}
	var node plan.Node
	if !c.Table {
		e, err := s.userScalar(c)
		if err != nil {
			return nil, nil, err
		}
		column := s.newColumn(c.Name.Table, e.Type(), e.Nullable())
		node = &plan.Project{Input: oneRow(), Items: []plan.Item{{Column: column, Expr: e}}}
	} else {
		err := s.inFunction(c.Function, c.body, c.args, func(params *scope) error {
			q, err := s.subquery(c.body.Node, env{}, params)
			if err != nil {
				return err
			}
			types := mapped(c.Result.Fields(), func(f arrow.Field) arrow.DataType { return f.Type })
			if node, err = s.castColumns(s.settle(q.node), types, udf.Assignment); err != nil {
				return err
			}
			return s.onceVolatile(c, &plan.Subquery{Plan: node, At: c.pos})
		})
		if err != nil {
			return nil, nil, inBody(c.Name, c.pos, err)
		}
		always, err := s.strict(c, boolean(true, c.pos))
		if err != nil {
			return nil, nil, err
		}
		if _, isConstant := always.(*plan.Literal); !isConstant {
			node = &plan.Filter{Input: node, Cond: always}
		}
	}
	cols := slices.Clone(node.Columns())
	for i, f := range c.Result.Fields() {
		cols[i].Name = f.Name
	}
	switch {
	case len(cols) == 1 && cols[0].Name == c.Name.Table: // a value, which takes an alias for its own name
		return node, s.functionScope(n.Alias, c.Name.Table, cols), nil
	case n.Alias == nil:
		return node, newScope("", c.Name.Table, cols), nil
	case len(n.Alias.Colnames) > len(cols):
		return nil, nil, fault(c.pos, "42P10", "table %q has %d columns available but %d columns specified", n.Alias.Aliasname, len(cols), len(n.Alias.Colnames))
	}
	return node, aliased(cols, n.Alias), nil
}

// inFunction binds a part of a function's body: names of arguments and $1, $2 ... mean what the call gives, and other names are those of the
// schema that was the author's.
func (s *binding) inFunction(f catalog.Function, body *parse.Statement, args []plan.Expr, bind func(params *scope) error) error {
	key := f.Name.String() + "(" + strings.Join(mapped(f.Args.Fields(), func(a arrow.Field) string { return udf.TypeName(a.Type) }), ", ") + ")"
	if slices.Contains(s.calls, key) {
		return missing(-1, "recursion: function "+key+" calls itself", "use WITH RECURSIVE")
	}
	s.calls = append(s.calls, key)
	outer, arguments, names, written := s.Binder, s.arguments, s.argumentScope, s.written
	there := *outer
	there.Schema = f.Default
	if len(s.calls) > 1 {
		s.written = nil
	}
	s.Binder, s.arguments = &there, &args
	defer func() {
		s.Binder, s.arguments, s.argumentScope, s.written, s.calls = outer, arguments, names, written, s.calls[:len(s.calls)-1]
	}()
	params := &scope{tables: []string{f.Name.Table}}
	for i, a := range f.Args.Fields() {
		if a.Name != "" {
			params.entries = append(params.entries, entry{table: f.Name.Table, name: a.Name, expr: args[i]})
		}
	}
	s.argumentScope = params
	return s.within(body, func() error { return bind(params) })
}
