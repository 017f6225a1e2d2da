package iceberg

import (
	"context"
	"database/sql"
	"time"
)

// A leftover is the folder of a table that is being made until the catalog has the table, and of one that was dropped or
// replaced until its files are gone. They are listed, so that what a killed process leaves behind can be told from what
// looks the same on disk: the folder of a table that another engine took out of the catalog to put it in again.
const createLeftovers = `CREATE TABLE IF NOT EXISTS mediaflight_leftovers (folder TEXT PRIMARY KEY, since INTEGER NOT NULL)`

// insertLeftover does nothing for a folder that is not known: "".
func insertLeftover(ctx context.Context, tx *sql.Tx, folder string) error {
	if folder == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, createLeftovers); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO mediaflight_leftovers VALUES (?, ?)`, folder, time.Now().UnixMilli())
	return err
}

func removeLeftover(ctx context.Context, tx *sql.Tx, folder string) error {
	if _, err := tx.ExecContext(ctx, createLeftovers); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM mediaflight_leftovers WHERE folder = ?`, folder)
	return err
}

func (s *store) insertLeftover(ctx context.Context, folder string) error {
	return s.change(ctx, "make", folder, func(tx *sql.Tx) error { return insertLeftover(ctx, tx, folder) })
}

func (s *store) removeLeftover(ctx context.Context, folder string) error {
	return s.change(ctx, "remove", folder, func(tx *sql.Tx) error { return removeLeftover(ctx, tx, folder) })
}

// leftovers lists the folders that have been ones since before a time, as metadata spells them.
func (s *store) leftovers(ctx context.Context, before time.Time) ([]string, error) {
	const op = "list leftovers"
	n, err := s.count(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'mediaflight_leftovers'`)
	if err != nil || n == 0 {
		return nil, s.fault(op, "", err)
	}
	return s.strings(ctx, op, "", `SELECT folder FROM mediaflight_leftovers WHERE since < ? ORDER BY folder`, before.UnixMilli())
}
