package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/catalog"
)

// getCatalogs lists the one catalog.
var getCatalogs = metadataCommand(&pb.CommandGetCatalogs{}, always[*pb.CommandGetCatalogs](schema_ref.Catalogs),
	func(_ context.Context, _ *Server, _ *pb.CommandGetCatalogs, b *batchBuilder) error {
		b.row(catalog.Database)
		return nil
	})
