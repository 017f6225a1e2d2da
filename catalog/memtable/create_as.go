package memtable

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
)

// CreateTableAs collects a table's first rows; the catalog has the table once they are committed.
func (c *Catalog) CreateTableAs(_ context.Context, name catalog.Name, def catalog.Definition) (catalog.Append, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.free(name); err != nil {
		return nil, err
	}
	return &creating{appending: appending{table: newTable(name, def)}, catalog: c}, nil
}

// free is an error where the name cannot be created. The caller holds mu.
func (c *Catalog) free(name catalog.Name) error {
	s, err := c.schema("create table", name.Schema)
	if err != nil {
		return err
	}
	if _, ok := s.tables[name.Table]; ok {
		return &catalog.Error{Op: "create table", Name: name.String(), State: "42P07", Msg: "table already exists"}
	}
	return nil
}

// creating is an append to a table that is not in the catalog yet.
type creating struct {
	appending
	catalog *Catalog
}

func (a *creating) Commit(ctx context.Context) (int64, error) {
	a.catalog.mu.Lock()
	defer a.catalog.mu.Unlock()
	name := a.table.name
	if err := a.catalog.free(name); err != nil { // another was faster
		a.Abort()
		return 0, err
	}
	rows, err := a.appending.Commit(ctx)
	if err != nil {
		return 0, err
	}
	a.catalog.schemas[name.Schema].tables[name.Table] = a.table
	return rows, nil
}
