package temporary

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
)

// A lake is a catalog with all that tables of a lake can do.
type lake interface {
	catalog.Catalog
	catalog.Indexer
	catalog.IndexCoverage
	catalog.Viewer
	catalog.FunctionKeeper
	catalog.Renamer
}

// over is a lake with the temporary tables of a session, in a schema of their own.
type over struct {
	lake
	tables *Tables
}

// Over returns a catalog with the tables in front of it. It is the catalog itself if that is no lake.
func (t *Tables) Over(inner catalog.Catalog) catalog.Catalog {
	if l, ok := inner.(lake); ok {
		return &over{l, t}
	}
	return inner
}

func (c *over) Schemas(ctx context.Context) ([]catalog.Schema, error) {
	all, err := c.lake.Schemas(ctx)
	return append(all, catalog.Schema{Name: Schema, Comment: "temporary tables of this session"}), err
}

func (c *over) CreateSchema(ctx context.Context, s catalog.Schema) error {
	if s.Name == Schema {
		return &catalog.Error{Op: "create schema", Name: s.Name, State: "42P06", Msg: "schema already exists"}
	}
	return c.lake.CreateSchema(ctx, s)
}

func (c *over) AlterSchema(ctx context.Context, s catalog.Schema) error {
	if s.Name == Schema {
		return fixed("alter schema")
	}
	return c.lake.AlterSchema(ctx, s)
}

func (c *over) DropSchema(ctx context.Context, name string) error {
	if name == Schema {
		return fixed("drop schema")
	}
	return c.lake.DropSchema(ctx, name)
}

func fixed(op string) error {
	return &catalog.Error{Op: op, Name: Schema, State: "42501", Msg: "the schema of temporary tables stays as it is"}
}

func (c *over) Tables(ctx context.Context, schema string) ([]string, error) {
	if schema == Schema {
		return c.tables.mem.Tables(ctx, schema)
	}
	return c.lake.Tables(ctx, schema)
}

func (c *over) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	if name.Schema == Schema {
		return c.tables.table(ctx, name)
	}
	return c.lake.Table(ctx, name)
}

func (c *over) CreateTable(ctx context.Context, name catalog.Name, def catalog.Definition) (catalog.Table, error) {
	if name.Schema != Schema {
		return c.lake.CreateTable(ctx, name, def)
	}
	if _, err := c.tables.mem.CreateTable(ctx, name, def); err != nil {
		return nil, err
	}
	return c.tables.table(ctx, name)
}

func (c *over) CreateTableAs(ctx context.Context, name catalog.Name, def catalog.Definition) (catalog.Append, error) {
	if name.Schema != Schema {
		return c.lake.CreateTableAs(ctx, name, def)
	}
	a, err := c.tables.mem.CreateTableAs(ctx, name, def)
	if err != nil {
		return nil, err
	}
	return &counted{Append: a, tables: c.tables, name: name}, nil
}

func (c *over) ReplaceTableAs(ctx context.Context, name catalog.Name, def catalog.Definition) (catalog.Append, error) {
	if name.Schema != Schema {
		return c.lake.ReplaceTableAs(ctx, name, def)
	}
	a, err := c.tables.mem.ReplaceTableAs(ctx, name, def)
	if err != nil {
		return nil, err
	}
	return &counted{Append: a, tables: c.tables, name: name}, nil
}

func (c *over) DropTable(ctx context.Context, name catalog.Name) error {
	if name.Schema == Schema {
		return c.tables.drop(ctx, name)
	}
	return c.lake.DropTable(ctx, name)
}

func (c *over) Indexes(ctx context.Context, schema string) ([]catalog.IndexInfo, error) {
	if schema == Schema {
		return nil, nil
	}
	return c.lake.Indexes(ctx, schema)
}

func (c *over) CreateIndex(ctx context.Context, def catalog.IndexDefinition, watch func(catalog.IndexProgress)) error {
	if def.Table.Schema == Schema {
		return &catalog.Error{Op: "create index", Name: def.Table.String(), State: "0A000", Msg: "temporary tables have no indexes", Hint: "searches compare all of their rows"}
	}
	return c.lake.CreateIndex(ctx, def, watch)
}

func (c *over) Views(ctx context.Context, schema string) ([]string, error) {
	if schema == Schema {
		return nil, nil
	}
	return c.lake.Views(ctx, schema)
}

func (c *over) RenameTable(ctx context.Context, from, to catalog.Name) error {
	if from.Schema == Schema || to.Schema == Schema {
		return &catalog.Error{Op: "rename table", Name: from.String(), State: "0A000", Msg: "temporary tables keep their names",
			Hint: "CREATE TEMPORARY TABLE ... AS SELECT makes one of another name"}
	}
	return c.lake.RenameTable(ctx, from, to)
}
