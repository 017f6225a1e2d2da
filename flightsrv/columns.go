package flightsrv

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// dbSchemaNameKey is the specification's spelling of the schema's key; all implementations read flightsql.SchemaNameKey.
// Both are sent.
const dbSchemaNameKey = "ARROW:FLIGHT:SQL:DB_SCHEMA_NAME"

// describe adds to a result's columns what drivers read of them: the SQL type's name, precision and scale. It drops all
// other metadata, such as field ids, which are the catalog's own matter.
func describe(schema *arrow.Schema) *arrow.Schema {
	fields := make([]arrow.Field, schema.NumFields())
	for i, f := range schema.Fields() {
		f.Metadata = typeMetadata(f.Type).Metadata()
		fields[i] = f
	}
	return arrow.NewSchema(fields, nil)
}

// describeTable adds all that is known of a table's columns. Remarks are sent here alone: JDBC would make them the labels of
// a result's columns.
func describeTable(name catalog.Name, def catalog.Definition, readOnly bool) *arrow.Schema {
	fields := make([]arrow.Field, def.Schema.NumFields())
	for i, f := range def.Schema.Fields() {
		b := typeMetadata(f.Type).CatalogName(catalog.Database).SchemaName(name.Schema).TableName(name.Table).
			IsAutoIncrement(false).IsCaseSensitive(isText(f.Type)).IsReadOnly(readOnly).IsSearchable(true)
		if comment, ok := f.Metadata.GetValue(catalog.CommentKey); ok {
			b.Remarks(comment)
		}
		m := b.Metadata()
		f.Metadata = arrow.NewMetadata(append(m.Keys(), dbSchemaNameKey), append(m.Values(), name.Schema))
		fields[i] = f
	}
	return arrow.NewSchema(fields, nil)
}

func typeMetadata(t arrow.DataType) *flightsql.ColumnMetadataBuilder {
	b := flightsql.NewColumnMetadataBuilder().TypeName(udf.TypeName(t))
	if precision, scale, ok := precisionOf(t); ok {
		b.Precision(precision).Scale(scale)
	}
	return b
}

// precisionOf is the number of decimal digits of a number, and of those behind the point.
func precisionOf(t arrow.DataType) (precision, scale int32, ok bool) {
	switch t := t.(type) {
	case *arrow.Int16Type:
		return 5, 0, true
	case *arrow.Int32Type:
		return 10, 0, true
	case *arrow.Int64Type:
		return 19, 0, true
	case *arrow.Float32Type:
		return 7, 0, true
	case *arrow.Float64Type:
		return 15, 0, true
	case arrow.DecimalType:
		return t.GetPrecision(), t.GetScale(), true
	}
	return 0, 0, false
}

func isText(t arrow.DataType) bool { return t.ID() == arrow.STRING }
