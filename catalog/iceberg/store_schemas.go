package iceberg

import (
	"context"
	"database/sql"
	"strings"

	"github.com/mediaflight/mediaflight/catalog"
)

// A schema is a namespace that has properties, or a table.
const namespaces = `SELECT table_namespace AS name FROM iceberg_tables WHERE catalog_name = ?1
	UNION SELECT namespace FROM iceberg_namespace_properties WHERE catalog_name = ?1`

func (s *store) needSchema(ctx context.Context, op, name string) error {
	n, err := s.count(ctx, `SELECT count(*) FROM (`+namespaces+`) WHERE name = ?2`, catalog.Database, name)
	if err != nil {
		return s.fault(op, name, err)
	}
	if n == 0 {
		return &catalog.Error{Op: op, Name: name, State: "3F000", Msg: "schema does not exist"}
	}
	return nil
}

func (s *store) schemas(ctx context.Context) ([]catalog.Schema, error) {
	const op = "list schemas"
	names, err := s.strings(ctx, op, "", namespaces+` ORDER BY 1`, catalog.Database)
	if err != nil {
		return nil, err
	}
	schemas := make([]catalog.Schema, len(names))
	for i, name := range names {
		comments, err := s.strings(ctx, op, name, `SELECT property_value FROM iceberg_namespace_properties
			WHERE catalog_name = ? AND namespace = ? AND property_key = ?`, catalog.Database, name, schemaCommentKey)
		if err != nil {
			return nil, err
		}
		schemas[i] = catalog.Schema{Name: name, Comment: strings.Join(comments, "")}
	}
	return schemas, nil
}

func (s *store) insertSchema(ctx context.Context, schema catalog.Schema) error {
	const op = "create schema"
	err := s.needSchema(ctx, op, schema.Name)
	if err == nil {
		return &catalog.Error{Op: op, Name: schema.Name, State: "42P06", Msg: "schema already exists"}
	}
	if stateOf(err) != "3F000" {
		return err
	}
	return s.change(ctx, op, schema.Name, func(tx *sql.Tx) error {
		err := insertProperty(ctx, tx, schema.Name, existsKey, "true")
		if err != nil || schema.Comment == "" {
			return err
		}
		return insertProperty(ctx, tx, schema.Name, schemaCommentKey, schema.Comment)
	})
}

// alterSchema sets a schema's comment, or removes it. PyIceberg makes schemas that have no property but a comment: they
// get one that keeps them.
func (s *store) alterSchema(ctx context.Context, schema catalog.Schema) error {
	const op = "alter schema"
	if err := s.needSchema(ctx, op, schema.Name); err != nil {
		return err
	}
	return s.change(ctx, op, schema.Name, func(tx *sql.Tx) error {
		if err := insertProperty(ctx, tx, schema.Name, existsKey, "true"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM iceberg_namespace_properties
			WHERE catalog_name = ? AND namespace = ? AND property_key = ?`, catalog.Database, schema.Name, schemaCommentKey)
		if err != nil || schema.Comment == "" {
			return err
		}
		return insertProperty(ctx, tx, schema.Name, schemaCommentKey, schema.Comment)
	})
}

// removeSchema removes a schema unless it holds tables or views. Its functions go with it.
func (s *store) removeSchema(ctx context.Context, name string) error {
	const op = "drop schema"
	if err := s.needSchema(ctx, op, name); err != nil {
		return err
	}
	held, err := s.strings(ctx, op, name, `SELECT table_name FROM iceberg_tables
		WHERE catalog_name = ? AND table_namespace = ? ORDER BY table_name LIMIT 1`, catalog.Database, name)
	if err != nil {
		return err
	}
	if len(held) > 0 {
		return &catalog.Error{Op: op, Name: name, State: "2BP01", Msg: "schema is not empty",
			Hint: "drop its tables first: " + name + "." + held[0]}
	}
	return s.change(ctx, op, name, func(tx *sql.Tx) error {
		gone, err := changed(ctx, tx, `DELETE FROM iceberg_namespace_properties
			WHERE catalog_name = ?1 AND namespace = ?2 AND NOT EXISTS (
				SELECT 1 FROM iceberg_tables WHERE catalog_name = ?1 AND table_namespace = ?2)`, catalog.Database, name)
		if err != nil || !gone {
			return err
		}
		if _, err := tx.ExecContext(ctx, createFunctions); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM mediaflight_functions WHERE function_namespace = ?`, name)
		return err
	})
}
