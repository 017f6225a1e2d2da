package system

import (
	"context"
	"slices"
	"strings"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// A Setting is a session option that mediaflight.settings lists.
type Setting struct{ Name, Default, Doc string }

// New returns inner with the system schemas added.
func New(inner catalog.Catalog, functions *udf.Set, settings ...Setting) catalog.Catalog {
	return &system{Catalog: inner, schemas: []schema{
		{"information_schema", "what the catalog holds, as the SQL standard has it", informationSchema()},
		{"mediaflight", "snapshots, files, indexes, functions and settings", mediaflight(functions, settings)},
	}}
}

// system is a catalog that answers for its own schemas and passes on everything else.
type system struct {
	catalog.Catalog
	schemas []schema
}

// Over has information_schema and mediaflight tell of another catalog.
func (s *system) Over(replace func(catalog.Catalog) catalog.Catalog) catalog.Catalog {
	return &system{Catalog: replace(s.Catalog), schemas: s.schemas}
}

type schema struct {
	name, comment string
	views         []view
}

func (s *system) schema(name string) *schema {
	i := slices.IndexFunc(s.schemas, func(own schema) bool { return own.name == name })
	if i < 0 {
		return nil
	}
	return &s.schemas[i]
}

func (s *system) Schemas(ctx context.Context) ([]catalog.Schema, error) {
	all, err := s.Catalog.Schemas(ctx)
	if err != nil {
		return nil, err
	}
	for _, own := range s.schemas {
		all = append(all, catalog.Schema{Name: own.name, Comment: own.comment, System: true})
	}
	slices.SortFunc(all, func(a, b catalog.Schema) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (s *system) Tables(ctx context.Context, name string) ([]string, error) {
	own := s.schema(name)
	if own == nil {
		return s.Catalog.Tables(ctx, name)
	}
	names := make([]string, len(own.views))
	for i, v := range own.views {
		names[i] = v.name
	}
	slices.Sort(names)
	return names, nil
}

func (s *system) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	own := s.schema(name.Schema)
	if own == nil {
		return s.Catalog.Table(ctx, name)
	}
	for i := range own.views {
		if own.views[i].name == name.Table {
			return newTable(s, name, &own.views[i]), nil
		}
	}
	return nil, &catalog.Error{Op: "look up table", Name: name.String(), State: "42P01", Msg: "table does not exist"}
}

func (s *system) CreateSchema(ctx context.Context, created catalog.Schema) error {
	if s.schema(created.Name) != nil {
		return &catalog.Error{Op: "create schema", Name: created.Name, State: "42P06", Msg: "schema already exists"}
	}
	return s.Catalog.CreateSchema(ctx, created)
}

func (s *system) AlterSchema(ctx context.Context, changed catalog.Schema) error {
	if s.schema(changed.Name) != nil {
		return readOnly("alter schema", changed.Name)
	}
	return s.Catalog.AlterSchema(ctx, changed)
}

func (s *system) DropSchema(ctx context.Context, name string) error {
	if s.schema(name) != nil {
		return readOnly("drop schema", name)
	}
	return s.Catalog.DropSchema(ctx, name)
}

func (s *system) CreateTable(ctx context.Context, name catalog.Name, def catalog.Definition) (catalog.Table, error) {
	if s.schema(name.Schema) != nil {
		return nil, readOnly("create table", name.String())
	}
	return s.Catalog.CreateTable(ctx, name, def)
}

func (s *system) CreateTableAs(ctx context.Context, name catalog.Name, def catalog.Definition) (catalog.Append, error) {
	if s.schema(name.Schema) != nil {
		return nil, readOnly("create table", name.String())
	}
	return s.Catalog.CreateTableAs(ctx, name, def)
}

func (s *system) ReplaceTableAs(ctx context.Context, name catalog.Name, def catalog.Definition) (catalog.Append, error) {
	if s.schema(name.Schema) != nil {
		return nil, readOnly("replace table", name.String())
	}
	return s.Catalog.ReplaceTableAs(ctx, name, def)
}

func (s *system) DropTable(ctx context.Context, name catalog.Name) error {
	if s.schema(name.Schema) != nil {
		return readOnly("drop table", name.String())
	}
	return s.Catalog.DropTable(ctx, name)
}

func (s *system) RenameTable(ctx context.Context, from, to catalog.Name) error {
	const op = "rename table"
	if s.schema(from.Schema) != nil || s.schema(to.Schema) != nil {
		return readOnly(op, from.String())
	}
	renamer, ok := s.Catalog.(catalog.Renamer)
	if !ok {
		return &catalog.Error{Op: op, Name: from.String(), State: "0A000", Msg: "tables of this catalog cannot be renamed"}
	}
	return renamer.RenameTable(ctx, from, to)
}

func readOnly(op, name string) error {
	return &catalog.Error{Op: op, Name: name, State: "42501", Msg: "system schemas are read-only"}
}
