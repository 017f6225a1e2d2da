package iceberg

import (
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
	names []string      // by which it may be found in files without field ids, if these are several
}

func columnsOf(schema *iceberg.Schema, meta table.Metadata) []column {
	props, mapping := meta.Properties(), meta.NameMapping()
	columns := make([]column, schema.NumFields())
	for i, f := range schema.Fields() {
		dim := dimOf(f, meta)
		c := column{field: f, arrow: arrowColumn(f, dim, false)}
		c.read = reader.Column{FieldID: f.ID, Name: f.Name, Field: arrowColumn(f, dim, true)}
		if names := namesInFiles(f, mapping); len(names) == 1 {
			c.read.Name = names[0]
		} else {
			c.names = names
		}
		if f.InitialDefault != nil && c.arrow.Type != arrow.Null {
			constant, err := constantArray(f.Type, c.arrow.Type, f.InitialDefault)
			if err != nil {
				c.arrow = unreadable(f, err.Error())
			}
			c.read.Default = constant
		}
		if text, ok := c.defaultText(props); ok {
			c.arrow.Metadata = withMetadata(c.arrow.Metadata, catalog.DefaultKey, text)
		}
		columns[i] = c
	}
	return columns
}

// dimOf is the length of a column's vectors, 0 if it is not known. Properties know columns by the names that they have now.
func dimOf(f iceberg.NestedField, meta table.Metadata) int32 {
	name := f.Name
	if now, ok := meta.CurrentSchema().FindFieldByID(f.ID); ok {
		name = now.Name
	}
	dim, _ := strconv.ParseUint(meta.Properties()[vectorPrefix+name+dimSuffix], 10, 31)
	return int32(dim)
}

func withMetadata(m arrow.Metadata, key, value string) arrow.Metadata {
	return arrow.NewMetadata(append(m.Keys(), key), append(m.Values(), value))
}

// namesInFiles are the names of a column in files without field ids: those that the table's name mapping lists, or its
// own if there is no mapping.
func namesInFiles(f iceberg.NestedField, mapping iceberg.NameMapping) []string {
	for _, m := range mapping {
		if m.FieldID != nil && *m.FieldID == f.ID {
			return m.Names
		}
	}
	return []string{f.Name}
}

// chooseNames chooses the names of columns that have several: the one that the file has.
func chooseNames(columns []column, read []reader.Column, file *reader.File) error {
	var schema *arrow.Schema
	for i, c := range columns {
		if c.names == nil {
			continue
		}
		if schema == nil {
			var err error
			if schema, err = file.ArrowSchema(); err != nil {
				return err
			}
		}
		for _, name := range c.names {
			if schema.HasField(name) {
				read[i].Name = name
			}
		}
	}
	return nil
}

// arrowColumn is the Arrow field of a column, with a comment, and with field ids for catalog/parquet. A list of floats
// becomes a vector if a length is known for it.
func arrowColumn(f iceberg.NestedField, dim int32, ids bool) arrow.Field {
	out, ok := fromIcebergField(f, ids)
	if !ok {
		return unreadable(f, f.Type.String())
	}
	if list, ok := f.Type.(*iceberg.ListType); ok && dim > 0 && list.Element == iceberg.PrimitiveTypes.Float32 {
		element, _ := fromIcebergField(list.ElementField(), ids)
		element.Nullable = false
		out.Type = arrow.FixedSizeListOfField(dim, element)
	}
	if f.Doc != "" {
		out.Metadata = withMetadata(out.Metadata, catalog.CommentKey, f.Doc)
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
