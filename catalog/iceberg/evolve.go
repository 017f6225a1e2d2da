package iceberg

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// Evolve changes the table's definition: its schema, whose columns keep their ids whatever they are called, and the properties
// that hold what Iceberg has no place for.
func (t *Table) Evolve(ctx context.Context, steps []catalog.Alteration) error {
	const op = "alter table"
	if err := t.catalog.checkWritable(op, t.name.String()); err != nil {
		return err
	}
	var dropped []int
	err := t.catalog.commitEach(ctx, op, t.name, t.state.meta.TableUUID(), func(target *commitTarget) error {
		e, err := newEvolution(ctx, target.base, t.name)
		if err != nil {
			return err
		}
		for _, step := range steps {
			if err := e.apply(ctx, step); err != nil {
				return err
			}
		}
		updates, err := e.updates()
		if err != nil || len(updates) == 0 {
			return err
		}
		dropped = e.dropped
		_, _, err = target.CommitTable(ctx, nil, nil, updates)
		return target.settle(err)
	})
	if err == nil && len(dropped) > 0 {
		t.catalog.dropIndexesOf(t.name, t.state.id(), dropped)
	}
	return err
}

// dropIndexesOf removes the indexes of columns that are gone.
func (c *Catalog) dropIndexesOf(name catalog.Name, table string, columns []int) {
	indexes, err := c.indexes.Indexes(table)
	for _, ix := range indexes {
		if err == nil && slices.Contains(columns, ix.FieldID) {
			err = ix.Drop()
		}
	}
	if err != nil {
		c.options.Logger.Warn("indexes of a column that is gone stay", "table", name, "error", err)
	}
}

// An evolution is a table's definition while it is changed.
type evolution struct {
	name    catalog.Name
	base    *state
	fields  []iceberg.NestedField
	props   iceberg.Properties
	keys    []catalog.Key
	lastID  int
	filled  bool  // the table has data files
	dropped []int // ids of columns
}

func newEvolution(ctx context.Context, base *state, name catalog.Name) (*evolution, error) {
	plan, err := base.current.plan(ctx)
	if err != nil {
		return nil, err
	}
	e := &evolution{name: name, base: base, fields: slices.Clone(base.meta.CurrentSchema().Fields()), props: iceberg.Properties{},
		keys: decodeKeys(base.meta.Properties()[keysKey]), lastID: base.meta.LastColumnID(), filled: len(plan.files) > 0}
	for k, v := range base.meta.Properties() {
		e.props[k] = v
	}
	return e, nil
}

func (e *evolution) nextID() int {
	e.lastID++
	return e.lastID
}

func (e *evolution) fault(state, format string, args ...any) *catalog.Error {
	return &catalog.Error{Op: "alter table", Name: e.name.String(), State: state, Msg: fmt.Sprintf(format, args...)}
}

// column finds a column's place.
func (e *evolution) column(name string) (int, error) {
	if i := slices.IndexFunc(e.fields, func(f iceberg.NestedField) bool { return f.Name == name }); i >= 0 {
		return i, nil
	}
	return -1, e.fault("42703", "column does not exist: %q", name)
}

func (e *evolution) mustBeNew(column string) error {
	if _, err := e.column(column); err == nil {
		return e.fault("42701", "column already exists: %q", column)
	}
	return nil
}

func (e *evolution) apply(ctx context.Context, step catalog.Alteration) error {
	switch s := step.(type) {
	case catalog.AddColumn:
		return e.addColumn(s)
	case catalog.DropColumn:
		return e.dropColumn(s.Column)
	case catalog.RenameColumn:
		return e.renameColumn(s.Column, s.To)
	case catalog.SetType:
		return e.setType(s)
	case catalog.SetNotNull:
		return e.setNotNull(ctx, s.Column)
	case catalog.DropNotNull:
		return e.dropNotNull(s.Column)
	case catalog.SetDefault:
		return e.setDefault(s.Column, s.Default)
	case catalog.SetComment:
		return e.setComment(s)
	case catalog.SetProperties:
		return e.setProperties(s)
	case catalog.AddKey, catalog.DropKey, catalog.RenameKey, catalog.FollowTable, catalog.FollowColumn:
		return e.applyToKeys(s)
	}
	return fmt.Errorf("alter table %s: unknown step %T", e.name, step)
}

func (e *evolution) addColumn(s catalog.AddColumn) error {
	if err := e.mustBeNew(s.Field.Name); err != nil {
		return err
	}
	made, err := toIcebergFields([]arrow.Field{s.Field}, e.nextID)
	if err != nil {
		return e.fault("0A000", "%v", err)
	}
	f := made[0]
	empty := s.Initial == nil || s.Initial.IsNull(0)
	switch {
	case e.filled && empty && f.Required:
		return e.fault("23502", "column %q contains null values", f.Name)
	case e.filled && !empty && e.base.meta.Version() < 3:
		fault := e.fault("0A000", "rows that a table of format version %d has already can have no default in a new column", e.base.meta.Version())
		fault.Hint = "add the column without DEFAULT, then ALTER COLUMN ... SET DEFAULT, and UPDATE the rows"
		return fault
	case e.filled && !empty:
		value, ok := defaultValue(s.Initial)
		if !ok {
			return e.fault("0A000", "columns of type %s can have no default in rows that are there already", f.Type)
		}
		f.InitialDefault, f.WriteDefault = value, value
	}
	e.fields = append(e.fields, f)
	e.noteDim(f.Name, s.Field.Type)
	if text, ok := s.Field.Metadata.GetValue(catalog.DefaultKey); ok {
		e.props[defaultPrefix+f.Name] = text
	}
	return nil
}

