package iceberg

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// Functions are in a table of their own: catalogs of SQL have no place for those of Iceberg's specification. args spells the types of
// arguments, which tell functions of one name apart.
const createFunctions = `CREATE TABLE IF NOT EXISTS mediaflight_functions (
	function_namespace TEXT NOT NULL, function_name TEXT NOT NULL, args TEXT NOT NULL, definition TEXT NOT NULL,
	PRIMARY KEY (function_namespace, function_name, args))`

// A functionText is a function as it is kept. Schemas are in Arrow's IPC encoding.
type functionText struct {
	Args    []byte `json:"args"`
	Result  []byte `json:"result"`
	Table   bool   `json:"table,omitempty"`
	Strict  bool   `json:"strict,omitempty"`
	SQL     string `json:"sql"`
	Default string `json:"default-namespace"`
}

func (c *Catalog) FunctionsNamed(ctx context.Context, name string) ([]catalog.Function, error) {
	const op = "look up function"
	n, err := c.store.count(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'mediaflight_functions'`)
	if err != nil || n == 0 {
		return nil, c.store.fault(op, name, err)
	}
	rows, err := c.store.db.QueryContext(ctx, `SELECT function_namespace, function_name, definition FROM mediaflight_functions
		WHERE lower(function_name) = lower(?) ORDER BY 1, 2, args`, name)
	if err != nil {
		return nil, c.store.fault(op, name, err)
	}
	defer rows.Close()
	var out []catalog.Function
	for rows.Next() {
		var f catalog.Function
		var definition string
		if err := rows.Scan(&f.Name.Schema, &f.Name.Table, &definition); err != nil {
			return nil, c.store.fault(op, name, err)
		}
		if err := decodeFunction(definition, &f); err != nil {
			return nil, &catalog.Error{Op: op, Name: f.Name.String(), State: "XX001", Msg: "the function's definition is damaged: " + err.Error(), Hint: "create it anew"}
		}
		out = append(out, f)
	}
	return out, c.store.fault(op, name, rows.Err())
}

func decodeFunction(definition string, f *catalog.Function) error {
	var text functionText
	err := json.Unmarshal([]byte(definition), &text)
	if err == nil {
		f.Args, err = flight.DeserializeSchema(text.Args, memory.DefaultAllocator)
	}
	if err == nil {
		f.Result, err = flight.DeserializeSchema(text.Result, memory.DefaultAllocator)
	}
	f.Table, f.Strict, f.SQL, f.Default = text.Table, text.Strict, text.SQL, text.Default
	return err
}

func (c *Catalog) CreateFunction(ctx context.Context, f catalog.Function, replace bool) error {
	const op = "create function"
	if err := c.store.needSchema(ctx, op, f.Name.Schema); err != nil {
		return err
	}
	definition, err := json.Marshal(functionText{flight.SerializeSchema(f.Args, memory.DefaultAllocator), flight.SerializeSchema(f.Result, memory.DefaultAllocator),
		f.Table, f.Strict, f.SQL, f.Default})
	if err != nil {
		return err
	}
	insert := "INSERT INTO"
	if replace {
		insert = "INSERT OR REPLACE INTO"
	}
	return c.store.change(ctx, op, f.Name.String(), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, createFunctions); err != nil {
			return err
		}
		done, err := changed(ctx, tx, insert+` mediaflight_functions VALUES (?, ?, ?, ?) `+map[bool]string{false: "ON CONFLICT DO NOTHING"}[replace],
			f.Name.Schema, f.Name.Table, argTypes(f.Args), string(definition))
		if err == nil && !done {
			err = &catalog.Error{Op: op, Name: f.Name.String(), State: "42723", Msg: "function already exists with same argument types"}
		}
		return err
	})
}

func (c *Catalog) DropFunction(ctx context.Context, name catalog.Name, args *arrow.Schema) error {
	const op = "drop function"
	return c.store.change(ctx, op, name.String(), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, createFunctions); err != nil {
			return err
		}
		done, err := changed(ctx, tx, `DELETE FROM mediaflight_functions WHERE function_namespace = ? AND function_name = ? AND args = ?`,
			name.Schema, name.Table, argTypes(args))
		if err == nil && !done {
			err = &catalog.Error{Op: op, Name: name.String(), State: "42883", Msg: "function does not exist"}
		}
		return err
	})
}

func argTypes(args *arrow.Schema) string {
	types := make([]string, args.NumFields())
	for i, f := range args.Fields() {
		types[i] = f.Type.String()
	}
	return strings.Join(types, ", ")
}
