package bind

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// alterTable binds ALTER TABLE: its actions become steps, each of which sees the table as those before it leave it.
func (s *binding) alterTable(n *pg.AlterTableStmt) (*Statement, error) {
	if n.Objtype != pg.ObjectType_OBJECT_TABLE {
		return nil, s.unsupported(&pg.Node_AlterTableStmt{AlterTableStmt: n})
	}
	t, skipped, err := s.altered(n.Relation, n.MissingOk)
	if err != nil || skipped != nil {
		return skipped, err
	}
	a := &alteration{definition: newDefinition(s, t), cmd: plan.AlterTable{Table: t.name}}
	for _, action := range n.Cmds {
		if err := a.action(action.GetAlterTableCmd()); err != nil {
			return nil, err
		}
	}
	return &Statement{Tag: "ALTER TABLE", Command: a.cmd}, nil
}

// altered finds the table to be altered; the statement does nothing under IF EXISTS if there is none.
func (s *binding) altered(n *pg.RangeVar, missingOK bool) (*table, *Statement, error) {
	pinned := s.tables
	t, err := s.table(n)
	s.tables = pinned
	if missingOK && (state(err) == "42P01" || state(err) == "3F000") {
		return nil, &Statement{Tag: "ALTER TABLE", Command: plan.Nothing{Notice: fmt.Sprintf("relation %q does not exist, skipping", n.Relname)}}, nil
	}
	if err == nil {
		err = s.mustBeTable(t, "alter", s.pos(n.Location))
	}
	return t, nil, err
}

// newDefinition starts from the definition that a table has.
func newDefinition(s *binding, t *table) *definition {
	def := t.Definition()
	d := &definition{binding: s, table: t.name, fields: slices.Clone(def.Schema.Fields()), keys: slices.Clone(def.Keys), properties: map[string]string{}}
	d.keysAt = make([]ast.Pos, len(d.keys))
	return d
}

// An alteration is a table's definition while the actions of ALTER TABLE change it.
type alteration struct {
	*definition
	cmd plan.AlterTable
}

func (a *alteration) step(steps ...catalog.Alteration) { a.cmd.Steps = append(a.cmd.Steps, steps...) }

func (a *alteration) notice(format string, args ...any) {
	a.cmd.Notices = append(a.cmd.Notices, fmt.Sprintf(format, args...))
}

func (a *alteration) action(n *pg.AlterTableCmd) error {
	pos := a.pos(a.stmt.Find(n.Name))
	switch n.Subtype {
	case pg.AlterTableType_AT_AddColumn:
		return a.addColumn(n)
	case pg.AlterTableType_AT_AddConstraint:
		return a.addConstraint(n)
	case pg.AlterTableType_AT_DropConstraint:
		return a.dropConstraint(n, pos)
	case pg.AlterTableType_AT_SetRelOptions, pg.AlterTableType_AT_ResetRelOptions:
		return a.setProperties(n)
	case pg.AlterTableType_AT_ValidateConstraint:
		return missing(pos, "VALIDATE CONSTRAINT", "keys are declared, not enforced")
	case pg.AlterTableType_AT_DropColumn, pg.AlterTableType_AT_AlterColumnType, pg.AlterTableType_AT_ColumnDefault,
		pg.AlterTableType_AT_SetNotNull, pg.AlterTableType_AT_DropNotNull:
	default:
		return missing(pos, "this action of ALTER TABLE", "there are ADD, DROP and RENAME COLUMN, ALTER COLUMN, ADD and DROP CONSTRAINT, SET (property = value)")
	}
	at, err := a.fieldNamed(n.Name)
	if err != nil {
		if n.Subtype == pg.AlterTableType_AT_DropColumn && n.MissingOk && state(err) == "42703" {
			a.notice("column %q of relation %q does not exist, skipping", n.Name, a.table.Table)
			return nil
		}
		return err
	}
	f := &a.fields[at]
	switch n.Subtype {
	case pg.AlterTableType_AT_DropColumn:
		return a.dropColumn(n, at, pos)
	case pg.AlterTableType_AT_AlterColumnType:
		return a.setType(n.Def.GetColumnDef(), f, pos)
	case pg.AlterTableType_AT_ColumnDefault:
		text := ""
		if n.Def != nil {
			if text, _, err = a.defaultText(n.Def, *f); err != nil {
				return err
			}
		}
		a.step(catalog.SetDefault{Column: f.Name, Default: text})
	case pg.AlterTableType_AT_SetNotNull:
		f.Nullable = false
		a.step(catalog.SetNotNull{Column: f.Name})
	case pg.AlterTableType_AT_DropNotNull:
		f.Nullable = true
		a.step(catalog.DropNotNull{Column: f.Name})
	}
	return nil
}

