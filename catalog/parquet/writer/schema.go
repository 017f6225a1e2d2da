package writer

import (
	"bytes"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/mediaflight/mediaflight/catalog"
)

// isVector reports whether a column is one of vectors.
func isVector(typ arrow.DataType) bool {
	list, ok := typ.(*arrow.FixedSizeListType)
	return ok && list.Elem().ID() == arrow.FLOAT32
}

// emptyFile is the footer of a file with the schema and no rows: pqarrow's word on how Parquet spells it.
func emptyFile(schema *arrow.Schema) (*fileMetaData, error) {
	fields := make([]arrow.Field, schema.NumFields())
	for i, f := range schema.Fields() {
		fields[i] = plainField(f)
		if isVector(f.Type) {
			element := fields[i].Type.(*arrow.ListType).ElemField()
			element.Nullable = false
			fields[i].Type = arrow.ListOfField(element)
		}
	}
	props := parquet.NewWriterProperties(properties(memory.DefaultAllocator, nil, nil)...)
	var file bytes.Buffer
	w, err := pqarrow.NewFileWriter(arrow.NewSchema(fields, nil), &file, props, pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	meta := new(fileMetaData)
	return meta, readFooter(file.Bytes(), meta)
}

// checkSchema refuses types that Parquet or Iceberg cannot hold.
func checkSchema(schema *arrow.Schema) error {
	for _, f := range schema.Fields() {
		if typ := unwritable(f.Type); typ != nil {
			return &catalog.Error{
				Op: "write", State: "0A000",
				Msg:  fmt.Sprintf("a file cannot hold the type %s of column %q", typ, f.Name),
				Hint: "cast the column to another type",
			}
		}
	}
	return nil
}

// unwritable is the type itself or the first type within it that cannot be written, nil if there is none.
func unwritable(typ arrow.DataType) arrow.DataType {
	switch t := typ.(type) {
	case *arrow.BooleanType, *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type,
		*arrow.Float32Type, *arrow.Float64Type, *arrow.Decimal128Type, *arrow.StringType, *arrow.BinaryType,
		*arrow.FixedSizeBinaryType, *arrow.Date32Type, *extensions.UUIDType:
		return nil
	case *arrow.Time64Type:
		if t.Unit == arrow.Microsecond {
			return nil
		}
	case *arrow.TimestampType:
		if t.Unit == arrow.Microsecond {
			return nil
		}
	case *arrow.StructType:
		for _, f := range t.Fields() {
			if bad := unwritable(f.Type); bad != nil {
				return bad
			}
		}
		if t.NumFields() > 0 {
			return nil
		}
	case *arrow.MapType:
		if bad := unwritable(t.KeyType()); bad != nil {
			return bad
		}
		return unwritable(t.ItemType())
	case *arrow.FixedSizeListType:
		if t.Len() > 0 {
			return unwritable(t.Elem())
		}
	case *arrow.ListType:
		return unwritable(t.Elem())
	}
	return typ
}

// checkBatch compares types and refuses NULL where the schema has none.
func checkBatch(schema *arrow.Schema, batch arrow.RecordBatch) error {
	if int(batch.NumCols()) != schema.NumFields() {
		return fmt.Errorf("the batch has %d columns, the file %d", batch.NumCols(), schema.NumFields())
	}
	for i, f := range schema.Fields() {
		values := batch.Column(i)
		if !sameType(f.Type, values.DataType()) {
			return fmt.Errorf("column %q: the batch has %s, the file %s", f.Name, values.DataType(), f.Type)
		}
		if isVector(f.Type) { // elements are required whatever the schema says
			list := f.Type.(*arrow.FixedSizeListType)
			f.Type = arrow.FixedSizeListOfNonNullable(list.Len(), list.Elem())
		}
		if missing(f, values, func(int) bool { return true }) {
			return &catalog.Error{
				Op: "write", State: "23502",
				Msg: fmt.Sprintf("null value in column %q violates not-null constraint", f.Name),
			}
		}
	}
	return nil
}

// sameType compares types by what a file holds of them: not by the names of lists' elements or by nullability.
func sameType(a, b arrow.DataType) bool {
	switch a := a.(type) {
	case *arrow.StructType:
		b, ok := b.(*arrow.StructType)
		if !ok || a.NumFields() != b.NumFields() {
			return false
		}
		for i, f := range a.Fields() {
			if f.Name != b.Field(i).Name || !sameType(f.Type, b.Field(i).Type) {
				return false
			}
		}
		return true
	case *arrow.FixedSizeListType:
		b, ok := b.(*arrow.FixedSizeListType)
		return ok && a.Len() == b.Len() && sameType(a.Elem(), b.Elem())
	case *arrow.MapType:
		b, ok := b.(*arrow.MapType)
		return ok && sameType(a.KeyType(), b.KeyType()) && sameType(a.ItemType(), b.ItemType())
	case *arrow.ListType:
		b, ok := b.(*arrow.ListType)
		return ok && sameType(a.Elem(), b.Elem())
	}
	return arrow.TypeEqual(a, b)
}
