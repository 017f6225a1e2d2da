package system

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mediaflight/mediaflight/catalog"
)

// Views of keys, which are declared and not enforced.

// eachKey visits the keys of the tables that are wanted.
func (r *reading) eachKey(ctx context.Context, visit func(t catalog.Name, key catalog.Key) error) error {
	return r.eachTable(ctx, func(t catalog.Table) error {
		for _, key := range t.Definition().Keys {
			if err := visit(t.Name(), named(t.Name(), key)); err != nil {
				return err
			}
		}
		return nil
	})
}

// named gives a key that has no name the one that PostgreSQL would.
func named(t catalog.Name, key catalog.Key) catalog.Key {
	if key.Name != "" {
		return key
	}
	columns := strings.Join(key.Columns, "_")
	switch key.Kind {
	case catalog.PrimaryKey:
		key.Name = t.Table + "_pkey"
	case catalog.UniqueKey:
		key.Name = fmt.Sprintf("%s_%s_key", t.Table, columns)
	case catalog.ForeignKey:
		key.Name = fmt.Sprintf("%s_%s_fkey", t.Table, columns)
	}
	return key
}

var constraintTypes = map[catalog.KeyKind]string{
	catalog.PrimaryKey: "PRIMARY KEY",
	catalog.UniqueKey:  "UNIQUE",
	catalog.ForeignKey: "FOREIGN KEY",
}

func tableConstraints(ctx context.Context, r *reading) error {
	return r.eachKey(ctx, func(t catalog.Name, key catalog.Key) error {
		distinct := ""
		if key.Kind == catalog.UniqueKey {
			distinct = "YES"
		}
		r.add(catalog.Database, t.Schema, key.Name, catalog.Database, t.Schema, t.Table, constraintTypes[key.Kind],
			"NO", "NO", "NO", distinct)
		return nil
	})
}

func keyColumnUsage(ctx context.Context, r *reading) error {
	return r.eachKey(ctx, func(t catalog.Name, key catalog.Key) error {
		for i, column := range key.Columns {
			var position any
			if key.Kind == catalog.ForeignKey {
				position = i + 1
				if referred, ok := r.referred(ctx, key); ok && i < len(key.RefColumns) {
					position = slices.Index(referred.Columns, key.RefColumns[i]) + 1
				}
			}
			r.add(catalog.Database, t.Schema, key.Name, catalog.Database, t.Schema, t.Table, column, i+1, position)
		}
		return nil
	})
}

func referentialConstraints(ctx context.Context, r *reading) error {
	return r.eachKey(ctx, func(t catalog.Name, key catalog.Key) error {
		if key.Kind != catalog.ForeignKey {
			return nil
		}
		name := ""
		if referred, ok := r.referred(ctx, key); ok {
			name = referred.Name
		}
		r.add(catalog.Database, t.Schema, key.Name, catalog.Database, key.References.Schema, name,
			"NONE", "NO ACTION", "NO ACTION")
		return nil
	})
}

// referred is the key of another table that a foreign key refers to: the one over its RefColumns, or the primary key.
func (r *reading) referred(ctx context.Context, foreign catalog.Key) (catalog.Key, bool) {
	t, err := r.catalog.Table(ctx, foreign.References)
	if err != nil {
		return catalog.Key{}, false
	}
	for _, key := range t.Definition().Keys {
		if key.Kind == catalog.ForeignKey {
			continue
		}
		if sameColumns(key.Columns, foreign.RefColumns) || len(foreign.RefColumns) == 0 && key.Kind == catalog.PrimaryKey {
			return named(foreign.References, key), true
		}
	}
	return catalog.Key{}, false
}

func sameColumns(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// constraintColumnUsage has the columns of primary and unique keys, and those that foreign keys refer to.
func constraintColumnUsage(ctx context.Context, r *reading) error {
	return r.eachKey(ctx, func(t catalog.Name, key catalog.Key) error {
		of, columns := t, key.Columns
		if key.Kind == catalog.ForeignKey {
			of, columns = key.References, key.RefColumns
			if referred, ok := r.referred(ctx, key); ok && len(columns) == 0 {
				columns = referred.Columns
			}
		}
		for _, column := range columns {
			r.add(catalog.Database, of.Schema, of.Table, column, catalog.Database, t.Schema, key.Name)
		}
		return nil
	})
}