// noteDim keeps the length of a column of vectors.
func (e *evolution) noteDim(column string, t arrow.DataType) {
	if dim := vectorDim(t); dim > 0 {
		e.props[vectorPrefix+column+dimSuffix] = strconv.Itoa(dim)
		e.props[metricsPrefix+column+elementSuffix] = "none"
	}
}

func (e *evolution) dropColumn(name string) error {
	at, err := e.column(name)
	if err != nil {
		return err
	}
	id := e.fields[at].ID
	if len(e.fields) == 1 {
		return e.fault("0A000", "the last column of a table cannot be dropped: %q", name)
	}
	if err := e.mustNotOrder(name, id); err != nil {
		return err
	}
	e.fields = slices.Delete(e.fields, at, at+1)
	e.dropped = append(e.dropped, id)
	e.moveProperties(name, "")
	e.keys = slices.DeleteFunc(e.keys, func(k catalog.Key) bool { return slices.Contains(k.Columns, name) })
	return nil
}

// mustNotOrder refuses to take away a column that the table is partitioned or sorted by.
func (e *evolution) mustNotOrder(name string, id int) error {
	spec := e.base.meta.PartitionSpec()
	for _, f := range spec.Fields() {
		if f.SourceID() == id {
			return e.fault("2BP01", "the table is partitioned by column %q", name)
		}
	}
	order := e.base.meta.SortOrder()
	for _, f := range order.Fields() {
		if f.SourceID() == id {
			return e.fault("2BP01", "the table is sorted by column %q", name)
		}
	}
	return nil
}

// foreignIdentifiers are the identifier fields that another engine has declared: ours come from a primary key.
func (e *evolution) foreignIdentifiers() []int {
	isPrimary := func(k catalog.Key) bool { return k.Kind == catalog.PrimaryKey }
	if slices.ContainsFunc(decodeKeys(e.base.meta.Properties()[keysKey]), isPrimary) {
		return nil
	}
	isKept := func(id int) bool {
		return slices.ContainsFunc(e.fields, func(f iceberg.NestedField) bool { return f.ID == id && f.Required })
	}
	return slices.DeleteFunc(slices.Clone(e.base.meta.CurrentSchema().IdentifierFieldIDs), func(id int) bool { return !isKept(id) })
}

func (e *evolution) renameColumn(name, to string) error {
	at, err := e.column(name)
	if err != nil {
		return err
	}
	if err := e.mustBeNew(to); err != nil {
		return err
	}
	e.fields[at].Name = to
	e.moveProperties(name, to)
	for i, k := range e.keys {
		e.keys[i].Columns = renamed(k.Columns, name, to)
	}
	return nil
}

// moveProperties gives a column's properties its new name, or removes them if that is "".
func (e *evolution) moveProperties(column, to string) {
	for _, parts := range columnProperties {
		for key, value := range e.props {
			rest, ok := strings.CutPrefix(key, parts.prefix+column)
			if !ok || rest != parts.suffix && !(parts.nested && strings.HasPrefix(rest, ".")) {
				continue
			}
			delete(e.props, key)
			if to != "" {
				e.props[parts.prefix+to+rest] = value
			}
		}
	}
}

// columnProperties are the table properties that are about a column, which stands between a prefix and a suffix. nested ones may
// be about a part of it.
var columnProperties = []struct {
	prefix, suffix string
	nested         bool
}{
	{vectorPrefix, dimSuffix, false},
	{defaultPrefix, "", false},
	{strings.TrimSuffix(catalog.LengthProperty(""), ".length"), ".length", false},
	{metricsPrefix, "", true},
}

func renamed(columns []string, from, to string) []string {
	out := slices.Clone(columns)
	for i, c := range out {
		if c == from {
			out[i] = to
		}
	}
	return out
}

// updates are what the change comes to; none if nothing is otherwise.
func (e *evolution) updates() ([]table.Update, error) {
	delete(e.props, keysKey)
	if len(e.keys) > 0 {
		text, err := encodeKeys(e.keys)
		if err != nil {
			return nil, err
		}
		e.props[keysKey] = text
	}
	identifiers := e.foreignIdentifiers()
	for _, key := range e.keys {
		if key.Kind == catalog.PrimaryKey {
			identifiers = identifierFields(e.fields, key.Columns)
		}
	}
	var updates []table.Update
	schema := iceberg.NewSchemaWithIdentifiers(e.base.meta.CurrentSchema().ID, identifiers, e.fields...)
	if !schema.Equals(e.base.meta.CurrentSchema()) {
		updates = append(updates, table.NewAddSchemaUpdate(schema), table.NewSetCurrentSchemaUpdate(-1))
	}
	set, removed := changedProperties(e.base.meta.Properties(), e.props)
	if len(set) > 0 {
		updates = append(updates, table.NewSetPropertiesUpdate(set))
	}
	if len(removed) > 0 {
		updates = append(updates, table.NewRemovePropertiesUpdate(removed))
	}
	return updates, nil
}
