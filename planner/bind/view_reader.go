package bind

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// A viewReader is a view that reads a table, with the tree of its query.
type viewReader struct {
	name  catalog.Name
	def   catalog.ViewDefinition
	query *pg.Node
}

// viewReaders are the views that name a table.
func (s *binding) viewReaders(of catalog.Name) ([]viewReader, error) {
	all, err := s.readers()
	if err != nil {
		return nil, err
	}
	var out []viewReader
	for _, name := range all[of] {
		t, err := s.Catalog.Table(s.ctx, name)
		if err != nil {
			return nil, err
		}
		v, ok := t.(catalog.View)
		if !ok {
			continue
		}
		def, err := v.View()
		if err != nil {
			return nil, err
		}
		stmt, err := parse.Parse(def.SQL)
		if err != nil {
			return nil, err
		}
		out = append(out, viewReader{name, def, stmt.Node})
	}
	return out, nil
}

// uses tells whether a view's query may use a column of that name: it is named there, or tables are joined by all columns that they
// have in common.
func (r viewReader) uses(column string) bool {
	found := false
	named := func(n *pg.Node) { found = found || strings.EqualFold(n.GetString_().GetSval(), column) }
	eachNode(r.query.ProtoReflect(), func(m proto.Message) {
		switch m := m.(type) {
		case *pg.ColumnRef:
			for _, part := range m.Fields {
				named(part)
				found = found || part.GetAStar() != nil
			}
		case *pg.JoinExpr:
			for _, n := range m.UsingClause {
				named(n)
			}
			found = found || m.IsNatural
		}
	})
	return found
}

// columnReaders are the views that use a column of a table.
func (s *binding) columnReaders(of catalog.Name, column string) ([]catalog.Name, error) {
	readers, err := s.viewReaders(of)
	var out []catalog.Name
	for _, r := range readers {
		if r.uses(column) {
			out = append(out, r.name)
		}
	}
	return out, err
}

// notInView refuses a change of a column that a view uses.
func (s *binding) notInView(of catalog.Name, column, what string, pos ast.Pos) error {
	readers, err := s.columnReaders(of, column)
	if err != nil || len(readers) == 0 {
		return err
	}
	return hint(fault(pos, "0A000", "cannot %s of a column used by a view: %q", what, readers[0]), "drop the view, and create it again afterwards")
}

// renamedInViews are the views that read a table, reading it under its new name. What they call it themselves stays.
func (s *binding) renamedInViews(from, to catalog.Name) ([]plan.CreateView, error) {
	readers, err := s.viewReaders(from)
	if err != nil {
		return nil, err
	}
	var out []plan.CreateView
	for _, r := range readers {
		eachNode(r.query.ProtoReflect(), func(m proto.Message) {
			switch m := m.(type) {
			case *pg.RangeVar:
				if m.Schemaname == from.Schema && m.Relname == from.Table {
					if m.Alias == nil {
						m.Alias = &pg.Alias{Aliasname: from.Table}
					}
					m.Schemaname, m.Relname = to.Schema, to.Table
				}
			case *pg.ColumnRef: // schema.table.column: aliases have no schemas
				if len(m.Fields) > 2 && m.Fields[0].GetString_().GetSval() == from.Schema && m.Fields[1].GetString_().GetSval() == from.Table {
					m.Fields = m.Fields[1:]
				}
			}
		})
		def := r.def
		if def.SQL, err = parse.Query(r.query); err != nil {
			return nil, fmt.Errorf("view %s: %w", r.name, err)
		}
		out = append(out, plan.CreateView{Name: r.name, Definition: def, Replace: true})
	}
	return out, nil
}
