package plantest

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
)

// views are those of the catalog, in the schema main.
var views = []catalog.ViewDefinition{
	viewOf("fresh", "SELECT id, why AS title FROM archive.clips WHERE id > 2000", required("id", arrow.PrimitiveTypes.Int64), field("title", arrow.BinaryTypes.String)),
	viewOf("looped", "SELECT a FROM main.looped", field("a", arrow.PrimitiveTypes.Int64)),
	viewOf("narrow", "SELECT 1 AS id, 2 AS more", field("id", arrow.PrimitiveTypes.Int32)),
	viewOf("stale", "SELECT gone FROM mediaflight.settings", field("gone", arrow.PrimitiveTypes.Int64)),
}

// viewOf is a view whose name is its comment.
func viewOf(name, sql string, columns ...arrow.Field) catalog.ViewDefinition {
	return catalog.ViewDefinition{Schema: arrow.NewSchema(columns, nil), SQL: sql, Default: catalog.DefaultSchema, Comment: name}
}

// viewing is a catalog with views, which stay what they are.
type viewing struct {
	catalog.Catalog
	catalog.Indexer
}

func withViews(c catalog.Catalog) catalog.Catalog { return &viewing{c, c.(catalog.Indexer)} }

func (c *viewing) Views(_ context.Context, schema string) ([]string, error) {
	var names []string
	for _, v := range views {
		if schema == catalog.DefaultSchema {
			names = append(names, v.Comment)
		}
	}
	return names, nil
}

func (c *viewing) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	i := slices.IndexFunc(views, func(v catalog.ViewDefinition) bool { return v.Comment == name.Table })
	if i < 0 || name.Schema != catalog.DefaultSchema {
		return c.Catalog.Table(ctx, name)
	}
	return &view{table(name.Schema, name.Table, 0, views[i].Schema.Fields()...), views[i]}, nil
}

func (c *viewing) CreateView(context.Context, catalog.Name, catalog.ViewDefinition) error {
	return errFixed
}
func (c *viewing) ReplaceView(context.Context, catalog.Name, catalog.ViewDefinition) error {
	return errFixed
}
func (c *viewing) DropView(context.Context, catalog.Name) error { return errFixed }

var errFixed = &catalog.Error{State: "42501", Msg: "the catalog of tests is read-only"}

type view struct {
	*memtable.Table
	def catalog.ViewDefinition
}

func (v *view) Kind() string                          { return "VIEW" }
func (v *view) View() (catalog.ViewDefinition, error) { return v.def, nil }

// FunctionsNamed has two functions many_of_a_name, which differ in the type of their argument.
func (c *viewing) FunctionsNamed(_ context.Context, name string) ([]catalog.Function, error) {
	if name != "many_of_a_name" {
		return nil, nil
	}
	of := func(t arrow.DataType) catalog.Function {
		args := arrow.NewSchema([]arrow.Field{field("a", t)}, nil)
		return catalog.Function{Name: catalog.Name{Schema: catalog.DefaultSchema, Table: name}, Args: args, Result: args, SQL: "SELECT a", Default: catalog.DefaultSchema}
	}
	return []catalog.Function{of(arrow.PrimitiveTypes.Int64), of(arrow.PrimitiveTypes.Float32)}, nil
}

func (c *viewing) CreateFunction(context.Context, catalog.Function, bool) error { return errFixed }
func (c *viewing) DropFunction(context.Context, catalog.Name, *arrow.Schema) error {
	return errFixed
}
