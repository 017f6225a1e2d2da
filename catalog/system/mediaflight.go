package system

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// mediaflight lists the views of the schema mediaflight.
func mediaflight(functions *udf.Set, settings []Setting) []view {
	return []view{
		{
			name: "snapshots", comment: "states of tables that can still be read",
			columns: []arrow.Field{text("table_schema"), text("table_name"), number("snapshot_id"), number("parent_id"),
				instant("committed_at"), text("operation"), number("rows_added"), number("rows_deleted"), truth("is_current")},
			rows: snapshots,
		},
		{
			name: "files", comment: "data files of the current snapshots",
			columns: []arrow.Field{text("table_schema"), text("table_name"), number("snapshot_id"), text("path"),
				number("rows"), number("bytes")},
			rows: files,
		},
		{
			name: "index_stats", comment: "vector indexes, and how they stand to the current snapshots",
			columns: []arrow.Field{text("index_schema"), text("index_name"), text("table_name"), text("column_name"), text("metric"),
				number("lists"), number("bits"), number("rows"), number("rows_uncovered"), number("files"), number("files_uncovered"),
				number("bytes"), double("imbalance"), text("state"), text("detail")},
			rows: indexStats,
		},
		{
			name: "index_curve", comment: "which recall how many probes of an index gave when it was built",
			columns: []arrow.Field{text("index_schema"), text("index_name"), text("table_name"), number("k"), number("probes"), double("recall")},
			rows:    indexCurve,
		},
		{
			name: "index_files", comment: "data files of the current snapshots, and whether an index covers them",
			columns: []arrow.Field{text("index_schema"), text("index_name"), text("table_name"), text("path"), number("rows"), truth("is_covered")},
			rows:    indexFiles,
		},
		{
			name: "functions", comment: "functions and aggregates, an overload a row",
			columns: texts("name", "kind", "chapter", "arguments", "doc", "example", "aliases"),
			rows: func(_ context.Context, r *reading) error {
				addFunctions(r, functions)
				return nil
			},
		},
		{
			name: "settings", comment: "what SET changes, with its default",
			columns: texts("name", "default_value", "doc"),
			rows: func(_ context.Context, r *reading) error {
				for _, s := range settings {
					r.add(s.Name, s.Default, s.Doc)
				}
				return nil
			},
		},
	}
}

func snapshots(ctx context.Context, r *reading) error {
	return r.eachTable(ctx, func(t catalog.Table) error {
		historian, ok := t.(catalog.Historian)
		if !ok {
			return nil
		}
		for _, s := range historian.Snapshots() {
			var parent any
			if s.Parent != 0 {
				parent = s.Parent
			}
			r.add(t.Name().Schema, t.Name().Table, s.ID, parent, s.Time, s.Operation, s.Added, s.Deleted, s.ID == t.Current().ID())
		}
		return nil
	})
}

func files(ctx context.Context, r *reading) error {
	return r.eachTable(ctx, func(t catalog.Table) error {
		filed, ok := t.Current().(catalog.Filed)
		if !ok {
			return nil
		}
		files, err := filed.Files(ctx)
		if gone(err) {
			return nil
		}
		for _, f := range files {
			r.add(t.Name().Schema, t.Name().Table, t.Current().ID(), f.Path, f.Rows, f.Bytes)
		}
		return err
	})
}

func addFunctions(r *reading, functions *udf.Set) {
	for _, f := range functions.Scalars() {
		if f.Internal {
			continue
		}
		for _, impl := range f.Impls {
			arguments := signature(f.Args, impl.In)
			if impl.Variadic {
				arguments += ", ..."
			}
			r.add(f.Name, "scalar", f.Kind, arguments, f.Doc, f.Example, strings.Join(f.Aliases, ", "))
		}
	}
	for _, f := range functions.Aggregates() {
		for _, impl := range f.Impls {
			r.add(f.Name, "aggregate", "aggregate", signature(f.Args, impl.In), f.Doc, f.Example, strings.Join(f.Aliases, ", "))
		}
	}
	addWindowFunctions(r, functions)
}

func addWindowFunctions(r *reading, functions *udf.Set) {
	for _, f := range functions.Windows() {
		for _, impl := range f.Impls {
			r.add(f.Name, "window", "window", signature(f.Args, impl.In), f.Doc, "", "")
		}
	}
}

// signature spells arguments with their types: "a vector, b vector".
func signature(names []string, types []udf.Type) string {
	parts := make([]string, len(types))
	for i, t := range types {
		parts[i] = t.Name
		if i < len(names) {
			parts[i] = names[i] + " " + t.Name
		}
	}
	return strings.Join(parts, ", ")
}
