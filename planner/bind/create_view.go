package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/temporary"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// createView binds CREATE [OR REPLACE] VIEW. What the query's names mean is settled now: tables get their schemas, and stars become the
// columns that there are, so that a column added later does not show.
func (s *binding) createView(n *pg.ViewStmt) (*Statement, error) {
	pos := s.pos(n.View.Location)
	switch {
	case n.View.Relpersistence == "t":
		return nil, missing(pos, "a temporary view", "use WITH in the query")
	case n.WithCheckOption > pg.ViewCheckOption_NO_CHECK_OPTION:
		return nil, missing(pos, "WITH CHECK OPTION", "rows are not inserted into views")
	case len(n.Options) > 0:
		return nil, missing(s.pos(n.Options[0].GetDefElem().GetLocation()), "an option of views", "leave WITH (...) out")
	case n.Query.GetSelectStmt() == nil:
		return nil, missing(s.where(n.Query), "a view of this statement", "use a SELECT")
	}
	name, err := s.newName(n.View)
	if err != nil {
		return nil, err
	}
	s.written = &writtenQuery{tables: map[*pg.RangeVar]catalog.Name{}, stars: map[*pg.ResTarget][]entry{}}
	q, err := s.query(n.Query.GetSelectStmt(), env{})
	if err != nil {
		return nil, err
	}
	def, err := s.viewDefinition(s.settle(q.node), n, pos)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(s.tables, func(t *table) bool { return t.name == name }) {
		return nil, fault(pos, "42P17", "infinite recursion: view %q would read itself", name.Table)
	}
	if slices.ContainsFunc(s.tables, func(t *table) bool { return t.name.Schema == temporary.Schema }) {
		return nil, missing(pos, "a view of temporary tables", "store their rows in a table of the lake")
	}
	replace, err := s.replacesView(name, def, n.Replace, pos)
	if err != nil {
		return nil, err
	}
	s.tables = nil // the statement reads none
	return &Statement{Tag: "CREATE VIEW", Command: plan.CreateView{Name: name, Definition: def, Replace: replace}}, nil
}

// viewDefinition is a bound query as a view.
func (s *binding) viewDefinition(node plan.Node, n *pg.ViewStmt, pos ast.Pos) (catalog.ViewDefinition, error) {
	var def catalog.ViewDefinition
	if len(s.params) > 0 {
		return def, fault(pos, "42P02", "a view cannot have parameters")
	}
	cols := node.Columns()
	if len(n.Aliases) > len(cols) {
		return def, fault(pos, "42601", "CREATE VIEW specifies more column names than columns")
	}
	fields := mapped(cols, func(c plan.Column) arrow.Field {
		f := arrow.Field{Name: c.Name, Type: c.Type, Nullable: c.Nullable}
		if c.Comment != "" {
			f.Metadata = arrow.MetadataFrom(map[string]string{catalog.CommentKey: c.Comment})
		}
		return f
	})
	for i, alias := range n.Aliases {
		fields[i].Name = alias.GetString_().GetSval()
	}
	if len(fields) == 0 {
		return def, missing(pos, "a view without columns", "select something")
	}
	if err := unambiguous(mapped(fields, func(f arrow.Field) string { return f.Name }), pos, "column"); err != nil {
		return def, hint(err.(*ast.Error), "give the columns of the query different names with AS")
	}
	s.written.apply(n.Query)
	text, err := parse.Query(n.Query)
	def = catalog.ViewDefinition{Schema: arrow.NewSchema(fields, nil), SQL: text, Default: s.schema()}
	return def, err
}

// replacesView tells whether there is a view of the name, which then must stay what its users know: its columns keep their places, names
// and types, and new ones come last.
func (s *binding) replacesView(name catalog.Name, def catalog.ViewDefinition, allowed bool, pos ast.Pos) (bool, error) {
	t, err := s.Catalog.Table(s.ctx, name)
	switch {
	case state(err) == "42P01":
		return false, nil
	case err != nil:
		return false, at(pos, err)
	case !allowed:
		return false, fault(pos, "42P07", "relation %q already exists", name.Table)
	case t.Kind() != "VIEW":
		return false, fault(pos, "42809", "%q is not a view", name.Table)
	}
	old, fields := t.Definition().Schema.Fields(), def.Schema.Fields()
	if len(fields) < len(old) {
		return false, hint(fault(pos, "42P16", "cannot drop columns from view"), "drop the view and create it again")
	}
	for i, f := range old {
		if f.Name != fields[i].Name {
			return false, fault(pos, "42P16", "cannot change name of view column %q to %q", f.Name, fields[i].Name)
		}
		if !arrow.TypeEqual(f.Type, fields[i].Type) {
			return false, fault(pos, "42P16", "cannot change data type of view column %q from %s to %s", f.Name, udf.TypeName(f.Type), udf.TypeName(fields[i].Type))
		}
	}
	return true, nil
}
