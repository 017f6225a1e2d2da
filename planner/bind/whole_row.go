package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// wholeRow is a row of a table as a value: a struct whose fields are the table's columns. It is NULL where an outer join has found no row
// of the table, which is told by its columns. ok is false if there is no such table.
//
//	SELECT t FROM t  =>  ROW(t.a, t.b)::STRUCT(a, b)
func (s *binding) wholeRow(sc *scope, schema, table ident, pos ast.Pos) (e plan.Expr, ok bool, err error) {
	found := sc.of(schema, table)
	if table.name == "" || len(found) == 0 {
		return nil, false, nil
	}
	var values []plan.Expr
	var fields []arrow.Field
	optional := true
	for _, f := range found {
		value := s.known(placed(f.expr, pos))
		values = append(values, value)
		fields = append(fields, arrow.Field{Name: f.name, Type: value.Type(), Nullable: true})
		optional = optional && f.optional
	}
	row, err := s.apply("row", values, pos)
	if err != nil {
		return nil, true, err
	}
	if e, err = s.coerce(row, arrow.StructOf(fields...), udf.Explicit); err != nil || !optional {
		return e, true, err
	}
	absent, err := s.each("is_null", values, pos)
	if err != nil {
		return nil, true, err
	}
	return &plan.Case{Whens: []plan.When{{Cond: absent, Then: null(e.Type(), pos)}}, Else: e, At: pos}, true, nil
}

// each is that a function is true for all values.
func (s *binding) each(function string, values []plan.Expr, pos ast.Pos) (plan.Expr, error) {
	conds := make([]plan.Expr, len(values))
	for i, v := range values {
		var err error
		if conds[i], err = s.apply(function, []plan.Expr{v}, pos); err != nil {
			return nil, err
		}
	}
	return connected("and", conds), nil
}

// rowReference is the table whose row an expression means, as t and t.* do; ok is false for anything else. A column of that name comes first.
func (s *binding) rowReference(n *pg.Node) (schema, table ident, ok bool) {
	ref := n.GetColumnRef()
	if ref == nil {
		return schema, table, false
	}
	fields := ref.Fields
	if fields[len(fields)-1].GetAStar() != nil {
		fields = fields[:len(fields)-1]
	}
	names := s.idents(mapped(fields, func(n *pg.Node) string { return n.GetString_().GetSval() }), ref.Location)
	switch len(names) {
	case 1:
		return ident{}, names[0], true
	case 2:
		return names[0], names[1], len(fields) < len(ref.Fields)
	}
	return schema, table, false
}

// spreadRow puts the columns of t.* among the values of ROW(t.*, 1); any other expression is one value.
func (s *binding) spreadRow(x *exprs, ns []*pg.Node) ([]plan.Expr, error) {
	var out []plan.Expr
	for _, n := range ns {
		if ref := n.GetColumnRef(); ref != nil && len(ref.Fields) > 1 && ref.Fields[len(ref.Fields)-1].GetAStar() != nil && x.scope != nil {
			if schema, table, ok := s.rowReference(n); ok {
				if found := x.scope.of(schema, table); len(found) > 0 {
					out = append(out, mapped(found, func(e entry) plan.Expr { return placed(e.expr, s.pos(ref.Location)) })...)
					continue
				}
			}
		}
		e, err := s.expr(x, n)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// rowIsNull is t IS [NOT] NULL of a whole row: all of its columns are or are not. ok is false for any other value.
func (s *binding) rowIsNull(x *exprs, function string, n *pg.Node) (e plan.Expr, ok bool, err error) {
	schema, table, ok := s.rowReference(n)
	if !ok || x.scope == nil {
		return nil, false, nil
	}
	value, err := s.expr(x, n)
	if err != nil {
		return nil, true, err
	}
	switch value.(type) {
	case *plan.Cast, *plan.Case: // which no column is
	default:
		return nil, false, nil
	}
	for sc := x.scope; sc != nil; sc = sc.outer {
		if found := sc.of(schema, table); len(found) > 0 {
			e, err = s.each(function, mapped(found, func(e entry) plan.Expr { return placed(e.expr, s.where(n)) }), s.where(n))
			return e, true, err
		}
	}
	return nil, false, nil
}

// fieldsOf spreads (struct).* in a select list; ok is false for anything else.
func (s *binding) fieldsOf(q *selection, target *pg.ResTarget) (items []plan.Item, ok bool, err error) {
	n := target.Val.GetAIndirection()
	if n == nil || n.Indirection[len(n.Indirection)-1].GetAStar() == nil {
		return nil, false, nil
	}
	arg := n.Arg
	if rest := n.Indirection[:len(n.Indirection)-1]; len(rest) > 0 {
		arg = &pg.Node{Node: &pg.Node_AIndirection{AIndirection: &pg.A_Indirection{Arg: n.Arg, Indirection: rest}}}
	}
	e, err := s.expr(q.above("SELECT"), arg)
	if err != nil {
		return nil, true, err
	}
	t, isStruct := e.Type().(*arrow.StructType)
	if !isStruct {
		return nil, true, fault(s.where(n.Arg), "42809", "type %s is not composite", udf.TypeName(e.Type()))
	}
	for i, f := range t.Fields() {
		items = append(items, q.selected(s, f.Name, &plan.Field{Arg: e, Index: i, At: e.Pos()}))
	}
	return items, true, nil
}
