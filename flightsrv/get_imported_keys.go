package flightsrv

import (
	"cmp"
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/catalog"
)

// getImportedKeys lists the foreign keys of a table.
var getImportedKeys = metadataCommand(&pb.CommandGetImportedKeys{}, always[*pb.CommandGetImportedKeys](schema_ref.ImportedKeys),
	func(ctx context.Context, s *Server, m *pb.CommandGetImportedKeys, b *batchBuilder) error {
		table := tableRef{m.Catalog, m.DbSchema, m.Table}
		found, err := s.references(ctx, func(from, to catalog.Name) bool { return table.fits(from) })
		slices.SortStableFunc(found, func(a, b reference) int {
			return cmp.Or(compareNames(a.to, b.to), cmp.Compare(a.key.Name, b.key.Name))
		})
		for _, r := range found {
			r.rows(b)
		}
		return err
	})
