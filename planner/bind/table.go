package bind

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/temporary"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// A table is a table of the catalog, at the snapshot that the whole statement sees.
type table struct {
	catalog.Table
	name     catalog.Name
	snapshot catalog.Snapshot
}

// fromTable binds a name in FROM: a CTE or a table.
func (s *binding) fromTable(n *pg.RangeVar, e env) (plan.Node, *scope, error) {
	if n.Schemaname == "" {
		_, name := s.tableIdents(n)
		if cte := e.find(name); cte != nil {
			return s.fromCTE(cte, n)
		}
	}
	t, err := s.table(n)
	if err != nil {
		return nil, nil, err
	}
	s.written.noteTable(n, t.name)
	if v, ok := t.Table.(catalog.View); ok {
		return s.fromView(v, t, n)
	}
	if s.scans++; s.scans > maxScans {
		return nil, nil, fault(s.pos(n.Location), "54001", "statement too complex: it reads more than %d tables", maxScans)
	}
	alias, schema := t.name.Table, t.name.Schema
	if n.Alias != nil {
		alias, schema = n.Alias.Aliasname, ""
	}
	scan := s.scan(t, alias)
	node, sc, err := s.named(scan, n.Alias, alias, s.pos(n.Location))
	if err != nil {
		return nil, nil, err
	}
	for i := range sc.entries {
		sc.entries[i].schema = schema
	}
	return node, sc, nil
}

// scan reads all columns of a table.
func (s *binding) scan(t *table, alias string) *plan.Scan {
	scan := &plan.Scan{Table: plan.TableID{Name: t.name, Snapshot: t.snapshot.ID()}, Alias: alias, Source: t.snapshot.Schema(), Rows: -1}
	if rows, known := t.snapshot.Rows(); known {
		scan.Rows = rows
	}
	if bounder, ok := t.snapshot.(catalog.Bounder); ok {
		scan.Bounds = func(column int) (low, high int64, ok bool) { return bounder.Bounds(s.ctx, column) }
		scan.Summary = func(column int) (catalog.ColumnSummary, bool) { return bounder.Summary(s.ctx, column) }
		scan.Distinct = func(column int) (float64, bool) { return bounder.Distinct(s.ctx, column) }
	}
	for i, f := range scan.Source.Fields() {
		c := s.newColumn(f.Name, f.Type, f.Nullable)
		c.Table = alias
		if comment, ok := f.Metadata.GetValue(catalog.CommentKey); ok {
			c.Comment = comment
		}
		scan.All = append(scan.All, c)
		scan.Read = append(scan.Read, i)
	}
	return scan
}

// table finds and pins the table that a name means.
func (s *binding) table(n *pg.RangeVar) (*table, error) {
	pos := s.pos(n.Location)
	if n.Catalogname != "" && !strings.EqualFold(n.Catalogname, catalog.Database) {
		return nil, hint(fault(pos, "3D000", "database %q does not exist", n.Catalogname), "there is one: %s", catalog.Database)
	}
	schema, name := s.tableIdents(n)
	path := []ident{schema}
	if n.Schemaname == "" {
		path = mapped(s.searchPath(), func(name string) ident { return ident{name, true} })
	}
	for _, schema := range path {
		t, err := s.lookUp(schema, name, pos)
		if t != nil || (err != nil && state(err) != "3F000") {
			return t, err
		}
	}
	return nil, s.noTable(n, pos)
}

// searchPath is where a bare table name is looked up.
func (s *binding) searchPath() []string {
	path := []string{s.schema()}
	if s.Temporary {
		path = []string{temporary.Schema, s.schema()}
	}
	for _, more := range []string{catalog.DefaultSchema, catalog.Database} {
		if !slices.Contains(path, more) {
			path = append(path, more)
		}
	}
	return path
}

// schema is where a bare name is created.
func (s *binding) schema() string {
	if s.Schema == "" {
		return catalog.DefaultSchema
	}
	return s.Schema
}