// fieldNamed finds a column by a name that the tree keeps without its place.
func (d *definition) fieldNamed(name string) (int, error) {
	location := d.stmt.Find(name)
	at, err := fieldNamed(d.fields, d.idents([]string{name}, location)[0], d.pos(location))
	if e, ok := err.(*ast.Error); ok && e.State == "42703" {
		e.Msg = fmt.Sprintf("column %q of relation %q does not exist", name, d.table.Table)
	}
	return at, err
}

func (a *alteration) addColumn(n *pg.AlterTableCmd) error {
	column := n.Def.GetColumnDef()
	if slices.ContainsFunc(a.fields, func(f arrow.Field) bool { return f.Name == column.Colname }) {
		if n.MissingOk {
			a.notice("column %q of relation %q already exists, skipping", column.Colname, a.table.Table)
			return nil
		}
		return fault(a.pos(column.Location), "42701", "column %q of relation %q already exists", column.Colname, a.table.Table)
	}
	keys := len(a.keys)
	if err := a.definition.column(column); err != nil {
		return err
	}
	add := catalog.AddColumn{}
	for _, c := range column.Constraints {
		if c := c.GetConstraint(); c.Contype == pg.ConstrType_CONSTR_DEFAULT {
			var err error
			if add.Initial, err = a.initial(c.RawExpr, a.fields[len(a.fields)-1]); err != nil {
				return err
			}
		}
	}
	if err := a.finish(a.pos(column.Location)); err != nil {
		return err
	}
	add.Field = a.fields[len(a.fields)-1]
	a.step(add)
	if length, ok := a.properties[catalog.LengthProperty(add.Field.Name)]; ok {
		a.step(catalog.SetProperties{Set: map[string]string{catalog.LengthProperty(add.Field.Name): length}})
	}
	a.addKeys(keys)
	return nil
}

// initial is what rows have in a new column that are there already: the default's value now, the same for all of them.
func (a *alteration) initial(n *pg.Node, f arrow.Field) (arrow.Array, error) {
	_, value, err := a.defaultText(n, f)
	if err != nil {
		return nil, err
	}
	value = constant.Folder{Functions: a.Functions, Env: &a.Env, Once: true}.Fold(value)
	v, ok := value.(*plan.Literal)
	if !ok {
		return nil, missing(value.Pos(), "a new column with a default that is another one for every row", "add the column, SET DEFAULT, and UPDATE the rows")
	}
	return v.Value, nil
}

// addKeys makes steps of the keys from a place on.
func (a *alteration) addKeys(from int) {
	for _, key := range a.keys[from:] {
		if key.Kind == catalog.PrimaryKey {
			for _, column := range key.Columns {
				a.step(catalog.SetNotNull{Column: column})
			}
		}
		a.step(catalog.AddKey{Key: key})
		a.notice("%s", notEnforced(key))
	}
}

// notEnforced is what a user should know of a key.
func notEnforced(key catalog.Key) string {
	return fmt.Sprintf("constraint %q is declared, not enforced", key.Name)
}

func (a *alteration) addConstraint(n *pg.AlterTableCmd) error {
	keys, c := len(a.keys), n.Def.GetConstraint()
	if c.Conname != "" && slices.ContainsFunc(a.keys, func(k catalog.Key) bool { return k.Name == c.Conname }) {
		return fault(a.pos(c.Location), "42710", "constraint %q for relation %q already exists", c.Conname, a.table.Table)
	}
	if err := a.add(n.Def); err != nil {
		return err
	}
	if err := a.finish(a.pos(c.Location)); err != nil {
		return err
	}
	a.addKeys(keys)
	return nil
}

