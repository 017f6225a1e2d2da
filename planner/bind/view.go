package bind

import (
	"errors"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// fromView binds a use of a view: its query stands in its place, so that the optimizer sees through it, with the columns that the view had
// when it was created.
func (s *binding) fromView(v catalog.View, t *table, n *pg.RangeVar) (plan.Node, *scope, error) {
	pos := s.pos(n.Location)
	if s.scans++; s.scans > maxScans {
		return nil, nil, fault(pos, "54001", "statement too complex: it reads more than %d tables", maxScans)
	}
	if slices.Contains(s.views, t.name) {
		return nil, nil, fault(pos, "42P17", "infinite recursion: view %q reads itself", t.name)
	}
	s.views = append(s.views, t.name)
	defer func() { s.views = s.views[:len(s.views)-1] }()
	def, err := v.View()
	if err != nil {
		return nil, nil, at(pos, err)
	}
	node, err := s.viewQuery(def)
	if err != nil {
		return nil, nil, inView(t.name, pos, err)
	}
	fields := def.Schema.Fields()
	if len(node.Columns()) != len(fields) {
		return nil, nil, hint(fault(pos, "55000", "view %q has %d columns, but its query now has %d", t.name, len(fields), len(node.Columns())), "create it anew")
	}
	types := mapped(fields, func(f arrow.Field) arrow.DataType { return f.Type })
	if node, err = s.castColumns(node, types, udf.Assignment); err != nil {
		return nil, nil, inView(t.name, pos, err)
	}
	cols := slices.Clone(node.Columns())
	for i, f := range fields {
		cols[i].Name, cols[i].Table = f.Name, t.name.Table
		cols[i].Comment, _ = f.Metadata.GetValue(catalog.CommentKey)
	}
	if n.Alias != nil {
		if len(n.Alias.Colnames) > len(cols) {
			return nil, nil, fault(pos, "42P10", "table %q has %d columns available but %d columns specified", n.Alias.Aliasname, len(cols), len(n.Alias.Colnames))
		}
		return node, aliased(cols, n.Alias), nil
	}
	return node, newScope(t.name.Schema, t.name.Table, cols), nil
}

// viewQuery binds a view's query where it was written: in the schema that was its author's.
func (s *binding) viewQuery(def catalog.ViewDefinition) (plan.Node, error) {
	stmt, err := parse.Parse(def.SQL)
	if err != nil {
		return nil, err
	}
	sel := stmt.Node.GetSelectStmt()
	if sel == nil {
		return nil, errors.New("it is no query: " + def.SQL)
	}
	outer, written, arguments, names := s.Binder, s.written, s.arguments, s.argumentScope
	there := *outer
	there.Schema = def.Default
	s.Binder, s.written, s.arguments, s.argumentScope = &there, nil, nil, nil
	defer func() { s.Binder, s.written, s.arguments, s.argumentScope = outer, written, arguments, names }()
	var node plan.Node
	err = s.within(stmt, func() error {
		q, err := s.query(sel, env{})
		if err == nil {
			node = s.settle(q.node)
		}
		return err
	})
	return node, err
}

// inView says that an error is in a view's query, and places it where the statement names the view.
func inView(name catalog.Name, pos ast.Pos, err error) error {
	var placed *ast.Error
	if !errors.As(err, &placed) {
		return err
	}
	moved := *placed
	moved.Pos, moved.Msg = pos, "view "+name.String()+": "+placed.Msg
	switch placed.State {
	case "42P01", "42703", "42883", "3F000":
		moved.Hint = "what the view reads has changed since it was created: create it anew, or drop it"
	}
	return &moved
}

// dropView binds DROP VIEW. Views that read those that go are in the way, or go too under CASCADE.
func (s *binding) dropView(n *pg.DropStmt) (*Statement, error) {
	cmd := plan.DropView{IfExists: n.MissingOk}
	for _, o := range n.Objects {
		ref, err := s.rangeVar(o.GetList().GetItems())
		if err != nil {
			return nil, err
		}
		pinned := s.tables
		t, err := s.table(ref)
		s.tables = pinned
		name := catalog.Name{Schema: ref.Schemaname, Table: ref.Relname}
		switch {
		case n.MissingOk && (state(err) == "42P01" || state(err) == "3F000"), state(err) == "58P01", state(err) == "XX001":
			if name.Schema == "" {
				name.Schema = s.schema()
			}
		case err != nil:
			return nil, err
		case t.Kind() != "VIEW":
			return nil, hint(fault(s.pos(ref.Location), "42809", "%q is not a view", ref.Relname), "use DROP TABLE to remove a table")
		default:
			name = t.name
		}
		cmd.Names = append(cmd.Names, name)
	}
	var err error
	cmd.Then, err = s.viewsInTheWay(cmd.Names, "view", n.Behavior, s.pos(0))
	return &Statement{Tag: "DROP VIEW", Command: cmd}, err
}

// viewsInTheWay are the views that read tables or views which are to go, directly or through others: an error, unless they go too.
func (s *binding) viewsInTheWay(going []catalog.Name, kind string, behavior pg.DropBehavior, pos ast.Pos) ([]catalog.Name, error) {
	readers, err := s.readers()
	if err != nil {
		return nil, err
	}
	var more []catalog.Name
	for i := 0; i < len(going)+len(more); i++ {
		gone := append(going[:len(going):len(going)], more...)[i]
		for _, reader := range readers[gone] {
			if slices.Contains(going, reader) || slices.Contains(more, reader) {
				continue
			}
			if behavior != pg.DropBehavior_DROP_CASCADE {
				return nil, hint(fault(pos, "2BP01", "cannot drop %s %q because view %q depends on it", kind, gone.Table, reader), "use DROP ... CASCADE to drop the dependent objects too")
			}
			more = append(more, reader)
		}
	}
	return more, nil
}

// readers are, for each table and view, the views that read it. Views that cannot be read themselves are in nobody's way.
func (s *binding) readers() (map[catalog.Name][]catalog.Name, error) {
	viewer, ok := s.Catalog.(catalog.Viewer)
	if !ok {
		return nil, nil
	}
	schemas, err := s.Catalog.Schemas(s.ctx)
	if err != nil {
		return nil, err
	}
	out := map[catalog.Name][]catalog.Name{}
	for _, schema := range schemas {
		names, err := viewer.Views(s.ctx, schema.Name)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			reader := catalog.Name{Schema: schema.Name, Table: name}
			for _, read := range s.readBy(reader) {
				out[read] = append(out[read], reader)
			}
		}
	}
	return out, nil
}

// readBy are the tables and views that a view names, each once.
func (s *binding) readBy(view catalog.Name) []catalog.Name {
	t, err := s.Catalog.Table(s.ctx, view)
	if err != nil {
		return nil
	}
	v, ok := t.(catalog.View)
	if !ok {
		return nil
	}
	def, err := v.View()
	if err != nil {
		return nil
	}
	stmt, err := parse.Parse(def.SQL)
	if err != nil {
		return nil
	}
	var out []catalog.Name
	eachNode(stmt.Node.ProtoReflect(), func(m proto.Message) {
		if ref, ok := m.(*pg.RangeVar); ok {
			name := catalog.Name{Schema: ref.Schemaname, Table: ref.Relname}
			if name.Schema != "" && !slices.Contains(out, name) { // those without are queries of WITH
				out = append(out, name)
			}
		}
	})
	return out
}