// lookUp finds a table in a schema: exactly, or the only one whose name is the same but for letter case. It is nil without
// one.
func (s *binding) lookUp(schema, name ident, pos ast.Pos) (*table, error) {
	found := catalog.Name{Schema: schema.name, Table: name.name}
	t, err := s.Catalog.Table(s.ctx, found)
	switch state(err) {
	case "42P01":
		if found.Table, err = s.otherCase(schema.name, name, pos); err != nil || found.Table == "" {
			return nil, err
		}
		t, err = s.Catalog.Table(s.ctx, found)
	case "3F000":
		if schema.quoted {
			return nil, at(pos, err)
		}
		other, caseErr := s.schemaOfOtherCase(schema.name)
		if caseErr != nil || other == "" {
			return nil, firstError(caseErr, at(pos, err))
		}
		return s.lookUp(ident{other, true}, name, pos)
	}
	if err != nil {
		return nil, at(pos, err)
	}
	return s.pin(t, found), nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// pin makes sure that a statement sees one snapshot of a table, however often it names it.
func (s *binding) pin(t catalog.Table, name catalog.Name) *table {
	for _, have := range s.tables {
		if have.name == name {
			return have
		}
	}
	pinned := &table{Table: t, name: name, snapshot: t.Current()}
	s.tables = append(s.tables, pinned)
	return pinned
}

// otherCase is the only table of a schema whose name matches letter case aside.
func (s *binding) otherCase(schema string, name ident, pos ast.Pos) (string, error) {
	names, err := s.Catalog.Tables(s.ctx, schema)
	if err != nil {
		return "", at(pos, err)
	}
	found := ""
	for _, n := range names {
		if !name.is(n, true) {
			continue
		}
		if found != "" {
			return "", hint(fault(pos, "42702", "table reference %q is ambiguous", name.name), "write the name in double quotes: %q or %q", found, n)
		}
		found = n
	}
	return found, nil
}

func (s *binding) schemaOfOtherCase(name string) (string, error) {
	schemas, err := s.Catalog.Schemas(s.ctx)
	if err != nil {
		return "", err
	}
	for _, schema := range schemas {
		if schema.Name != name && strings.EqualFold(schema.Name, name) {
			return schema.Name, nil
		}
	}
	return "", nil
}

// noTable says that there is no such table, and what was perhaps meant.
func (s *binding) noTable(n *pg.RangeVar, pos ast.Pos) error {
	full := n.Relname
	schemas := s.searchPath()
	if n.Schemaname != "" {
		full = n.Schemaname + "." + n.Relname
		schemas = []string{n.Schemaname}
	}
	e := fault(pos, "42P01", "table %q does not exist", full)
	if isPostgresCatalog(n) {
		return hint(e, "PostgreSQL's own catalog is not here: use information_schema")
	}
	var names []string
	for _, schema := range schemas {
		tables, err := s.Catalog.Tables(s.ctx, schema)
		if err != nil {
			continue // the schemas of the search path need not exist
		}
		names = append(names, tables...)
	}
	if n.Schemaname != "" && names == nil && !s.hasSchema(n.Schemaname) {
		return hint(e, "there is no schema %q: SHOW SCHEMAS lists those there are", n.Schemaname)
	}
	if near := ast.Nearest(n.Relname, names); near != "" {
		if n.Schemaname != "" {
			near = n.Schemaname + "." + near
		}
		return hint(e, "did you mean %q?", near)
	}
	if other := s.elsewhere(n.Relname); other != "" {
		return hint(e, "did you mean %q?", other)
	}
	return hint(e, "SHOW TABLES lists the tables there are")
}

func isPostgresCatalog(n *pg.RangeVar) bool {
	return strings.EqualFold(n.Schemaname, "pg_catalog") || n.Schemaname == "" && strings.HasPrefix(n.Relname, "pg_")
}

// elsewhere finds a table of that name in another schema.
func (s *binding) elsewhere(name string) string {
	schemas, err := s.Catalog.Schemas(s.ctx)
	if err != nil {
		return ""
	}
	for _, schema := range schemas {
		tables, err := s.Catalog.Tables(s.ctx, schema.Name)
		if err != nil {
			continue
		}
		for _, t := range tables {
			if strings.EqualFold(t, name) {
				return schema.Name + "." + t
			}
		}
	}
	return ""
}
