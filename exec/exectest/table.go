package exectest

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
)

// Table makes a table of the schema main from batches of rows, each written as JSON objects.
func Table(name string, fields []arrow.Field, batches ...string) *memtable.Table {
	schema := arrow.NewSchema(fields, nil)
	var records []arrow.RecordBatch
	for _, json := range batches {
		b, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(json))
		if err != nil {
			panic(err)
		}
		records = append(records, b)
	}
	return memtable.New(catalog.Name{Schema: catalog.DefaultSchema, Table: name}, records...)
}

// Field is a column that may be NULL.
func Field(name string, dt arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: dt, Nullable: true}
}
