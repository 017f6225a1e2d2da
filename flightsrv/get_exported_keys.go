package flightsrv

import (
	"cmp"
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/catalog"
)

// getExportedKeys lists the foreign keys of other tables that point at a table.
var getExportedKeys = metadataCommand(&pb.CommandGetExportedKeys{}, always[*pb.CommandGetExportedKeys](schema_ref.ExportedKeys),
	func(ctx context.Context, s *Server, m *pb.CommandGetExportedKeys, b *batchBuilder) error {
		table := tableRef{m.Catalog, m.DbSchema, m.Table}
		found, err := s.references(ctx, func(from, to catalog.Name) bool { return table.fits(to) })
		slices.SortStableFunc(found, func(a, b reference) int {
			return cmp.Or(compareNames(a.from, b.from), cmp.Compare(a.key.Name, b.key.Name))
		})
		for _, r := range found {
			r.rows(b)
		}
		return err
	})
