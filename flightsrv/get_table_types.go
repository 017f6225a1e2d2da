package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
)

// getTableTypes lists what Table.Kind may be.
var getTableTypes = metadataCommand(&pb.CommandGetTableTypes{}, always[*pb.CommandGetTableTypes](schema_ref.TableTypes),
	func(_ context.Context, _ *Server, _ *pb.CommandGetTableTypes, b *batchBuilder) error {
		b.row("SYSTEM TABLE")
		b.row("TABLE")
		b.row("VIEW")
		return nil
	})
