package bind

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// columnRef binds a name with dots: column, table.column, schema.table.column, mediaflight.schema.table.column, and fields of
// structs behind any of these.
func (s *binding) columnRef(x *exprs, n *pg.ColumnRef) (plan.Expr, error) {
	pos := s.pos(n.Location)
	var path []string
	for _, f := range n.Fields {
		if f.GetAStar() != nil {
			return s.starAsRow(x, n)
		}
		path = append(path, f.GetString_().GetSval())
	}
	if x.scope == nil {
		return nil, fault(pos, "42P10", "argument of %s must not contain variables", x.clause)
	}
	names := s.idents(path, n.Location)
	e, err := s.resolve(x.scope, names, pos)
	if err == nil || x.scope.outer == nil {
		return e, err
	}
	for outer := x.scope.outer; outer != nil; outer = outer.outer {
		if e, found := s.resolve(outer, names, pos); found == nil {
			return e, nil
		}
	}
	return nil, err
}

func (s *binding) resolve(sc *scope, path []ident, pos ast.Pos) (plan.Expr, error) {
	texts := mapped(path, func(i ident) string { return i.name })
	tries := []struct{ schema, table, column int }{{-1, -1, 0}}
	switch {
	case len(path) >= 4 && path[0].is(catalog.Database, true):
		tries = []struct{ schema, table, column int }{{1, 2, 3}, {0, 1, 2}, {-1, 0, 1}, {-1, -1, 0}}
	case len(path) >= 3:
		tries = []struct{ schema, table, column int }{{-1, 0, 1}, {0, 1, 2}, {-1, -1, 0}}
	case len(path) == 2:
		tries = []struct{ schema, table, column int }{{-1, 0, 1}, {-1, -1, 0}}
	}
	for _, try := range tries {
		var found []entry
		switch {
		case try.table < 0:
			found = sc.column(path[try.column])
		case try.schema < 0:
			found = sc.qualified(ident{}, path[try.table], path[try.column])
		default:
			found = sc.qualified(path[try.schema], path[try.table], path[try.column])
		}
		if len(found) == 0 {
			continue
		}
		e, err := sc.pick(found, strings.Join(texts[:try.column+1], "."), pos)
		if err != nil {
			return nil, err
		}
		for _, name := range path[try.column+1:] {
			if e, err = field(e, name, pos); err != nil {
				return nil, err
			}
		}
		return e, nil
	}
	if len(path) == 1 {
		if row, ok, err := s.wholeRow(sc, ident{}, path[0], pos); ok {
			return row, err
		}
	}
	return nil, unresolved(sc, texts, strings.Join(texts, "."), pos)
}

// starAsRow is t.* where one value is wanted: the whole row.
func (s *binding) starAsRow(x *exprs, n *pg.ColumnRef) (plan.Expr, error) {
	pos := s.pos(n.Location)
	schema, table, ok := s.rowReference(&pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: n}})
	if !ok || len(n.Fields) == 1 {
		return nil, hint(fault(pos, "42601", "* is no value"), "it stands alone in the select list and in count(*); elsewhere name the table: t.*")
	}
	for sc := x.scope; sc != nil; sc = sc.outer {
		if row, ok, err := s.wholeRow(sc, schema, table, pos); ok {
			return row, err
		}
	}
	return nil, unresolved(x.scope, []string{table.name, "*"}, table.name+".*", pos)
}

// unresolved says what is missing: the column, or the table before it.
func unresolved(sc *scope, path []string, whole string, pos ast.Pos) error {
	if len(path) == 1 {
		e := fault(pos, "42703", "column %q does not exist", whole)
		if near := ast.Nearest(whole, sc.names("")); near != "" {
			return hint(e, "did you mean %q?", near)
		}
		return e
	}
	table, column := path[len(path)-2], path[len(path)-1]
	if sc.has(table) {
		e := fault(pos, "42703", "column %s does not exist", whole)
		if near := ast.Nearest(column, sc.names(table)); near != "" {
			return hint(e, "did you mean %q?", table+"."+near)
		}
		return e
	}
	e := fault(pos, "42P01", "missing FROM-clause entry for table %q", path[0])
	if near := ast.Nearest(path[0], sc.tables); near != "" {
		return hint(e, "did you mean %q?", near)
	}
	if len(sc.column(ident{name: path[0]})) == 0 {
		if near := ast.Nearest(path[0], sc.names("")); near != "" {
			return hint(e, "did you mean %q?", near+"."+strings.Join(path[1:], "."))
		}
	}
	return e
}

// field takes a struct's field by name.
func field(e plan.Expr, id ident, pos ast.Pos) (plan.Expr, error) {
	name := id.name
	t, ok := e.Type().(*arrow.StructType)
	if !ok {
		err := fault(pos, "42809", "column notation .%s applied to type %s, which has no fields", name, udf.TypeName(e.Type()))
		if l, ok := e.Type().(*arrow.ListType); ok && l.Elem().ID() == arrow.STRUCT {
			return nil, hint(err, "take an element first: (...)[1].%s, or unnest the list", name)
		}
		return nil, err
	}
	if i, ok := t.FieldIdx(name); ok {
		return &plan.Field{Arg: e, Index: i, At: pos}, nil
	}
	var names []string
	match := -1
	for i, f := range t.Fields() {
		names = append(names, f.Name)
		if id.is(f.Name, true) {
			if match >= 0 {
				return nil, hint(fault(pos, "42702", "field reference %q is ambiguous", name), "write the name in double quotes")
			}
			match = i
		}
	}
	if match >= 0 {
		return &plan.Field{Arg: e, Index: match, At: pos}, nil
	}
	err := fault(pos, "42703", "field %q does not exist in type %s", name, udf.TypeName(t))
	if near := ast.Nearest(name, names); near != "" {
		return nil, hint(err, "did you mean %q?", near)
	}
	return nil, err
}

// indirection binds what follows an expression: .field, [index] and [from:to].
func (s *binding) indirection(x *exprs, n *pg.A_Indirection) (plan.Expr, error) {
	e, err := s.expr(x, n.Arg)
	if err != nil {
		return nil, err
	}
	pos := s.where(n.Arg)
	for _, step := range n.Indirection {
		switch step := step.GetNode().(type) {
		case *pg.Node_String_:
			e, err = field(e, ident{name: step.String_.GetSval()}, pos)
		case *pg.Node_AIndices:
			e, err = s.subscript(x, e, step.AIndices, pos)
		default:
			return nil, missing(pos, "(...).* here", "name the fields")
		}
		if err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (s *binding) subscript(x *exprs, e plan.Expr, n *pg.A_Indices, pos ast.Pos) (plan.Expr, error) {
	if !n.IsSlice {
		index, err := s.expr(x, n.Uidx)
		if err != nil {
			return nil, err
		}
		if e.Type().ID() == arrow.STRUCT {
			if name, ok := index.(*unknown); ok {
				return field(e, ident{name: name.text, quoted: true}, pos)
			}
		}
		return s.apply("subscript", []plan.Expr{e, index}, pos)
	}
	bounds := []plan.Expr{null(arrow.Null, pos), null(arrow.Null, pos)}
	for i, bound := range []*pg.Node{n.Lidx, n.Uidx} {
		if bound != nil {
			var err error
			if bounds[i], err = s.expr(x, bound); err != nil {
				return nil, err
			}
		}
	}
	if n.Lidx == nil {
		bounds[0] = bigint(1, pos)
	}
	if n.Uidx == nil {
		bounds[1] = bigint(1<<62, pos)
	}
	return s.apply("list_slice", []plan.Expr{e, bounds[0], bounds[1]}, pos)
}
