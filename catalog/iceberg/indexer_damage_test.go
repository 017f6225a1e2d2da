package iceberg

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// indexFiles are the files of indexes whose names match.
func (f *fixture) indexFiles(pattern string) []string {
	f.Helper()
	found, err := filepath.Glob(filepath.Join(f.dir, "indexes", "*", "*", pattern))
	f.check(err)
	return found
}

func (f *fixture) indexFile(pattern string) string {
	f.Helper()
	found := f.indexFiles(pattern)
	if len(found) != 1 {
		f.Fatalf("%d files match %s", len(found), pattern)
	}
	return found[0]
}

// Whatever becomes of an index's files, searches are right, and say that the index is not used.
func TestDamagedIndex(t *testing.T) {
	flip := func(at func(size int) int) func(*fixture, string) {
		return func(f *fixture, path string) {
			content, err := os.ReadFile(path)
			f.check(err)
			content[at(len(content))] ^= 0x10
			f.check(os.WriteFile(path, content, 0o644))
		}
	}
	begin, middle, end := func(int) int { return 70 }, func(size int) int { return size / 2 }, func(size int) int { return size - 30 }
	remove := func(f *fixture, path string) { f.check(os.Remove(path)) }
	cut := func(f *fixture, path string) {
		info, err := os.Stat(path)
		f.check(err)
		f.check(os.Truncate(path, info.Size()/2))
	}
	for _, file := range []string{"quantizer-*", "curve-*", "segment-*", "index.json"} {
		for name, damage := range map[string]func(*fixture, string){"begin": flip(begin), "middle": flip(middle), "end": flip(end), "cut": cut, "removed": remove} {
			if file == "index.json" && name == "removed" {
				continue // then there is no index
			}
			t.Run(file+" "+name, func(t *testing.T) {
				f := newFixture(t)
				f.create(clips, catalog.Definition{Schema: clipSchema})
				f.appendClips(0, 600)
				f.createIndex("i", "emb", "l2_distance")
				f.check(f.c.Close())
				damage(f, f.indexFile(file))
				f.c = f.open(Options{Logger: slog.New(slog.DiscardHandler)})
				index, warning, err := f.table(clips).Current().(catalog.IndexedSnapshot).VectorIndex(t.Context(), 1, "l2_distance")
				f.check(err)
				if index != nil {
					index.Close()
					t.Fatal("the index is used")
				}
				if !strings.Contains(warning, "damaged") {
					t.Errorf("warning: %q", warning)
				}
				infos, err := f.c.Indexes(t.Context(), "main")
				f.check(err)
				if len(infos) != 1 || infos[0].State != "damaged" || infos[0].Detail == "" {
					t.Fatalf("indexes: %+v", infos)
				}
				if file == "index.json" { // it does not say what it is any more
					f.check(f.c.DropIndex(t.Context(), "main", infos[0].Name))
					f.createIndex("i", "emb", "l2_distance")
					f.wantCovered(600)
					return
				}
				if faults, err := f.c.VerifyIndex(t.Context(), "main", "i"); err != nil || len(faults) == 0 {
					t.Errorf("verify: %v %v", faults, err)
				}
				f.check(f.c.Reindex(t.Context(), "main", "i", nil))
				f.wantCovered(600)
				if info := f.indexInfo("i"); info.State != "ready" {
					t.Errorf("after REINDEX: %+v", info)
				}
			})
		}
	}
}

// A file that shrinks while it is mapped is found out in the middle of a search, which goes on without it.
func TestIndexShrinks(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 1500)
	f.createIndex("i", "emb", "l2_distance")
	s := f.table(clips).Current()
	index, _, err := s.(catalog.IndexedSnapshot).VectorIndex(t.Context(), 1, "l2_distance")
	f.check(err)
	defer index.Close()
	f.check(os.Truncate(f.indexFile("segment-*"), 0))
	q := &catalog.VectorQuery{Vector: clipVector(5, 1), K: 3, Recall: 1, Within: 1e9, Mem: f.mem}
	f.check(index.Search(t.Context(), []*catalog.VectorQuery{q}))
	if len(q.Found) != 3 || q.Found[0] != (catalog.Found{Address: 5}) || !strings.Contains(q.Warning, "damaged") {
		t.Errorf("found %v, warning %q", q.Found, q.Warning)
	}
	if info := f.indexInfo("i"); info.State != "damaged" {
		t.Errorf("%+v", info)
	}
	f.wantCovered(-1)
}

// A data file that is lost is an error of the table, and no fault of the index.
func TestIndexOfLostFile(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 1500)
	f.createIndex("i", "emb", "l2_distance")
	f.reopen()
	s := f.table(clips).Current()
	files, err := s.(catalog.Filed).Files(t.Context())
	f.check(err)
	f.check(os.Remove(files[0].Path))
	_, err = compareSearch(f, s, 1, "l2_distance")
	f.wantState("58P01", err)
	if info := f.indexInfo("i"); info.State != "ready" {
		t.Errorf("%+v", info)
	}
}