func (a *alteration) dropConstraint(n *pg.AlterTableCmd, pos ast.Pos) error {
	at := slices.IndexFunc(a.keys, func(k catalog.Key) bool { return k.Name == n.Name })
	if at < 0 {
		if n.MissingOk {
			a.notice("constraint %q of relation %q does not exist, skipping", n.Name, a.table.Table)
			return nil
		}
		return fault(pos, "42704", "constraint %q of relation %q does not exist", n.Name, a.table.Table)
	}
	key := a.keys[at]
	if key.Kind != catalog.ForeignKey {
		err := a.release(fmt.Sprintf("constraint %s on table %s", key.Name, a.table.Table), n.Behavior, pos, func(foreign catalog.Key) bool {
			return sameNames(foreign.RefColumns, key.Columns)
		})
		if err != nil {
			return err
		}
	}
	a.keys = slices.Delete(slices.Clone(a.keys), at, at+1)
	a.step(catalog.DropKey{Name: key.Name})
	return nil
}

func (a *alteration) dropColumn(n *pg.AlterTableCmd, at int, pos ast.Pos) error {
	name := a.fields[at].Name
	err := a.release(fmt.Sprintf("column %s of table %s", name, a.table.Table), n.Behavior, pos, func(foreign catalog.Key) bool {
		return slices.Contains(foreign.RefColumns, name)
	})
	if err != nil {
		return err
	}
	views, err := a.columnReaders(a.table, name)
	if err != nil {
		return err
	}
	if len(views) > 0 {
		if n.Behavior != pg.DropBehavior_DROP_CASCADE {
			return hint(fault(pos, "2BP01", "cannot drop column %s of table %s because other objects depend on it: view %s", name, a.table.Table, views[0]),
				"use DROP ... CASCADE to drop the dependent objects too")
		}
		more, err := a.viewsInTheWay(views, "view", n.Behavior, pos)
		if err != nil {
			return err
		}
		a.cmd.Views = append(append(a.cmd.Views, views...), more...)
	}
	a.fields = slices.Delete(slices.Clone(a.fields), at, at+1)
	a.keys = slices.DeleteFunc(slices.Clone(a.keys), func(k catalog.Key) bool { return slices.Contains(k.Columns, name) })
	a.step(catalog.DropColumn{Column: name})
	return nil
}

func (a *alteration) setType(n *pg.ColumnDef, f *arrow.Field, pos ast.Pos) error {
	to, err := a.typeName(n.TypeName)
	if err != nil {
		return err
	}
	switch {
	case n.RawDefault != nil:
		return missing(pos, "ALTER COLUMN TYPE ... USING", "add a column, UPDATE it and drop the old one")
	case n.CollClause != nil:
		return missing(a.pos(n.CollClause.Location), "COLLATE", "text sorts by its bytes")
	case !arrow.TypeEqual(f.Type, to) && !udf.CanCast(f.Type, to, udf.Assignment):
		return fault(pos, "42804", "column %q cannot be cast automatically to type %s", f.Name, udf.TypeName(to))
	}
	length, _, err := a.textLength(n.TypeName)
	if err != nil {
		return err
	}
	if err := a.notInView(a.table, f.Name, "alter type", pos); err != nil {
		return err
	}
	f.Type = to
	a.step(catalog.SetType{Column: f.Name, Type: to, Length: length})
	return nil
}

func (a *alteration) setProperties(n *pg.AlterTableCmd) error {
	options := n.Def.GetList().GetItems()
	if n.Subtype == pg.AlterTableType_AT_SetRelOptions {
		set, err := a.binding.properties(options)
		a.step(catalog.SetProperties{Set: set})
		return err
	}
	step := catalog.SetProperties{}
	for _, o := range options {
		name := o.GetDefElem().Defname
		if space := o.GetDefElem().Defnamespace; space != "" {
			name = space + "." + name
		}
		step.Remove = append(step.Remove, name)
	}
	a.step(step)
	return nil
}
