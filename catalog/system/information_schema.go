package system

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/temporary"
	"github.com/mediaflight/mediaflight/udf"
)

// informationSchema lists the views of information_schema, with the names, types and order of columns that
// PostgreSQL's have. Comments, which the standard lacks, come last.
func informationSchema() []view {
	return []view{
		{
			name: "schemata", comment: "schemas",
			columns: texts("catalog_name", "schema_name", "schema_owner", "default_character_set_catalog",
				"default_character_set_schema", "default_character_set_name", "sql_path", "schema_comment"),
			rows: schemata,
		},
		{
			name: "tables", comment: "tables, views and system tables",
			columns: texts("table_catalog", "table_schema", "table_name", "table_type", "self_referencing_column_name",
				"reference_generation", "user_defined_type_catalog", "user_defined_type_schema", "user_defined_type_name",
				"is_insertable_into", "is_typed", "commit_action", "table_comment"),
			rows: tables,
		},
		{
			name: "columns", comment: "columns of tables, views and system tables",
			columns: []arrow.Field{text("table_catalog"), text("table_schema"), text("table_name"), text("column_name"),
				cardinal("ordinal_position"), text("column_default"), text("is_nullable"), text("data_type"),
				cardinal("character_maximum_length"), cardinal("character_octet_length"), cardinal("numeric_precision"),
				cardinal("numeric_precision_radix"), cardinal("numeric_scale"), cardinal("datetime_precision"),
				text("interval_type"), cardinal("interval_precision"), text("udt_catalog"), text("udt_schema"),
				text("udt_name"), text("is_identity"), text("is_generated"), text("generation_expression"),
				text("is_updatable"), text("column_comment")},
			rows: columns,
		},
		{
			name: "views", comment: "views and their queries",
			columns: texts("table_catalog", "table_schema", "table_name", "view_definition", "check_option",
				"is_updatable", "is_insertable_into", "is_trigger_updatable", "is_trigger_deletable",
				"is_trigger_insertable_into"),
			rows: views,
		},
		{
			name: "table_constraints", comment: "primary, unique and foreign keys",
			columns: texts("constraint_catalog", "constraint_schema", "constraint_name", "table_catalog", "table_schema",
				"table_name", "constraint_type", "is_deferrable", "initially_deferred", "enforced", "nulls_distinct"),
			rows: tableConstraints,
		},
		{
			name: "key_column_usage", comment: "columns of primary, unique and foreign keys",
			columns: append(texts("constraint_catalog", "constraint_schema", "constraint_name", "table_catalog",
				"table_schema", "table_name", "column_name"),
				cardinal("ordinal_position"), cardinal("position_in_unique_constraint")),
			rows: keyColumnUsage,
		},
		{
			name: "referential_constraints", comment: "foreign keys and the keys that they refer to",
			columns: texts("constraint_catalog", "constraint_schema", "constraint_name", "unique_constraint_catalog",
				"unique_constraint_schema", "unique_constraint_name", "match_option", "update_rule", "delete_rule"),
			rows: referentialConstraints,
		},
		{
			name: "constraint_column_usage", comment: "columns that keys name, or refer to",
			columns: texts("table_catalog", "table_schema", "table_name", "column_name", "constraint_catalog",
				"constraint_schema", "constraint_name"),
			rows: constraintColumnUsage,
		},
	}
}

func schemata(ctx context.Context, r *reading) error {
	return r.eachSchema(ctx, func(s catalog.Schema) error {
		r.add(catalog.Database, s.Name, nil, nil, nil, "UTF8", nil, s.Comment)
		return nil
	})
}

func tables(ctx context.Context, r *reading) error {
	isView := map[catalog.Name]bool{}
	err := r.eachView(ctx, func(name catalog.Name) error {
		isView[name] = true
		return nil
	})
	if err != nil {
		return err
	}
	return r.eachName(ctx, func(s catalog.Schema, name catalog.Name) error {
		kind, insertable := "BASE TABLE", "YES"
		switch {
		case s.System:
			kind, insertable = "SYSTEM VIEW", "NO"
		case name.Schema == temporary.Schema:
			kind = "LOCAL TEMPORARY"
		case isView[name]:
			kind, insertable = "VIEW", "NO"
		}
		comment := ""
		if wants(r.columns, "table_comment") {
			if t, err := r.catalog.Table(ctx, name); err == nil {
				comment = t.Definition().Comment
			} else if !gone(err) {
				return err
			}
		}
		r.add(catalog.Database, name.Schema, name.Table, kind, nil, nil, nil, nil, nil, insertable, "NO", nil, comment)
		return nil
	})
}

func columns(ctx context.Context, r *reading) error {
	return r.eachTable(ctx, func(t catalog.Table) error {
		updatable := "YES"
		if t.Kind() != "TABLE" {
			updatable = "NO"
		}
		def := t.Definition()
		for i, f := range def.Schema.Fields() {
			d := describe(f.Type)
			var length any
			if n, ok := def.Length(f.Name); ok {
				length = n
			}
			comment, _ := f.Metadata.GetValue(catalog.CommentKey)
			var standard any
			if text, ok := f.Metadata.GetValue(catalog.DefaultKey); ok {
				standard = text
			}
			r.add(catalog.Database, t.Name().Schema, t.Name().Table, f.Name, i+1, standard, yesNo(f.Nullable), d.name,
				length, d.octets, d.precision, d.radix, d.scale, d.fraction, nil, nil, catalog.Database,
				catalog.DefaultSchema, d.name, "NO", "NEVER", nil, updatable, comment)
		}
		return nil
	})
}

func yesNo(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// A description is what columns say of a type; nil is NULL.
type description struct {
	name                                      string
	octets, precision, radix, scale, fraction any
}

// describe says of a type what PostgreSQL says. Lengths of arrays and vectors are part of the name, which is of more
// use than PostgreSQL's ARRAY and USER-DEFINED.
func describe(dt arrow.DataType) description {
	d := description{name: udf.TypeName(dt)}
	switch dt := dt.(type) {
	case *arrow.Int16Type:
		d.precision, d.radix, d.scale = 16, 2, 0
	case *arrow.Int32Type:
		d.precision, d.radix, d.scale = 32, 2, 0
	case *arrow.Int64Type:
		d.precision, d.radix, d.scale = 64, 2, 0
	case *arrow.Float32Type:
		d.precision, d.radix = 24, 2
	case *arrow.Float64Type:
		d.precision, d.radix = 53, 2
	case *arrow.Decimal128Type:
		d.name = "numeric"
		d.precision, d.radix, d.scale = int(dt.Precision), 10, int(dt.Scale)
	case *arrow.StringType:
		d.octets = 1 << 30
	case *arrow.Date32Type:
		d.fraction = 0
	case *arrow.Time64Type, *arrow.TimestampType, *arrow.MonthDayNanoIntervalType:
		d.fraction = 6
	}
	return d
}
