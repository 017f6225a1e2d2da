package iceberg

import (
	"math"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// BenchmarkIndex opens an index as every statement does, and as the first one after a start does: with the catalog, the
// table's metadata and manifests, and the maps.
func BenchmarkIndex(b *testing.B) {
	f := newFixture(b)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 50_000)
	f.createIndex("i", "emb", "l2_distance")
	search := func() {
		index, _, err := f.table(clips).Current().(catalog.IndexedSnapshot).VectorIndex(b.Context(), 1, "l2_distance")
		f.check(err)
		defer index.Close()
		q := &catalog.VectorQuery{Vector: clipVector(1, 1), K: 10, Recall: 0.95, Within: math.Inf(1), Mem: f.mem}
		f.check(index.Search(b.Context(), []*catalog.VectorQuery{q}))
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			f.reopen()
			search()
		}
	})
	b.Run("open", func(b *testing.B) {
		s := f.table(clips).Current().(catalog.IndexedSnapshot)
		b.ReportAllocs()
		for b.Loop() {
			index, _, err := s.VectorIndex(b.Context(), 1, "l2_distance")
			f.check(err)
			index.Close()
		}
	})
	b.Run("open and search", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			search()
		}
	})
}
