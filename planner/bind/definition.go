package bind

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
)

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
	return missing(d.where(element), "this table element", "leave it out: a table has columns, PRIMARY KEY, UNIQUE and FOREIGN KEY")
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
	if length, ok, err := d.textLength(n.TypeName); err != nil {
		return err
	} else if ok {
		d.properties[catalog.LengthProperty(n.Colname)] = strconv.Itoa(length)
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
		text, _, err := d.defaultText(n.RawExpr, d.fields[len(d.fields)-1])
		if err == nil && text != "" {
			f := &d.fields[len(d.fields)-1]
			f.Metadata = arrow.NewMetadata(append(f.Metadata.Keys(), catalog.DefaultKey), append(f.Metadata.Values(), text))
		}
		return err
	case pg.ConstrType_CONSTR_CHECK:
		return missing(pos, "CHECK", "check the rows before they are inserted")
	case pg.ConstrType_CONSTR_IDENTITY, pg.ConstrType_CONSTR_GENERATED:
		return missing(pos, "GENERATED", "compute the column when rows are inserted")
	default:
		return missing(pos, "this constraint", "leave it out: there are NOT NULL, DEFAULT, PRIMARY KEY, UNIQUE and REFERENCES")
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
	return mustBeKey(t.Definition().Keys, key.RefColumns, t.name, pos)
}

// mustBeKey refuses columns that no primary or unique key of the table is over.
func mustBeKey(keys []catalog.Key, columns []string, of catalog.Name, pos ast.Pos) error {
	for _, k := range keys {
		if k.Kind != catalog.ForeignKey && sameNames(k.Columns, columns) {
			return nil
		}
	}
	return hint(fault(pos, "42830", "there is no unique constraint matching given keys for referenced table %q", of.Table),
		"ALTER TABLE %s ADD UNIQUE (%s)", of.Table, strings.Join(columns, ", "))
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
	for i, key := range d.keys {
		if key.Kind == catalog.ForeignKey && key.References == d.table {
			if err := mustBeKey(d.keys, key.RefColumns, d.table, d.keysAt[i]); err != nil {
				return err
			}
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
