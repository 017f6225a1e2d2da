package iceberg

import (
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// BenchmarkOpen opens a folder that holds a table. A server starts with it.
func BenchmarkOpen(b *testing.B) {
	f := newFixture(b)
	f.create(images, catalog.Definition{Schema: imageSchema})
	for b.Loop() {
		f.check(f.open(Options{}).Close())
	}
}

// BenchmarkMake makes a folder.
func BenchmarkMake(b *testing.B) {
	f := newFixture(b)
	for b.Loop() {
		b.StopTimer()
		f.dir = b.TempDir()
		b.StartTimer()
		f.check(f.open(Options{}).Close())
	}
}

// BenchmarkLookup finds a table that has not changed, as each query does for each of its tables.
func BenchmarkLookup(b *testing.B) {
	f := newFixture(b)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	for b.Loop() {
		f.table(images)
	}
}

// BenchmarkTasks plans a scan of a table of 100 files, none of which a predicate keeps.
func BenchmarkTasks(b *testing.B) {
	f := newFixture(b)
	f.create(images, catalog.Definition{Schema: imageSchema})
	for range 100 {
		f.append(f.table(images), `[{"id":1}]`)
	}
	ids := f.batch(imageSchema, `[{"id":2}]`)
	defer ids.Release()
	current := f.table(images).Current()
	scan := catalog.Scan{Prune: []catalog.Predicate{{Op: catalog.Eq, Values: ids.Column(0)}}, Mem: f.mem, Stats: new(catalog.ScanStats)}
	for b.Loop() {
		if tasks, err := current.Tasks(b.Context(), scan); err != nil || len(tasks) > 0 {
			b.Fatal(tasks, err)
		}
	}
}

// BenchmarkCommit appends one row: a data file, a manifest, a manifest list, a metadata file and a row of SQLite, all
// synchronized to disk.
func BenchmarkCommit(b *testing.B) {
	f := newFixture(b)
	f.create(images, catalog.Definition{Schema: imageSchema})
	for b.Loop() {
		f.append(f.table(images), `[{"id":1}]`)
	}
}
