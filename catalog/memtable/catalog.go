// Package memtable holds tables in memory: for tests, and for system tables, which are built when they are read.
package memtable

import (
	"context"
	"slices"
	"sync"

	"github.com/mediaflight/mediaflight/catalog"
)

// A Catalog is a catalog.Catalog whose schemas and tables last as long as it does.
type Catalog struct {
	mu      sync.Mutex
	schemas map[string]*schema
}

type schema struct {
	catalog.Schema
	tables map[string]*Table
}

// NewCatalog returns a catalog that holds catalog.DefaultSchema and the given tables, in schemas of their names. It
// takes over the reference to the tables: Close releases them.
func NewCatalog(tables ...*Table) *Catalog {
	c := &Catalog{schemas: map[string]*schema{}}
	c.add(catalog.DefaultSchema)
	for _, t := range tables {
		c.add(t.Name().Schema).tables[t.Name().Table] = t
	}
	return c
}

func (c *Catalog) add(name string) *schema {
	s, ok := c.schemas[name]
	if !ok {
		s = &schema{Schema: catalog.Schema{Name: name}, tables: map[string]*Table{}}
		c.schemas[name] = s
	}
	return s
}

// Close releases the rows of all tables.
func (c *Catalog) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.schemas {
		for _, t := range s.tables {
			t.Release()
		}
	}
	c.schemas = nil
	return nil
}

func (c *Catalog) Schemas(context.Context) ([]catalog.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []catalog.Schema
	for _, name := range sortedKeys(c.schemas) {
		out = append(out, c.schemas[name].Schema)
	}
	return out, nil
}

func (c *Catalog) CreateSchema(_ context.Context, s catalog.Schema) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.schemas[s.Name]; ok {
		return &catalog.Error{Op: "create schema", Name: s.Name, State: "42P06", Msg: "schema already exists"}
	}
	c.add(s.Name).Schema = s
	return nil
}

func (c *Catalog) AlterSchema(_ context.Context, changed catalog.Schema) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.schema("alter schema", changed.Name)
	if err != nil {
		return err
	}
	s.Comment = changed.Comment
	return nil
}

func (c *Catalog) DropSchema(_ context.Context, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.schema("drop schema", name)
	if err != nil {
		return err
	}
	if len(s.tables) > 0 {
		return &catalog.Error{Op: "drop schema", Name: name, State: "2BP01", Msg: "schema is not empty",
			Hint: "drop its tables first: " + sortedKeys(s.tables)[0]}
	}
	delete(c.schemas, name)
	return nil
}

func (c *Catalog) Tables(_ context.Context, name string) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.schema("list tables", name)
	if err != nil {
		return nil, err
	}
	return sortedKeys(s.tables), nil
}

func (c *Catalog) Table(_ context.Context, name catalog.Name) (catalog.Table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, err := c.table("look up table", name)
	if err != nil {
		return nil, err
	}
	return t.lookup(), nil
}

func (c *Catalog) CreateTable(_ context.Context, name catalog.Name, def catalog.Definition) (catalog.Table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.free(name); err != nil {
		return nil, err
	}
	t := newTable(name, def)
	c.schemas[name.Schema].tables[name.Table] = t
	return t.lookup(), nil
}

// DropTable takes the table from the catalog and releases its rows.
func (c *Catalog) DropTable(_ context.Context, name catalog.Name) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, err := c.table("drop table", name)
	if err != nil {
		return err
	}
	delete(c.schemas[name.Schema].tables, name.Table)
	t.Release()
	return nil
}

func (c *Catalog) schema(op, name string) (*schema, error) {
	s, ok := c.schemas[name]
	if !ok {
		return nil, &catalog.Error{Op: op, Name: name, State: "3F000", Msg: "schema does not exist"}
	}
	return s, nil
}

func (c *Catalog) table(op string, name catalog.Name) (*Table, error) {
	s, err := c.schema(op, name.Schema)
	if err != nil {
		return nil, err
	}
	t, ok := s.tables[name.Table]
	if !ok {
		return nil, &catalog.Error{Op: op, Name: name.String(), State: "42P01", Msg: "table does not exist"}
	}
	return t, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
