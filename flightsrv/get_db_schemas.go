package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/catalog"
)

// getDbSchemas lists the schemas.
var getDbSchemas = metadataCommand(&pb.CommandGetDbSchemas{}, always[*pb.CommandGetDbSchemas](schema_ref.DBSchemas),
	func(ctx context.Context, s *Server, m *pb.CommandGetDbSchemas, b *batchBuilder) error {
		if !inCatalog(m.Catalog) {
			return nil
		}
		schemas, err := s.schemas(ctx, m.DbSchemaFilterPattern)
		for _, schema := range schemas {
			b.row(catalog.Database, schema.Name)
		}
		return err
	})
