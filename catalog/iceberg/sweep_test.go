package iceberg

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// The time of sweeps in tests, and one that is too late for a file to be swept.
var (
	sweepTime = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	earlier   = sweepTime.Add(-time.Second)
)

// age makes all files of the warehouse look old.
func (f *fixture) age() {
	f.Helper()
	f.check(eachFile(f.Context(), filepath.Join(f.dir, "warehouse"), func(path string, _ os.FileInfo) {
		f.check(os.Chtimes(path, earlier, earlier))
	}))
	_, err := f.c.store.db.ExecContext(f.Context(), createLeftovers+"; UPDATE mediaflight_leftovers SET since = ?", earlier.UnixMilli())
	f.check(err)
}

// wantSweep checks what a sweep removes: names of files, or folders, under the warehouse.
func (f *fixture) wantSweep(want ...string) {
	f.Helper()
	before := f.listing()
	swept, err := f.c.Sweep(f.Context(), sweepTime)
	f.check(err)
	after := f.listing()
	var gone []string
	bytes := int64(0)
	for path, size := range before {
		if _, ok := after[path]; !ok {
			gone = append(gone, path)
			bytes += size
		}
	}
	for _, path := range gone {
		matched := false
		for _, w := range want {
			matched = matched || strings.Contains(path, w)
		}
		if !matched {
			f.Errorf("%s was removed", path)
		}
	}
	if len(gone) == 0 && len(want) > 0 || bytes != swept.Bytes {
		f.Errorf("files of %d bytes are gone, the sweep says %+v", bytes, swept)
	}
	for path := range after {
		for _, w := range want {
			if strings.Contains(path, w) {
				f.Errorf("%s is still there", path)
			}
		}
	}
}

func (f *fixture) listing() map[string]int64 {
	f.Helper()
	files := map[string]int64{}
	f.check(eachFile(f.Context(), filepath.Join(f.dir, "warehouse"), func(path string, info os.FileInfo) { files[path] = info.Size() }))
	return files
}

// stray makes a file in a table's folder.
func (f *fixture) stray(t catalog.Table, name string) (path string) {
	f.Helper()
	folder, err := localPath(t.(*Table).state.meta.Location())
	f.check(err)
	path = filepath.Join(folder, name)
	f.check(os.WriteFile(path, []byte("not mentioned"), 0o644))
	return path
}

// Ids of writes that were cut short.
const (
	strayID = "01234567-89ab-cdef-0123-456789abcdef"
	otherID = "fedcba98-7654-3210-fedc-ba9876543210"
)

func TestSweepFiles(t *testing.T) {
	f := newFixture(t)
	f.createPairs(map[string]string{table.WriteDeleteModeKey: table.WriteModeMergeOnRead})
	before := f.table(pairs)
	f.deleteWhere(pairs, iceberg.EqualTo(iceberg.Reference("s"), "b"))
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	pairsTable := f.table(pairs)
	f.wantSweep()
	f.age()
	f.wantSweep() // everything is mentioned

	f.stray(pairsTable, "data/00000-"+strayID+".parquet")
	f.stray(pairsTable, "metadata/00017-"+strayID+".metadata.json")
	f.stray(pairsTable, "metadata/"+strayID+"-m0.avro")
	f.stray(pairsTable, "metadata/snap-1-0-"+strayID+".avro")
	f.stray(pairsTable, "data/00000-"+strayID+"-deletes.puffin")
	f.wantSweep() // too young
	f.stray(pairsTable, "data/notes.txt")
	f.stray(pairsTable, "data/mine.parquet")
	f.age()
	f.stray(f.table(images), "data/00000-"+otherID+".parquet")
	young := f.stray(f.table(images), "data/00001-"+otherID+".parquet")
	f.age()
	f.check(os.Chtimes(young, sweepTime, sweepTime))
	f.wantSweep(strayID) // the write of the two files in images may be under way
	f.check(os.Chtimes(young, earlier, earlier))
	f.wantSweep(otherID)

	f.reopen()
	f.equal("pairs", f.rows(f.table(pairs).Current(), "n", "s"), "1 a\n3 (null)\n(null) d\n5 e")
	older, err := f.table(pairs).Snapshot(t.Context(), before.Current().ID())
	f.check(err)
	f.equal("pairs before", f.rows(older, "n"), "1\n2\n3\n(null)\n5\n6")
	f.equal("images", f.rows(f.table(images).Current(), "id"), "1")
}

