package iceberg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"modernc.org/sqlite"

	"github.com/mediaflight/mediaflight/catalog"
)

// A store is the SQLite database that says which tables there are. Its layout is that of JdbcCatalog's schema V1.
type store struct {
	path     string
	db       *sql.DB
	tableRow string // the condition that tells rows of tables from those of views
	find     *sql.Stmt
	known    locations
}

const createStore = `
CREATE TABLE IF NOT EXISTS iceberg_tables (
	catalog_name VARCHAR(255) NOT NULL,
	table_namespace VARCHAR(255) NOT NULL,
	table_name VARCHAR(255) NOT NULL,
	metadata_location VARCHAR(1000),
	previous_metadata_location VARCHAR(1000),
	iceberg_type VARCHAR(5),
	PRIMARY KEY (catalog_name, table_namespace, table_name));
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
	catalog_name VARCHAR(255) NOT NULL,
	namespace VARCHAR(255) NOT NULL,
	property_key VARCHAR(255) NOT NULL,
	property_value VARCHAR(1000) NOT NULL,
	PRIMARY KEY (catalog_name, namespace, property_key));`

// Keys of namespace properties. PyIceberg gives every namespace the first one, so that it has a row.
const (
	existsKey        = "exists"
	schemaCommentKey = "comment"
)

// busyTimeout is how long a connection waits for others, in ms.
const busyTimeout = "busy_timeout(10000)"

func openStore(ctx context.Context, path string, readOnly bool) (*store, error) {
	query := url.Values{"_txlock": {"immediate"}, "_pragma": {busyTimeout, "synchronous(FULL)"}}
	if readOnly {
		query.Set("mode", "ro")
	} else {
		query.Add("_pragma", "journal_mode(WAL)")
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, err
	}
	s := &store{path: path, db: db}
	if err := s.prepare(ctx, readOnly); err != nil {
		db.Close()
		return nil, s.fault("open catalog", path, err)
	}
	return s, nil
}

func (s *store) prepare(ctx context.Context, readOnly bool) error {
	tables, err := s.count(ctx, `SELECT count(*) FROM sqlite_master WHERE name IN ('iceberg_tables', 'iceberg_namespace_properties')`)
	if err != nil {
		return err
	}
	if tables < 2 && !readOnly {
		if err := s.create(ctx); err != nil {
			return err
		}
	}
	// Catalogs of schema V0, such as those of older PyIceberg, hold tables only.
	typed, err := s.count(ctx, `SELECT count(*) FROM pragma_table_info('iceberg_tables') WHERE name = 'iceberg_type'`)
	if err != nil {
		return err
	}
	s.tableRow = "TRUE"
	if typed > 0 {
		s.tableRow = "(iceberg_type IS NULL OR iceberg_type = 'TABLE')"
	}
	s.find, err = s.db.PrepareContext(ctx, `SELECT metadata_location FROM iceberg_tables
		WHERE catalog_name = '`+catalog.Database+`' AND table_namespace = ? AND table_name = ? AND `+s.tableRow)
	return err
}

// create makes the tables and the default schema.
func (s *store) create(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, createStore); err != nil {
		return err
	}
	if err := insertProperty(ctx, tx, catalog.DefaultSchema, existsKey, "true"); err != nil {
		return err
	}
	return tx.Commit()
}

func insertProperty(ctx context.Context, tx *sql.Tx, namespace, key, value string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO iceberg_namespace_properties VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		catalog.Database, namespace, key, value)
	return err
}

func (s *store) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = s.db.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

func (s *store) close() error {
	return errors.Join(s.find.Close(), s.db.Close())
}

// location is the metadata file that the table stands at.
func (s *store) location(ctx context.Context, op string, name catalog.Name) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	// The driver would start a goroutine to watch a context that can end, which costs as much as the look-up.
	unwatched := context.WithoutCancel(ctx)
	if mark, still := markOf(s.path); still {
		if location, ok := s.known.find(mark, name); ok {
			return location, nil
		}
		location, mark, still, err := s.quietly(unwatched, s.find, name.Schema, name.Table)
		if err == nil && location.Valid && still {
			s.known.keep(mark, name, location.String)
			return location.String, nil
		}
	}
	var location sql.NullString
	err := s.find.QueryRowContext(unwatched, name.Schema, name.Table).Scan(&location)
	if err == nil && location.Valid {
		return location.String, nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", s.fault(op, name.String(), err)
	}
	if err := s.needSchema(ctx, op, name.Schema); err != nil {
		return "", err
	}
	return "", &catalog.Error{Op: op, Name: name.String(), State: "42P01", Msg: "table does not exist"}
}

