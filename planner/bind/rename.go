package bind

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// rename binds ALTER TABLE ... RENAME of a table, a column or a constraint.
func (s *binding) rename(n *pg.RenameStmt) (*Statement, error) {
	kind := n.RenameType
	if kind != pg.ObjectType_OBJECT_TABLE && kind != pg.ObjectType_OBJECT_TABCONSTRAINT &&
		!(kind == pg.ObjectType_OBJECT_COLUMN && n.RelationType == pg.ObjectType_OBJECT_TABLE) {
		return nil, s.unsupported(&pg.Node_RenameStmt{RenameStmt: n})
	}
	t, skipped, err := s.altered(n.Relation, n.MissingOk)
	if err != nil || skipped != nil {
		return skipped, err
	}
	if kind == pg.ObjectType_OBJECT_TABLE {
		return s.renameTable(t.name, catalog.Name{Schema: t.name.Schema, Table: n.Newname})
	}
	d := newDefinition(s, t)
	cmd := plan.AlterTable{Table: t.name}
	pos := s.pos(s.stmt.Find(n.Newname))
	if kind == pg.ObjectType_OBJECT_TABCONSTRAINT {
		if !slices.ContainsFunc(d.keys, func(k catalog.Key) bool { return k.Name == n.Subname }) {
			return nil, fault(s.pos(s.stmt.Find(n.Subname)), "42704", "constraint %q for table %q does not exist", n.Subname, t.name.Table)
		}
		if slices.ContainsFunc(d.keys, func(k catalog.Key) bool { return k.Name == n.Newname }) {
			return nil, fault(pos, "42710", "constraint %q for relation %q already exists", n.Newname, t.name.Table)
		}
		cmd.Steps = []catalog.Alteration{catalog.RenameKey{Name: n.Subname, To: n.Newname}}
		return &Statement{Tag: "ALTER TABLE", Command: cmd}, nil
	}
	at, err := d.fieldNamed(n.Subname)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(d.fields, func(f arrow.Field) bool { return f.Name == n.Newname }) {
		return nil, fault(pos, "42701", "column %q of relation %q already exists", n.Newname, t.name.Table)
	}
	from := d.fields[at].Name
	if err := s.notInView(t.name, from, "change the name", pos); err != nil {
		return nil, err
	}
	follow := catalog.FollowColumn{Table: t.name, From: from, To: n.Newname}
	cmd.Steps = []catalog.Alteration{catalog.RenameColumn{Column: from, To: n.Newname}, follow}
	if cmd.Then, err = s.followers(t.name, follow); err != nil {
		return nil, err
	}
	return &Statement{Tag: "ALTER TABLE", Command: cmd}, nil
}

// setSchema binds ALTER TABLE ... SET SCHEMA.
func (s *binding) setSchema(n *pg.AlterObjectSchemaStmt) (*Statement, error) {
	if n.ObjectType != pg.ObjectType_OBJECT_TABLE {
		return nil, s.unsupported(&pg.Node_AlterObjectSchemaStmt{AlterObjectSchemaStmt: n})
	}
	t, skipped, err := s.altered(n.Relation, n.MissingOk)
	if err != nil || skipped != nil {
		return skipped, err
	}
	if !s.hasSchema(n.Newschema) {
		return nil, fault(s.pos(s.stmt.Find(n.Newschema)), "3F000", "schema %q does not exist", n.Newschema)
	}
	to := catalog.Name{Schema: n.Newschema, Table: t.name.Table}
	if to == t.name {
		return &Statement{Tag: "ALTER TABLE", Command: plan.Nothing{Notice: fmt.Sprintf("table %q is in schema %q already", t.name.Table, n.Newschema)}}, nil
	}
	return s.renameTable(t.name, to)
}

func (s *binding) renameTable(from, to catalog.Name) (*Statement, error) {
	if err := s.mustBeNew(to, s.pos(s.stmt.Find(to.Table))); err != nil {
		return nil, err
	}
	cmd := plan.RenameTable{From: from, To: to}
	follow := catalog.FollowTable{From: from, To: to}
	var err error
	if cmd.Then, err = s.followers(from, follow); err != nil {
		return nil, err
	}
	cmd.Then = append(cmd.Then, plan.AlterTable{Table: to, Steps: []catalog.Alteration{follow}})
	if cmd.Views, err = s.renamedInViews(from, to); err != nil {
		return nil, err
	}
	return &Statement{Tag: "ALTER TABLE", Command: cmd}, nil
}

// followers have the foreign keys of other tables follow what they refer to.
func (s *binding) followers(of catalog.Name, follow catalog.Alteration) ([]plan.AlterTable, error) {
	all, err := s.dependents(of)
	var out []plan.AlterTable
	for _, d := range all {
		out = append(out, plan.AlterTable{Table: d.table, Steps: []catalog.Alteration{follow}})
	}
	return out, err
}
