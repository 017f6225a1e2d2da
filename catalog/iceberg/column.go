package iceberg

import (
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// A column is a column of a schema of a table.
type column struct {
	field iceberg.NestedField
	arrow arrow.Field   // as users see it
	read  reader.Column // as it is found in data files; its field has ids
}

func columnsOf(schema *iceberg.Schema, meta table.Metadata) []column {
	props, mapping := meta.Properties(), meta.NameMapping()
	columns := make([]column, schema.NumFields())
	for i, f := range schema.Fields() {
		dim, _ := strconv.Atoi(props[vectorPrefix+f.Name+dimSuffix])
		c := column{field: f, arrow: arrowColumn(f, dim, false)}
		c.read = reader.Column{FieldID: f.ID, Name: nameInFiles(f, mapping), Field: arrowColumn(f, dim, true)}
		if f.InitialDefault != nil && c.arrow.Type != arrow.Null {
			constant, err := constantArray(f.Type, c.arrow.Type, f.InitialDefault)
			if err != nil {
				c.arrow = unreadable(f, err.Error())
			}
			c.read.Default = constant
		}
		columns[i] = c
	}
	return columns
}

// nameInFiles is the name of a column in files without field ids.
func nameInFiles(f iceberg.NestedField, mapping iceberg.NameMapping) string {
	for _, m := range mapping {
		if m.FieldID != nil && *m.FieldID == f.ID && len(m.Names) > 0 && !slices.Contains(m.Names, f.Name) {
			return m.Names[0]
		}
	}
	return f.Name
}

// arrowColumn is the Arrow field of a column, with a comment, and with field ids for catalog/parquet. A list of floats
// becomes a vector if a length is known for it.
func arrowColumn(f iceberg.NestedField, dim int, ids bool) arrow.Field {
	out, ok := fromIcebergField(f, ids)
	if !ok {
		return unreadable(f, f.Type.String())
	}
	if list, ok := f.Type.(*iceberg.ListType); ok && dim > 0 && list.Element == iceberg.PrimitiveTypes.Float32 {
		element, _ := fromIcebergField(list.ElementField(), ids)
		element.Nullable = false
		out.Type = arrow.FixedSizeListOfField(int32(dim), element)
	}
	if f.Doc != "" {
		out.Metadata = arrow.NewMetadata(append(out.Metadata.Keys(), catalog.CommentKey), append(out.Metadata.Values(), f.Doc))
	}
	return out
}

// unreadable stands for a column that cannot be read: why is told when somebody tries to.
func unreadable(f iceberg.NestedField, why string) arrow.Field {
	return arrow.Field{Name: f.Name, Type: arrow.Null, Nullable: true, Metadata: arrow.NewMetadata([]string{unreadableKey}, []string{why})}
}

func arrowSchema(columns []column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = c.arrow
	}
	return arrow.NewSchema(fields, nil)
}
