package bind

import (
	"maps"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/temporary"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

func (s *binding) createSchema(n *pg.CreateSchemaStmt) (*Statement, error) {
	if len(n.SchemaElts) > 0 {
		return nil, missing(s.where(n.SchemaElts[0]), "CREATE SCHEMA with tables in it", "create the tables afterwards")
	}
	if n.Authrole != nil {
		return nil, missing(s.pos(n.Authrole.Location), "AUTHORIZATION", "leave it out: there are no users yet")
	}
	return &Statement{Tag: "CREATE SCHEMA", Command: plan.CreateSchema{Name: n.Schemaname, IfNotExists: n.IfNotExists}}, nil
}

// newName is the name of a table that is to be made.
func (s *binding) newName(n *pg.RangeVar) (catalog.Name, error) {
	pos := s.pos(n.Location)
	if n.Relpersistence == "t" || n.Schemaname == temporary.Schema {
		if n.Schemaname != "" && n.Schemaname != temporary.Schema {
			return catalog.Name{}, fault(pos, "42P16", "cannot create temporary relation in non-temporary schema")
		}
		return catalog.Name{Schema: temporary.Schema, Table: n.Relname}, nil
	}
	if n.Catalogname != "" && !strings.EqualFold(n.Catalogname, catalog.Database) {
		return catalog.Name{}, hint(fault(pos, "3D000", "database %q does not exist", n.Catalogname), "there is one: %s", catalog.Database)
	}
	name := catalog.Name{Schema: n.Schemaname, Table: n.Relname}
	if name.Schema == "" {
		name.Schema = s.schema()
		return name, nil
	}
	schemas, err := s.Catalog.Schemas(s.ctx)
	if err != nil {
		return name, at(pos, err)
	}
	if slices.ContainsFunc(schemas, func(c catalog.Schema) bool { return c.Name == name.Schema }) {
		return name, nil
	}
	if other, err := s.schemaOfOtherCase(name.Schema); err != nil || other != "" {
		name.Schema = other
		return name, err
	}
	e := fault(pos, "3F000", "schema %q does not exist", name.Schema)
	if near := ast.Nearest(name.Schema, mapped(schemas, func(c catalog.Schema) string { return c.Name })); near != "" {
		return name, hint(e, "did you mean %q?", near)
	}
	return name, hint(e, "CREATE SCHEMA %s", name.Schema)
}

func (s *binding) createTable(n *pg.CreateStmt) (*Statement, error) {
	name, err := s.newName(n.Relation)
	if err != nil {
		return nil, err
	}
	pos := s.pos(n.Relation.Location)
	switch {
	case len(n.InhRelations) > 0:
		return nil, missing(pos, "INHERITS", "list all columns")
	case n.Partspec != nil || n.Partbound != nil:
		return nil, missing(pos, "PARTITION BY", "write PARTITIONED BY (column, day(column), bucket(16, column)), or leave it out: files, row groups and pages are skipped by their statistics")
	case n.Oncommit > pg.OnCommitAction_ONCOMMIT_PRESERVE_ROWS:
		return nil, missing(pos, "ON COMMIT", "every statement commits on its own: temporary tables last as long as the session")
	case n.OfTypename != nil:
		return nil, missing(pos, "CREATE TABLE OF", "list the columns")
	}
	d := &definition{binding: s, table: name, properties: map[string]string{}}
	for _, element := range n.TableElts {
		if err := d.add(element); err != nil {
			return nil, err
		}
	}
	if len(d.fields) == 0 {
		return nil, missing(pos, "a table without columns", "list the columns")
	}
	if err := d.finish(pos); err != nil {
		return nil, err
	}
	partitioning, options, err := s.partitioning(n.Options, name, d.fields)
	if err != nil {
		return nil, err
	}
	stated, err := s.properties(options)
	if err != nil {
		return nil, err
	}
	maps.Copy(d.properties, stated)
	def := catalog.Definition{Schema: arrow.NewSchema(d.fields, nil), Keys: d.keys, Properties: d.properties, Partitioning: partitioning}
	cmd := plan.CreateTable{Name: name, Definition: def, IfNotExists: n.IfNotExists}
	for _, key := range d.keys {
		cmd.Notices = append(cmd.Notices, notEnforced(key))
	}
	return &Statement{Tag: "CREATE TABLE", Command: cmd}, nil
}

// properties binds WITH (name = value, ...).
func (s *binding) properties(options []*pg.Node) (map[string]string, error) {
	var out map[string]string
	for _, o := range options {
		def := o.GetDefElem()
		name := def.Defname
		if def.Defnamespace != "" {
			name = def.Defnamespace + "." + name
		}
		value, ok := optionText(def.Arg)
		if !ok {
			return nil, fault(s.pos(def.Location), "22023", "table property %q needs a value", name)
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = value
	}
	return out, nil
}
