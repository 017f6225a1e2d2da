package bind

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

func (s *binding) createSchema(n *pg.CreateSchemaStmt) (*Statement, error) {
	if len(n.SchemaElts) > 0 {
		return nil, missing(s.where(n.SchemaElts[0]), "CREATE SCHEMA with tables in it", "create the tables afterwards")
	}
	if n.Authrole != nil {
		return nil, missing(s.pos(n.Authrole.Location), "AUTHORIZATION", "")
	}
	return &Statement{Tag: "CREATE SCHEMA", Command: plan.CreateSchema{Name: n.Schemaname, IfNotExists: n.IfNotExists}}, nil
}

// newName is the name of a table that is to be made.
func (s *binding) newName(n *pg.RangeVar) (catalog.Name, error) {
	pos := s.pos(n.Location)
	if n.Relpersistence == "t" {
		return catalog.Name{}, missing(pos, "a temporary table", "create it in a schema of its own and drop it afterwards")
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
		return nil, missing(pos, "INHERITS", "")
	case n.Partspec != nil || n.Partbound != nil:
		return nil, missing(pos, "PARTITION BY", "")
	case n.OfTypename != nil:
		return nil, missing(pos, "CREATE TABLE OF", "list the columns")
	}
	d := &definition{binding: s, table: name}
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
	if d.properties, err = s.properties(n.Options); err != nil {
		return nil, err
	}
	def := catalog.Definition{Schema: arrow.NewSchema(d.fields, nil), Keys: d.keys, Properties: d.properties}
	return &Statement{Tag: "CREATE TABLE", Command: plan.CreateTable{Name: name, Definition: def, IfNotExists: n.IfNotExists}}, nil
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

// A definition is a table's definition while it is read.
type definition struct {
	*binding
	table      catalog.Name
	fields     []arrow.Field
	keys       []catalog.Key
	keysAt     []ast.Pos
	properties map[string]string
}

func (d *definition) add(element *pg.Node) error {
	switch e := element.GetNode().(type) {
	case *pg.Node_ColumnDef:
		return d.column(e.ColumnDef)
	case *pg.Node_Constraint:
		names := func(ns []*pg.Node) []string {
			return mapped(ns, func(n *pg.Node) string { return n.GetString_().GetSval() })
		}
		columns := names(e.Constraint.Keys)
		if e.Constraint.Contype == pg.ConstrType_CONSTR_FOREIGN {
			columns = names(e.Constraint.FkAttrs)
		}
		return d.constraint(e.Constraint, columns)
	case *pg.Node_TableLikeClause:
		return missing(d.pos(e.TableLikeClause.Relation.GetLocation()), "LIKE", "use CREATE TABLE ... AS SELECT * FROM t LIMIT 0")
	}
	return missing(d.where(element), "this table element", "")
}

func (d *definition) column(n *pg.ColumnDef) error {
	pos := d.pos(n.Location)
	t, err := d.typeName(n.TypeName)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(d.fields, func(f arrow.Field) bool { return f.Name == n.Colname }) {
		return fault(pos, "42701", "column %q specified more than once", n.Colname)
	}
	if n.CollClause != nil {
		return missing(d.pos(n.CollClause.Location), "COLLATE", "text sorts by its bytes")
	}
	d.fields = append(d.fields, arrow.Field{Name: n.Colname, Type: t, Nullable: true})
	for _, c := range n.Constraints {
		if err := d.constraint(c.GetConstraint(), []string{n.Colname}); err != nil {
			return err
		}
	}
	return nil
}

func (d *definition) constraint(n *pg.Constraint, columns []string) error {
	pos := d.pos(n.Location)
	key := catalog.Key{Name: n.Conname, Columns: columns}
	switch n.Contype {
	case pg.ConstrType_CONSTR_NULL:
		return nil
	case pg.ConstrType_CONSTR_NOTNULL:
		d.fields[len(d.fields)-1].Nullable = false
		return nil
	case pg.ConstrType_CONSTR_PRIMARY:
		if slices.ContainsFunc(d.keys, func(k catalog.Key) bool { return k.Kind == catalog.PrimaryKey }) {
			return fault(pos, "42P16", "multiple primary keys for table %q are not allowed", d.table.Table)
		}
		key.Kind = catalog.PrimaryKey
	case pg.ConstrType_CONSTR_UNIQUE:
		key.Kind = catalog.UniqueKey
	case pg.ConstrType_CONSTR_FOREIGN:
		key.Kind = catalog.ForeignKey
		if err := d.references(n, &key); err != nil {
			return err
		}
	case pg.ConstrType_CONSTR_DEFAULT:
		return missing(pos, "DEFAULT", "columns left out of an INSERT become NULL")
	case pg.ConstrType_CONSTR_CHECK:
		return missing(pos, "CHECK", "check the rows before they are inserted")
	case pg.ConstrType_CONSTR_IDENTITY, pg.ConstrType_CONSTR_GENERATED:
		return missing(pos, "GENERATED", "compute the column when rows are inserted")
	default:
		return missing(pos, "this constraint", "")
	}
	d.keys, d.keysAt = append(d.keys, key), append(d.keysAt, pos)
	return nil
}

// references fills in what a foreign key refers to: the table's primary key if no columns are named.
func (d *definition) references(n *pg.Constraint, key *catalog.Key) error {
	pos := d.pos(n.Pktable.Location)
	key.RefColumns = mapped(n.PkAttrs, func(n *pg.Node) string { return n.GetString_().GetSval() })
	if n.Pktable.Schemaname == "" && n.Pktable.Relname == d.table.Table {
		key.References = d.table
		return nil
	}
	t, err := d.binding.table(n.Pktable)
	if err != nil {
		return err
	}
	key.References = t.name
	if len(key.RefColumns) == 0 {
		for _, k := range t.Definition().Keys {
			if k.Kind == catalog.PrimaryKey {
				key.RefColumns = k.Columns
			}
		}
		if len(key.RefColumns) == 0 {
			return fault(pos, "42704", "there is no primary key for referenced table %q", t.name.Table)
		}
	}
	for i, name := range key.RefColumns {
		at, err := fieldNamed(t.Definition().Schema.Fields(), ident{name: name}, pos)
		if err != nil {
			return err
		}
		key.RefColumns[i] = t.Definition().Schema.Field(at).Name
	}
	if len(key.RefColumns) != len(key.Columns) {
		return fault(pos, "42830", "number of referencing and referenced columns for foreign key disagree")
	}
	return nil
}

// finish resolves the keys' columns, names keys that have no name as PostgreSQL does, and makes primary keys NOT NULL.
func (d *definition) finish(pos ast.Pos) error {
	for i := range d.keys {
		key := &d.keys[i]
		if key.Kind == catalog.ForeignKey && key.References == d.table && len(key.RefColumns) == 0 {
			for _, k := range d.keys {
				if k.Kind == catalog.PrimaryKey {
					key.RefColumns = k.Columns
				}
			}
			if len(key.RefColumns) != len(key.Columns) {
				return fault(d.keysAt[i], "42704", "there is no primary key for referenced table %q", d.table.Table)
			}
		}
		if err := unambiguous(key.Columns, d.keysAt[i], "column"); err != nil {
			return err
		}
		key.Columns = slices.Clone(key.Columns)
		for c, name := range key.Columns {
			at, err := fieldNamed(d.fields, ident{name: name}, d.keysAt[i])
			if err != nil {
				return err
			}
			key.Columns[c] = d.fields[at].Name
			if key.Kind == catalog.PrimaryKey {
				d.fields[at].Nullable = false
			}
		}
		if key.Name == "" {
			key.Name = d.keyName(*key)
		}
	}
	return nil
}

func (d *definition) keyName(k catalog.Key) string {
	columns := strings.Join(k.Columns, "_")
	base := map[catalog.KeyKind]string{
		catalog.PrimaryKey: d.table.Table + "_pkey",
		catalog.UniqueKey:  d.table.Table + "_" + columns + "_key",
		catalog.ForeignKey: d.table.Table + "_" + columns + "_fkey",
	}[k.Kind]
	name := base
	for n := 1; slices.ContainsFunc(d.keys, func(k catalog.Key) bool { return k.Name == name }); n++ {
		name = fmt.Sprintf("%s%d", base, n)
	}
	return name
}

// createTableAs binds CREATE TABLE AS: a plan that ends in a write to a table that does not exist yet.
func (s *binding) createTableAs(n *pg.CreateTableAsStmt) (*Statement, error) {
	pos := s.pos(n.Into.Rel.Location)
	if n.Objtype != pg.ObjectType_OBJECT_TABLE {
		return nil, missing(pos, "CREATE MATERIALIZED VIEW", "use CREATE TABLE ... AS")
	}
	if n.IsSelectInto {
		return nil, missing(pos, "SELECT INTO", "use CREATE TABLE ... AS SELECT")
	}
	sel := n.Query.GetSelectStmt()
	if sel == nil {
		return nil, missing(pos, "CREATE TABLE AS of this statement", "use a SELECT")
	}
	name, err := s.newName(n.Into.Rel)
	if err != nil {
		return nil, err
	}
	if err := s.mustBeNew(name, pos); err != nil {
		if n.IfNotExists && state(err) == "42P07" {
			return &Statement{Tag: "CREATE TABLE AS", Command: plan.Nothing{Notice: fmt.Sprintf("table %q already exists, skipping", name)}}, nil
		}
		return nil, err
	}
	q, err := s.query(sel, env{})
	if err != nil {
		return nil, err
	}
	node := s.settle(q.node)
	if n.Into.SkipData {
		node = &plan.Limit{Input: node, Count: bigint(0, pos)}
	}
	schema, err := s.tableSchema(node, n.Into.ColNames, pos)
	if err != nil {
		return nil, err
	}
	write := &plan.Write{Input: node, Table: name, Create: schema, IfNot: n.IfNotExists, Count: s.newColumn("count", arrow.PrimitiveTypes.Int64, false)}
	return &Statement{Tag: "CREATE TABLE AS", Plan: write}, nil
}

func (s *binding) mustBeNew(name catalog.Name, pos ast.Pos) error {
	_, err := s.Catalog.Table(s.ctx, name)
	switch state(err) {
	case "42P01":
		return nil
	case "":
		if err != nil {
			return err
		}
		return fault(pos, "42P07", "table %q already exists", name)
	}
	return at(pos, err)
}

// tableSchema is the schema of a table that holds a query's rows.
func (s *binding) tableSchema(node plan.Node, aliases []*pg.Node, pos ast.Pos) (*arrow.Schema, error) {
	cols := node.Columns()
	if len(aliases) > len(cols) {
		return nil, fault(pos, "42601", "too many column names were specified")
	}
	var fields []arrow.Field
	for i, c := range cols {
		name := c.Name
		if i < len(aliases) {
			name = aliases[i].GetString_().GetSval()
		}
		if c.Type.ID() == arrow.INTERVAL_MONTH_DAY_NANO {
			return nil, hint(fault(pos, "0A000", "column %q has type %s, which tables cannot store", name, udf.TypeName(c.Type)), "cast it to text")
		}
		f := arrow.Field{Name: name, Type: c.Type, Nullable: true}
		if c.Comment != "" {
			f.Metadata = arrow.MetadataFrom(map[string]string{catalog.CommentKey: c.Comment})
		}
		fields = append(fields, f)
	}
	if err := unambiguous(mapped(fields, func(f arrow.Field) string { return f.Name }), pos, "column"); err != nil {
		return nil, hint(err.(*ast.Error), "give the columns of the query different names with AS")
	}
	return arrow.NewSchema(fields, nil), nil
}
