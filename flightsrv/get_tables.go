package flightsrv

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// tablesABatch bounds the batches of getTables, whose schemas may be long.
const tablesABatch = 500

// getTables lists the tables, with their columns where asked.
var getTables = metadataCommand(&pb.CommandGetTables{},
	func(m *pb.CommandGetTables) *arrow.Schema {
		if m.IncludeSchema {
			return schema_ref.TablesWithIncludedSchema
		}
		return schema_ref.Tables
	},
	func(ctx context.Context, s *Server, m *pb.CommandGetTables, b *batchBuilder) error {
		if !inCatalog(m.Catalog) {
			return nil
		}
		return s.eachTable(ctx, m.DbSchemaFilterPattern, m.TableNameFilterPattern, func(schema catalog.Schema, t catalog.Table) bool {
			if !isOneOfTypes(t.Kind(), m.TableTypes) {
				return true
			}
			row := []any{catalog.Database, t.Name().Schema, t.Name().Table, t.Kind()}
			if m.IncludeSchema {
				row = append(row, flight.SerializeSchema(describeTable(t.Name(), t.Definition(), schema.System), memory.DefaultAllocator))
			}
			b.row(row...)
			return b.rows < tablesABatch || b.flush()
		})
	})

// isOneOfTypes matches a table's type as drivers write it: in any case, and BASE TABLE for TABLE.
func isOneOfTypes(kind string, types []string) bool {
	if len(types) == 0 {
		return true
	}
	for _, t := range types {
		if strings.EqualFold(t, kind) || kind == "TABLE" && strings.EqualFold(t, "BASE TABLE") {
			return true
		}
	}
	return false
}