// A file that one table mentions lies in the folder of another.
func TestSweepSharedFile(t *testing.T) {
	f := newFixture(t)
	f.createPairs(nil)
	f.create(catalog.Name{Schema: "main", Table: "a"}, catalog.Definition{Schema: pairSchema})
	f.create(catalog.Name{Schema: "main", Table: "z"}, catalog.Definition{Schema: pairSchema})
	plan, err := f.table(pairs).Current().(*Snapshot).plan(t.Context())
	f.check(err)
	content, err := os.ReadFile(plan.files[0].path)
	f.check(err)
	for _, lent := range []struct{ from, to, id string }{{"a", "z", strayID}, {"z", "a", otherID}} {
		path := f.stray(f.table(catalog.Name{Schema: "main", Table: lent.from}), "00000-"+lent.id+".parquet")
		f.check(os.WriteFile(path, content, 0o644))
		f.change(catalog.Name{Schema: "main", Table: lent.to}, func(ctx context.Context, tx *table.Transaction) error {
			return tx.AddFiles(ctx, []string{path}, nil, false)
		})
	}
	f.age()
	f.wantSweep()
}

func TestSweepKeepsAway(t *testing.T) {
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	f.create(pairs, catalog.Definition{Schema: pairSchema, Properties: map[string]string{"gc.enabled": "false"}})
	f.stray(f.table(pairs), "metadata/00000-"+strayID+".metadata.json")
	// Folders of tables that another engine has taken out of the catalog, or never put in.
	elsewhere := filepath.Join(f.dir, "warehouse", "main", "elsewhere-12345678", "data")
	f.check(os.MkdirAll(elsewhere, 0o755))
	f.check(os.WriteFile(filepath.Join(elsewhere, "00000-"+strayID+".parquet"), nil, 0o644))
	f.age()
	f.wantSweep()

	// Nor does dropping a table remove files that other tables may have.
	kept := len(f.listing())
	f.check(f.c.DropTable(t.Context(), pairs))
	if left := len(f.listing()); left != kept {
		t.Errorf("%d files are left of %d", left, kept)
	}

	// Nobody knows what a table mentions whose manifests are lost.
	f.stray(f.table(images), "metadata/"+strayID+"-m0.avro")
	manifests, err := filepath.Glob(filepath.Join(f.dir, "warehouse", "main", "images-*", "metadata", "snap-*.avro"))
	f.check(err)
	f.check(os.Remove(manifests[0]))
	f.age()
	if _, err := f.c.Sweep(t.Context(), sweepTime); err == nil {
		t.Error("a table's manifests cannot be read, and the sweep goes on")
	}
}

func TestSweepFolders(t *testing.T) {
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	held := f.table(images)
	start := func(name string) *creating {
		a, err := f.c.CreateTableAs(t.Context(), catalog.Name{Schema: "main", Table: name}, catalog.Definition{Schema: imageSchema})
		f.check(err)
		rows := f.batch(imageSchema, `[{"id":1},{"id":2}]`)
		defer rows.Release()
		f.check(a.Write(rows))
		f.check(a.(*creating).finish())
		return a.(*creating)
	}
	committed, killed, late := start("committed"), start("killed"), start("late")
	f.commit(committed)
	f.commit(f.replacement(f.c))
	f.wantSweep() // all is young
	f.age()
	f.check(os.Chtimes(late.done[0].FilePath()[len("file://"):], sweepTime, sweepTime))
	f.wantSweep("killed-")
	_, err := killed.Commit(t.Context())
	f.wantState("58030", err) // the sweep was wrong: it says so rather than lose rows
	f.commit(late)
	f.equal("replaced, but in use", f.rows(held.Current(), "id"), "1")
	f.equal("late", f.rows(f.table(catalog.Name{Schema: "main", Table: "late"}).Current(), "id"), "1\n2")
}
