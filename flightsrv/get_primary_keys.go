package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/catalog"
)

// getPrimaryKeys lists the columns of a table's declared primary key.
var getPrimaryKeys = metadataCommand(&pb.CommandGetPrimaryKeys{}, always[*pb.CommandGetPrimaryKeys](schema_ref.PrimaryKeys),
	func(ctx context.Context, s *Server, m *pb.CommandGetPrimaryKeys, b *batchBuilder) error {
		return s.eachKey(ctx, tableRef{m.Catalog, m.DbSchema, m.Table}, catalog.PrimaryKey, func(t catalog.Table, k catalog.Key) {
			for i, column := range k.Columns {
				b.row(catalog.Database, t.Name().Schema, t.Name().Table, column, int32(i+1), nameOf(k))
			}
		})
	})
