package iceberg

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// A Table is an Iceberg table as it was when it was looked up.
type Table struct {
	catalog *Catalog
	name    catalog.Name
	state   *state
}

func (t *Table) Name() catalog.Name             { return t.name }
func (t *Table) Kind() string                   { return "TABLE" }
func (t *Table) Definition() catalog.Definition { return t.state.def }
func (t *Table) Current() catalog.Snapshot      { return t.state.current }

// Snapshot finds a snapshot by its id. An older one has the columns that the table had then, or those of the table that
// this one has replaced not long ago.
func (t *Table) Snapshot(_ context.Context, id int64) (catalog.Snapshot, error) {
	if id == t.state.current.ID() {
		return t.state.current, nil
	}
	if id == 0 {
		return t.state.before(), nil
	}
	if s := t.state.snapshot(id); s != nil {
		return s, nil
	}
	if s := t.catalog.replacedSnapshot(t.name, id); s != nil {
		return s, nil
	}
	return nil, &catalog.Error{Op: "read snapshot of", Name: t.name.String(), State: "55000",
		Msg: fmt.Sprintf("snapshot does not exist or was expired: %d", id)}
}

// Snapshots lists the table's snapshots, oldest first, for mediaflight.snapshots.
func (t *Table) Snapshots() []catalog.SnapshotInfo {
	var out []catalog.SnapshotInfo
	for _, s := range t.state.meta.Snapshots() {
		info := catalog.SnapshotInfo{ID: s.SnapshotID, Time: millis(s.TimestampMs)}
		if s.ParentSnapshotID != nil {
			info.Parent = *s.ParentSnapshotID
		}
		if s.Summary != nil {
			info.Operation = string(s.Summary.Operation)
			info.Added = s.Summary.Properties.GetInt64("added-records", 0)
			info.Deleted = deletedRows(s.Summary.Properties)
		}
		out = append(out, info)
	}
	return out
}

// deletedRows takes rows that left with their files together with those that a delete file or deletion vector marks in
// files that stay. Rows of a file that left may have been marked before: such marks leave too. Equality deletes do not say
// how many rows they hit.
func deletedRows(summary iceberg.Properties) int64 {
	return summary.GetInt64("deleted-records", 0) + summary.GetInt64("added-position-deletes", 0) - summary.GetInt64("removed-position-deletes", 0)
}

// Alter commits the differences between the table's definition and def.
func (t *Table) Alter(ctx context.Context, def catalog.Definition) error {
	const op = "alter table"
	if err := checkKeys(op, t.name, def); err != nil {
		return err
	}
	props, err := properties(def)
	if err != nil {
		return &catalog.Error{Op: op, Name: t.name.String(), State: "42601", Msg: err.Error()}
	}
	return t.catalog.commit(ctx, op, t.name, t.state.meta.TableUUID(), func(tx *table.Transaction, base *state) error {
		if err := t.alterColumns(tx, base, def.Schema); err != nil {
			return err
		}
		return alterProperties(tx, base.meta.Properties(), props)
	})
}

// alterColumns stages changes of comments and of nullability. A column that has rows cannot become NOT NULL: whoever
// commits next might add a NULL between our check and our commit.
func (t *Table) alterColumns(tx *table.Transaction, base *state, schema *arrow.Schema) error {
	fail := func(state, format string, args ...any) error {
		return &catalog.Error{Op: "alter table", Name: t.name.String(), State: state, Msg: fmt.Sprintf(format, args...)}
	}
	if schema.NumFields() != base.def.Schema.NumFields() {
		return fail("0A000", "columns cannot be added or dropped yet")
	}
	update, changed := tx.UpdateSchema(true, true), false
	for i, f := range schema.Fields() {
		old := base.def.Schema.Field(i)
		if f.Name != old.Name || !arrow.TypeEqual(f.Type, old.Type) {
			return fail("0A000", "column %q cannot be renamed or get another type yet", old.Name)
		}
		var change table.ColumnUpdate
		doc, _ := f.Metadata.GetValue(catalog.CommentKey)
		if oldDoc, _ := old.Metadata.GetValue(catalog.CommentKey); doc != oldDoc {
			change.Doc = iceberg.Optional[string]{Valid: true, Val: doc}
		}
		if f.Nullable != old.Nullable {
			if !f.Nullable && base.meta.CurrentSnapshot() != nil {
				return fail("0A000", "column %q cannot become NOT NULL in a table that has rows", f.Name)
			}
			change.Required = iceberg.Optional[bool]{Valid: true, Val: !f.Nullable}
		}
		if change.Doc.Valid || change.Required.Valid {
			update.UpdateColumn([]string{f.Name}, change)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	return update.Commit()
}

func alterProperties(tx *table.Transaction, old, props iceberg.Properties) error {
	set, removed := changedProperties(old, props)
	if err := tx.SetProperties(set); err != nil || len(removed) == 0 {
		return err
	}
	return tx.RemoveProperties(removed)
}

// changedProperties are the properties that are new or otherwise, and those that are gone.
func changedProperties(old, now iceberg.Properties) (set iceberg.Properties, removed []string) {
	set = iceberg.Properties{}
	for k, v := range now {
		if w, ok := old[k]; !ok || v != w {
			set[k] = v
		}
	}
	for k := range old {
		if _, ok := now[k]; !ok {
			removed = append(removed, k)
		}
	}
	return set, removed
}

// Append starts a write of rows into new data files.
func (t *Table) Append(ctx context.Context) (catalog.Append, error) {
	if err := t.checkWritable("append to"); err != nil {
		return nil, err
	}
	return newAppending(t)
}
