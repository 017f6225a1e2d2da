package bind

import (
	"errors"
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

// createFunction binds CREATE [OR REPLACE] FUNCTION ... LANGUAGE sql. The body is bound once to see that it is right, and written down with
// what its names mean.
func (s *binding) createFunction(n *pg.CreateFunctionStmt) (*Statement, error) {
	own := n.Funcname[len(n.Funcname)-1].GetString_().GetSval()
	pos := s.pos(s.stmt.Find(own))
	if n.IsProcedure {
		return nil, missing(pos, "CREATE PROCEDURE", "use CREATE FUNCTION")
	}
	name, err := s.functionName(n.Funcname, pos)
	if err != nil {
		return nil, err
	}
	if s.isBuiltin(own) {
		return nil, hint(fault(pos, "42723", "function %q is built in", own), "choose another name")
	}
	f := catalog.Function{Name: name, Default: s.schema()}
	if err := s.functionSignature(&f, n, pos); err != nil {
		return nil, err
	}
	body, err := s.functionBody(&f, n, pos)
	if err != nil {
		return nil, err
	}
	if f.SQL, err = s.writtenBody(f, body, pos); err != nil {
		return nil, err
	}
	s.tables = nil // the statement reads none
	return &Statement{Tag: "CREATE FUNCTION", Command: plan.CreateFunction{Function: f, Replace: n.Replace}}, nil
}

// functionName is the full name of a function; bare ones are of the session's schema.
func (s *binding) functionName(parts []*pg.Node, pos ast.Pos) (catalog.Name, error) {
	names := mapped(parts, func(n *pg.Node) string { return n.GetString_().GetSval() })
	name := catalog.Name{Schema: s.schema(), Table: names[len(names)-1]}
	if len(names) > 1 {
		name.Schema = names[len(names)-2]
	}
	if !s.hasSchema(name.Schema) {
		return name, fault(pos, "3F000", "schema %q does not exist", name.Schema)
	}
	return name, nil
}

// isBuiltin tells whether a name means a function that every session has. Users cannot take its place.
func (s *binding) isBuiltin(name string) bool {
	_, err := udf.TypeNamed(name, nil)
	return err == nil || s.Functions.IsScalar(name) || s.Functions.IsAggregate(name) || s.Functions.IsWindow(name) || readFunctions[name] ||
		fileFunctions[name] != "" || name == "unnest" || name == "generate_series" || orderedSets[name] != ""
}

// functionSignature reads arguments and results.
func (s *binding) functionSignature(f *catalog.Function, n *pg.CreateFunctionStmt, pos ast.Pos) error {
	var args, columns []arrow.Field
	for _, p := range n.Parameters {
		p := p.GetFunctionParameter()
		t, err := s.typeName(p.ArgType)
		if err != nil {
			return err
		}
		field := arrow.Field{Name: p.Name, Type: t, Nullable: true}
		switch p.Mode {
		case pg.FunctionParameterMode_FUNC_PARAM_IN, pg.FunctionParameterMode_FUNC_PARAM_DEFAULT:
			if p.Defexpr != nil {
				return missing(s.where(p.Defexpr), "a default of an argument", "create another function of the name without the argument")
			}
			args = append(args, field)
		case pg.FunctionParameterMode_FUNC_PARAM_TABLE:
			columns = append(columns, field)
		default:
			return missing(pos, "OUT, INOUT and VARIADIC arguments", "use RETURNS TABLE (...)")
		}
	}
	for i, a := range args {
		if a.Name != "" && slices.ContainsFunc(args[:i], func(b arrow.Field) bool { return b.Name == a.Name }) {
			return fault(pos, "42P13", "parameter name %q used more than once", a.Name)
		}
	}
	f.Args, f.Table = arrow.NewSchema(args, nil), len(columns) > 0
	if !f.Table {
		if n.ReturnType == nil {
			return fault(pos, "42P13", "function result type must be specified")
		}
		f.Table = n.ReturnType.Setof
		one := pg.TypeName{Names: n.ReturnType.Names, Typmods: n.ReturnType.Typmods, ArrayBounds: n.ReturnType.ArrayBounds, Location: n.ReturnType.Location}
		t, err := s.typeName(&one)
		if err != nil {
			return err
		}
		columns = []arrow.Field{{Name: f.Name.Table, Type: t, Nullable: true}}
	}
	f.Result = arrow.NewSchema(columns, nil)
	return nil
}

// functionBody is the function's query: a text behind AS, or RETURN expression.
func (s *binding) functionBody(f *catalog.Function, n *pg.CreateFunctionStmt, pos ast.Pos) (*parse.Statement, error) {
	language, body := "sql", ""
	for _, o := range n.Options {
		def := o.GetDefElem()
		switch def.Defname {
		case "language":
			language = strings.ToLower(def.Arg.GetString_().GetSval())
		case "as":
			parts := def.Arg.GetList().GetItems()
			if len(parts) != 1 {
				return nil, fault(s.pos(def.Location), "42P13", "only one AS item needed for language \"sql\"")
			}
			body = parts[0].GetString_().GetSval()
		case "strict":
			f.Strict = def.Arg.GetBoolean().GetBoolval()
		case "volatility", "parallel", "cost", "rows", "leakproof": // they would help a planner that does not see through the function
		case "security":
			if def.Arg.GetBoolean().GetBoolval() {
				return nil, missing(s.pos(def.Location), "SECURITY DEFINER", "leave it out: functions run as their caller")
			}
		default:
			return nil, missing(s.pos(def.Location), "this option of functions", "leave it out")
		}
	}
	if language != "sql" {
		return nil, missing(pos, "language "+language, "write the function in SQL")
	}
	switch {
	case n.SqlBody.GetReturnStmt() != nil:
		text, err := parse.Expression(n.SqlBody.GetReturnStmt().Returnval)
		if err != nil {
			return nil, err
		}
		body = "SELECT " + text
	case n.SqlBody != nil:
		return nil, missing(pos, "BEGIN ATOMIC", "write AS $$ SELECT ... $$ or RETURN expression")
	case strings.TrimSpace(body) == "":
		return nil, fault(pos, "42P13", "no function body specified")
	}
	stmt, err := parse.Parse(body)
	if err != nil {
		return nil, inBody(f.Name, pos, err)
	}
	if stmt.Node.GetSelectStmt() == nil {
		return nil, missing(pos, "a function of another statement than SELECT", "write a SELECT, and send changes as statements of their own")
	}
	return stmt, nil
}

// writtenBody binds a body over arguments that stand for any, and writes it as text that means the same wherever it is read.
func (s *binding) writtenBody(f catalog.Function, body *parse.Statement, pos ast.Pos) (string, error) {
	args := mapped(f.Args.Fields(), func(a arrow.Field) plan.Expr {
		return &plan.Ref{Column: s.newColumn(a.Name, a.Type, true), At: pos}
	})
	s.written = &writtenQuery{tables: map[*pg.RangeVar]catalog.Name{}, stars: map[*pg.ResTarget][]entry{}}
	s.creating = f.Name.Table
	defer func() { s.written, s.creating = nil, "" }()
	var node plan.Node
	err := s.inFunction(f, body, args, func(params *scope) error {
		q, err := s.subquery(body.Node, env{}, params)
		if err == nil {
			node = s.settle(q.node)
		}
		return err
	})
	if err != nil {
		return "", inBody(f.Name, pos, err)
	}
	cols, fields := node.Columns(), f.Result.Fields()
	if len(cols) != len(fields) {
		return "", fault(pos, "42P13", "return type mismatch: the function returns %d columns, its query has %d", len(fields), len(cols))
	}
	for i, c := range cols {
		if !udf.CanCast(c.Type, fields[i].Type, udf.Assignment) {
			return "", fault(pos, "42P13", "return type mismatch in function declared to return %s: the query returns %s", udf.TypeName(fields[i].Type), udf.TypeName(c.Type))
		}
	}
	s.written.apply(body.Node)
	return parse.Query(body.Node)
}

// inBody says that an error is in a function's body, and places it where the statement names the function.
func inBody(name catalog.Name, pos ast.Pos, err error) error {
	var placed *ast.Error
	if !errors.As(err, &placed) {
		return err
	}
	moved := *placed
	moved.Pos, moved.Msg = pos, "function "+name.String()+": "+placed.Msg
	return &moved
}

// dropFunction binds DROP FUNCTION [IF EXISTS] name [(types)], ...
func (s *binding) dropFunction(n *pg.DropStmt) (*Statement, error) {
	cmd := plan.DropFunction{}
	for _, o := range n.Objects {
		object := o.GetObjectWithArgs()
		own := object.Objname[len(object.Objname)-1].GetString_().GetSval()
		pos := s.pos(s.stmt.Find(own))
		schema := ""
		if len(object.Objname) > 1 {
			schema = object.Objname[len(object.Objname)-2].GetString_().GetSval()
		}
		found, err := s.userFunctions(schema, own)
		if err != nil {
			return nil, err
		}
		if !object.ArgsUnspecified {
			var types []arrow.DataType
			for _, arg := range object.Objargs {
				t, err := s.typeName(arg.GetTypeName())
				if err != nil {
					return nil, err
				}
				types = append(types, t)
			}
			found = slices.DeleteFunc(found, func(f catalog.Function) bool {
				return !slices.EqualFunc(f.Args.Fields(), types, func(a arrow.Field, t arrow.DataType) bool { return arrow.TypeEqual(a.Type, t) })
			})
		}
		switch {
		case len(found) == 0 && n.MissingOk:
			cmd.Notices = append(cmd.Notices, "function "+own+" does not exist, skipping")
		case len(found) == 0:
			return nil, fault(pos, "42883", "function %s does not exist", own)
		case len(found) > 1:
			return nil, hint(fault(pos, "42725", "function name %q is not unique", own), "say the types of its arguments: DROP FUNCTION %s(...)", own)
		default:
			cmd.Functions = append(cmd.Functions, found[0])
		}
	}
	return &Statement{Tag: "DROP FUNCTION", Command: cmd}, nil
}
