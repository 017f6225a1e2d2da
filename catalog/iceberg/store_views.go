package iceberg

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mediaflight/mediaflight/catalog"
)

// viewRow is the condition that tells rows of views from those of tables. Catalogs of schema V0 have none.
func (s *store) viewRow() string {
	if s.tableRow == "TRUE" {
		return "FALSE"
	}
	return "iceberg_type = 'VIEW'"
}

// viewLocation is the metadata file that a view stands at.
func (s *store) viewLocation(ctx context.Context, op string, name catalog.Name) (string, error) {
	var location sql.NullString
	err := s.db.QueryRowContext(context.WithoutCancel(ctx), `SELECT metadata_location FROM iceberg_tables
		WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND `+s.viewRow(), catalog.Database, name.Schema, name.Table).Scan(&location)
	if err == nil && location.Valid {
		return location.String, nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", s.fault(op, name.String(), err)
	}
	if _, err := s.location(ctx, op, name); err != nil {
		return "", err
	}
	return "", &catalog.Error{Op: op, Name: name.String(), State: "42809", Msg: "it is a table, not a view", Hint: "use DROP TABLE to remove a table"}
}

// insertView adds a view, whose folder is no leftover any more.
func (s *store) insertView(ctx context.Context, name catalog.Name, location, folder string) error {
	const op = "create view"
	if s.tableRow == "TRUE" {
		return &catalog.Error{Op: op, Name: name.String(), State: "0A000", Msg: "the catalog's layout has no views",
			Hint: "PyIceberg changes it: SqlCatalog(..., **{'jdbc.schema-version': 'V1'})"}
	}
	if err := s.needSchema(ctx, op, name.Schema); err != nil {
		return err
	}
	return s.change(ctx, op, name.String(), func(tx *sql.Tx) error {
		done, err := changed(ctx, tx, `INSERT INTO iceberg_tables
			(catalog_name, table_namespace, table_name, metadata_location, iceberg_type) VALUES (?, ?, ?, ?, 'VIEW') ON CONFLICT DO NOTHING`,
			catalog.Database, name.Schema, name.Table, location)
		if err == nil && !done {
			err = &catalog.Error{Op: op, Name: name.String(), State: "42P07", Msg: "a table or view of the name already exists"}
		}
		if err != nil {
			return err
		}
		return removeLeftover(ctx, tx, folder)
	})
}

// relations lists the tables and views of a schema.
func (s *store) relations(ctx context.Context, schema string) ([]string, error) {
	const op = "list tables of"
	if err := s.needSchema(ctx, op, schema); err != nil {
		return nil, err
	}
	return s.strings(ctx, op, schema, `SELECT table_name FROM iceberg_tables
		WHERE catalog_name = ? AND table_namespace = ? AND (`+s.tableRow+` OR `+s.viewRow()+`) ORDER BY table_name`, catalog.Database, schema)
}

// views lists the views of a schema.
func (s *store) views(ctx context.Context, schema string) ([]string, error) {
	return s.strings(ctx, "list views of", schema, `SELECT table_name FROM iceberg_tables
		WHERE catalog_name = ? AND table_namespace = ? AND `+s.viewRow()+` ORDER BY table_name`, catalog.Database, schema)
}
