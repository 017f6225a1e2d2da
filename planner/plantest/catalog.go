package plantest

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/catalog/system"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// Catalog is a catalog of a few tables:
//
//	main.clips      media rows, with columns of every kind: 3 rows
//	main.movies     what clips come from, by a foreign key: 2 rows
//	main.people     without rows
//	main.posters    with vectors that have indexes: 4 rows
//	main.twins      columns that differ in letter case only
//	archive.clips   another table of the name
//	archive."Big"   a name in upper case
//
// and the system schemas, and in main the views fresh, of archive.clips, and looped, narrow and stale, with which something is wrong.
func Catalog() catalog.Catalog {
	text, i64 := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64
	box := arrow.StructOf(field("label", text), field("x", arrow.PrimitiveTypes.Float32), field("Width", arrow.PrimitiveTypes.Float32))
	tables := memtable.NewCatalog(
		table("main", "clips", 3, required("id", i64), field("movie_id", arrow.PrimitiveTypes.Int32), field("image_caption", text),
			field("NSFW_score", arrow.PrimitiveTypes.Float32), field("emb", substrait.VectorOf(3)), field("tags", arrow.ListOf(text)),
			field("bboxes", arrow.ListOf(box)), field("main_box", box), field("price", &arrow.Decimal128Type{Precision: 10, Scale: 2}),
			field("taken", arrow.FixedWidthTypes.Date32), field("created", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}),
			field("ok", arrow.FixedWidthTypes.Boolean), field("attributes", arrow.MapOf(text, text)), field("raw", arrow.BinaryTypes.Binary)),
		table("main", "movies", 2, required("id", arrow.PrimitiveTypes.Int32), field("title", text), field("year", arrow.PrimitiveTypes.Int16)),
		table("main", "people", 0, field("id", i64), field("name", text)),
		table("main", "posters", 4, required("id", i64), field("movie_id", arrow.PrimitiveTypes.Int32), field("title", text),
			field("poster", substrait.VectorOf(3)), field("shot", substrait.VectorOf(4)), field("likes", arrow.PrimitiveTypes.Int32)),
		table("main", "twins", 0, field("Name", text), field("NAME", text), field("other", i64)),
		table("archive", "clips", 0, required("id", i64), field("why", text)),
		table("archive", "Big", 0, field("a", i64)),
	)
	declare(tables, "movies", catalog.Key{Name: "movies_pkey", Kind: catalog.PrimaryKey, Columns: []string{"id"}})
	declare(tables, "clips", catalog.Key{Name: "clips_movie_id_fkey", Kind: catalog.ForeignKey, Columns: []string{"movie_id"},
		References: catalog.Name{Schema: "main", Table: "movies"}, RefColumns: []string{"id"}})
	return withViews(withIndexes(system.New(tables, udf.Builtin())))
}

// declare gives a table of the schema main a key.
func declare(c catalog.Catalog, name string, key catalog.Key) {
	t, err := c.Table(context.Background(), catalog.Name{Schema: "main", Table: name})
	if err == nil {
		def := t.Definition()
		def.Keys = append(def.Keys, key)
		err = t.Alter(context.Background(), def)
	}
	if err != nil {
		panic(err)
	}
}

func required(name string, t arrow.DataType) arrow.Field { return arrow.Field{Name: name, Type: t} }
func field(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

// table has rows of default values: plans do not depend on more.
func table(schema, name string, rows int, fields ...arrow.Field) *memtable.Table {
	s := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	for i, f := range fields {
		for range rows {
			if f.Nullable {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).AppendEmptyValue()
			}
		}
	}
	return memtable.New(catalog.Name{Schema: schema, Table: name}, b.NewRecordBatch())
}

// Error writes an error as the tests expect it: state, place in the text, message, hint.
func Error(err error) string {
	var e *ast.Error
	if !errors.As(err, &e) {
		return "internal error: " + err.Error()
	}
	out := fmt.Sprintf("error %s at %d: %s", e.State, e.Pos, e.Msg)
	if e.Hint != "" {
		out += "\nhint: " + e.Hint
	}
	return out
}
