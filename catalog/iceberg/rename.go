package iceberg

import (
	"context"
	"database/sql"

	"github.com/mediaflight/mediaflight/catalog"
)

// RenameTable gives a table another name, or schema. Its files stay where they are, and its indexes are its own.
func (c *Catalog) RenameTable(ctx context.Context, from, to catalog.Name) error {
	const op = "rename table"
	if err := c.checkWritable(op, from.String()); err != nil {
		return err
	}
	lock := c.committing(from)
	lock.Lock()
	defer lock.Unlock()
	if _, err := c.store.location(ctx, op, from); err != nil {
		return err
	}
	if from == to {
		return &catalog.Error{Op: op, Name: from.String(), State: "42P07", Msg: "table already exists: " + to.String()}
	}
	if err := c.store.rename(ctx, from, to); err != nil {
		return err
	}
	c.forget(from)
	c.forget(to)
	return nil
}

// rename moves a table's row. A commit that began before finds nothing under the old name.
func (s *store) rename(ctx context.Context, from, to catalog.Name) error {
	const op = "rename table"
	if err := s.needSchema(ctx, op, to.Schema); err != nil {
		return err
	}
	return s.change(ctx, op, from.String(), func(tx *sql.Tx) error {
		var taken int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?`,
			catalog.Database, to.Schema, to.Table).Scan(&taken)
		if err == nil && taken > 0 {
			err = &catalog.Error{Op: op, Name: from.String(), State: "42P07", Msg: "table already exists: " + to.String()}
		}
		if err != nil {
			return err
		}
		done, err := changed(ctx, tx, `UPDATE iceberg_tables SET table_namespace = ?, table_name = ?
			WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?`, to.Schema, to.Table, catalog.Database, from.Schema, from.Table)
		if err == nil && !done {
			err = &catalog.Error{Op: op, Name: from.String(), State: "42P01", Msg: "table does not exist"}
		}
		return err
	})
}