// insert adds a table, whose folder is no leftover any more.
func (s *store) insert(ctx context.Context, name catalog.Name, location, folder string) error {
	const op = "create table"
	if err := s.needSchema(ctx, op, name.Schema); err != nil {
		return err
	}
	return s.change(ctx, op, name.String(), func(tx *sql.Tx) error {
		done, err := changed(ctx, tx, `INSERT INTO iceberg_tables
			(catalog_name, table_namespace, table_name, metadata_location) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			catalog.Database, name.Schema, name.Table, location)
		if err == nil && !done {
			err = &catalog.Error{Op: op, Name: name.String(), State: "42P07", Msg: "table already exists"}
		}
		if err != nil {
			return err
		}
		return removeLeftover(ctx, tx, folder)
	})
}

const moveTable = `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ?
	WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?`

// move takes the table from one metadata file to the next; done is false if it does not stand at the first.
func (s *store) move(ctx context.Context, name catalog.Name, from, to string) (done bool, err error) {
	return s.changes(ctx, "commit to", name.String(), moveTable, to, from, catalog.Database, name.Schema, name.Table, from)
}

// replace is move to a file of another table, which takes the first one's place: now the folder of that is a leftover,
// and its own is none.
func (s *store) replace(ctx context.Context, name catalog.Name, from, to, fromFolder, toFolder string) (done bool, err error) {
	err = s.change(ctx, "replace table", name.String(), func(tx *sql.Tx) error {
		done, err = changed(ctx, tx, moveTable, to, from, catalog.Database, name.Schema, name.Table, from)
		if err != nil || !done {
			return err
		}
		if err := removeLeftover(ctx, tx, toFolder); err != nil {
			return err
		}
		return insertLeftover(ctx, tx, fromFolder)
	})
	return done && err == nil, err
}

// remove takes the table out of the catalog, and its folder is a leftover; done is false if it does not stand at location.
func (s *store) remove(ctx context.Context, name catalog.Name, location, folder string) (done bool, err error) {
	err = s.change(ctx, "drop table", name.String(), func(tx *sql.Tx) error {
		done, err = changed(ctx, tx, `DELETE FROM iceberg_tables
			WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?`,
			catalog.Database, name.Schema, name.Table, location)
		if err != nil || !done {
			return err
		}
		return insertLeftover(ctx, tx, folder)
	})
	return done && err == nil, err
}

// change makes several changes to the catalog, or none.
func (s *store) change(ctx context.Context, op, name string, make func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.fault(op, name, err)
	}
	defer tx.Rollback()
	if err := make(tx); err != nil {
		return s.fault(op, name, err)
	}
	return s.fault(op, name, tx.Commit())
}

// changed runs a statement and tells whether it changed any row.
func changed(ctx context.Context, tx *sql.Tx, query string, args ...any) (bool, error) {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

func (s *store) changes(ctx context.Context, op, name, query string, args ...any) (bool, error) {
	result, err := s.db.ExecContext(ctx, query, args...)
	if err != nil {
		return false, s.fault(op, name, err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// tables lists the tables of a schema.
func (s *store) tables(ctx context.Context, schema string) ([]string, error) {
	const op = "list tables of"
	if err := s.needSchema(ctx, op, schema); err != nil {
		return nil, err
	}
	return s.strings(ctx, op, schema, `SELECT table_name FROM iceberg_tables
		WHERE catalog_name = ? AND table_namespace = ? AND `+s.tableRow+` ORDER BY table_name`, catalog.Database, schema)
}

// within tells whether the metadata of some table lies under a folder.
func (s *store) within(ctx context.Context, folder string) (bool, error) {
	n, err := s.count(ctx, `SELECT count(*) FROM iceberg_tables WHERE substr(metadata_location, 1, ?) = ?`,
		len([]rune(folder)), folder)
	return n > 0, err
}

func (s *store) strings(ctx context.Context, op, name, query string, args ...any) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.fault(op, name, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, s.fault(op, name, err)
		}
		out = append(out, v)
	}
	return out, s.fault(op, name, rows.Err())
}

// Result codes of SQLite that have a state of their own. https://sqlite.org/rescode.html
var sqliteStates = map[int]catalog.Error{
	5:  {State: "55P03", Msg: "the catalog is locked by another process", Hint: "try again"},
	8:  {State: "25006", Msg: "the catalog is read-only"},
	10: {State: "58030", Msg: "reading or writing the catalog failed"},
	11: {State: "XX001", Msg: "the catalog is damaged", Hint: "restore catalog.db from a backup"},
	13: {State: "53100", Msg: "the disk is full"},
	14: {State: "58P01", Msg: "the catalog cannot be opened"},
	26: {State: "XX001", Msg: "the catalog is not an SQLite database", Hint: "restore catalog.db from a backup"},
}

// fault gives an error of SQLite the state that fits it.
func (s *store) fault(op, name string, err error) error {
	if err == nil || errors.As(err, new(*catalog.Error)) {
		return err
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		if known, ok := sqliteStates[e.Code()&0xff]; ok {
			known.Op, known.Name = op, name
			known.Msg += ": " + e.Error()
			return &known
		}
	}
	return fmt.Errorf("%s %s: %w", op, name, err)
}

// stateOf is the SQLSTATE of an error of this package; "" if it has none.
func stateOf(err error) string {
	var e *catalog.Error
	if errors.As(err, &e) {
		return e.State
	}
	return ""
}

// exists tells whether a file is there; an error other than its absence counts as there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}
