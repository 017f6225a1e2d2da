package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/catalog"
)

// getCrossReference lists the foreign keys of one table that point at another.
var getCrossReference = metadataCommand(&pb.CommandGetCrossReference{}, always[*pb.CommandGetCrossReference](schema_ref.CrossReference),
	func(ctx context.Context, s *Server, m *pb.CommandGetCrossReference, b *batchBuilder) error {
		primary := tableRef{m.PkCatalog, m.PkDbSchema, m.PkTable}
		foreign := tableRef{m.FkCatalog, m.FkDbSchema, m.FkTable}
		found, err := s.references(ctx, func(from, to catalog.Name) bool { return foreign.fits(from) && primary.fits(to) })
		for _, r := range found {
			r.rows(b)
		}
		return err
	})