// cutShort builds an index and stops at a stage, as a kill would: nothing is cleaned up.
func (f *fixture) cutShort(def catalog.IndexDefinition, stage string) {
	f.Helper()
	ctx, stop := context.WithCancel(f.Context())
	defer stop()
	err := f.c.CreateIndex(ctx, def, func(p catalog.IndexProgress) {
		if p.Stage == stage {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		f.Fatalf("stopped at %s: %v", stage, err)
	}
}

// A building that was cut short goes on where it was, and is nothing to searches before.
func TestIndexResumes(t *testing.T) {
	def := catalog.IndexDefinition{Name: "i", Table: clips, Column: "emb", Metric: "l2_distance"}
	for _, stage := range []string{"sample", "train", "assign", "write", "calibrate"} {
		t.Run(stage, func(t *testing.T) {
			f := newFixture(t)
			f.create(clips, catalog.Definition{Schema: clipSchema})
			f.appendClips(0, 1500)
			f.cutShort(def, stage)
			f.wantCovered(-1)
			if info := f.indexInfo("i"); info.State != "building" || info.Detail == "" {
				t.Errorf("cut short: %+v", info)
			}
			f.reopen()
			f.appendClips(1500, 500)
			var stages []string
			watch := func(p catalog.IndexProgress) {
				if n := len(stages); n == 0 || stages[n-1] != p.Stage {
					stages = append(stages, p.Stage)
				}
			}
			f.check(f.c.CreateIndex(t.Context(), def, watch))
			f.wantCovered(2000)
			trained := strings.Contains(strings.Join(stages, " "), "train")
			if again := stage == "sample" || stage == "train"; trained != again {
				t.Errorf("stages after %s: %v", stage, stages)
			}
			if left := f.indexFiles("*"); slices.ContainsFunc(left, func(path string) bool { return filepath.Base(path) == "building.json" }) || len(left) > 6 {
				t.Errorf("left: %v", left) // two segments at most, quantizer, curve, manifest and lock
			}
		})
	}
	t.Run("another definition", func(t *testing.T) {
		f := newFixture(t)
		f.create(clips, catalog.Definition{Schema: clipSchema})
		f.appendClips(0, 1500)
		f.cutShort(def, "write")
		f.createIndex("i", "alt", "cosine_distance")
		if got := f.compareSearch(f.table(clips).Current(), 2, "cosine_distance"); got != 1500 {
			t.Errorf("%d rows are covered", got)
		}
		if n := len(f.indexFiles("lock")); n != 1 {
			t.Errorf("%d indexes", n)
		}
	})
	t.Run("dropped", func(t *testing.T) {
		f := newFixture(t)
		f.create(clips, catalog.Definition{Schema: clipSchema})
		f.appendClips(0, 1500)
		f.cutShort(def, "write")
		f.check(f.c.DropIndex(t.Context(), "main", "i"))
		if left := f.indexFiles("*"); len(left) > 0 {
			t.Errorf("files are left: %v", left)
		}
	})
	t.Run("anew", func(t *testing.T) {
		f := newFixture(t)
		f.create(clips, catalog.Definition{Schema: clipSchema})
		f.appendClips(0, 1500)
		f.createIndex("i", "emb", "l2_distance")
		ctx, stop := context.WithCancel(t.Context())
		err := f.c.Reindex(ctx, "main", "i", func(p catalog.IndexProgress) {
			if p.Stage == "write" {
				stop()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		f.wantCovered(1500)
		f.appendClips(1500, 100)
		f.check(f.c.FoldIndex(t.Context(), "main", "i", nil))
		f.wantCovered(1600)
		if n := len(f.indexFiles("building.json")); n != 1 {
			t.Error("the fold has removed the checkpoint")
		}
		f.check(f.c.Reindex(t.Context(), "main", "i", nil))
		f.wantCovered(1600)
		if n := len(f.indexFiles("*.puffin")); n > 4 {
			t.Errorf("%d files of an index of two segments at most: %v", n, f.indexFiles("*"))
		}
	})
}

// A sweep takes what no index names, and the indexes of tables that are gone.
func TestIndexSweep(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 1500)
	f.createIndex("i", "emb", "l2_distance")
	f.cutShort(catalog.IndexDefinition{Name: "j", Table: clips, Column: "emb", Metric: "cosine_distance"}, "write")
	folder := filepath.Dir(f.indexFile("index.json"))
	stray := filepath.Join(folder, "segment-0.puffin")
	gone := filepath.Join(f.dir, "indexes", "7f2c0a3e-0000-4000-8000-000000000000", "x")
	f.check(os.MkdirAll(gone, 0o755))
	for _, path := range []string{stray, filepath.Join(gone, "index.json"), filepath.Join(folder, "new.puffin")} {
		f.check(os.WriteFile(path, []byte("x"), 0o644))
	}
	age := func() {
		for _, path := range append(f.indexFiles("*"), gone) {
			if filepath.Base(path) != "new.puffin" {
				f.check(os.Chtimes(path, earlier, earlier))
			}
		}
	}
	swept, err := f.c.Sweep(t.Context(), sweepTime)
	f.check(err)
	if swept != (Swept{}) {
		t.Errorf("new files were swept: %+v", swept)
	}
	age()
	swept, err = f.c.Sweep(t.Context(), sweepTime)
	f.check(err)
	if swept.Files != 1 || swept.Folders != 2 {
		t.Errorf("%+v, left: %v", swept, f.indexFiles("*"))
	}
	if exists(stray) || exists(gone) || !exists(filepath.Join(folder, "new.puffin")) {
		t.Errorf("left: %v", f.indexFiles("*"))
	}
	f.wantCovered(1500)
	infos, err := f.c.Indexes(t.Context(), "main")
	f.check(err)
	if len(infos) != 1 {
		t.Errorf("indexes: %+v", infos)
	}
}
