package iceberg

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// noLeftovers checks that a table has its data files and no others, and that no other table has any.
func (f *fixture) noLeftovers(t catalog.Table, files int) {
	f.Helper()
	var found []string
	f.check(filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".parquet") {
			found = append(found, path)
		}
		return err
	}))
	if len(found) != files {
		f.Errorf("data files: %q, want %d", found, files)
	}
	location, err := localPath(t.(*Table).state.meta.Location())
	f.check(err)
	for _, path := range found {
		if !strings.HasPrefix(path, location+"/") {
			f.Errorf("%s is not part of %s", path, t.Name())
		}
	}
}

func (f *fixture) metadataPath(name catalog.Name) string {
	f.Helper()
	path, err := localPath(f.table(name).(*Table).state.location)
	f.check(err)
	return path
}

func TestLostMetadata(t *testing.T) {
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	path := f.metadataPath(images)
	text, err := os.ReadFile(path)
	f.check(err)

	f.check(os.WriteFile(path, text[:len(text)/2], 0o644))
	f.reopen()
	_, err = f.c.Table(t.Context(), images)
	f.wantState("XX001", err)
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error does not name the file: %v", err)
	}

	f.check(os.Remove(path))
	_, err = f.c.Table(t.Context(), images)
	f.wantState("58P01", err)

	names, err := f.c.Tables(t.Context(), "main")
	f.check(err)
	f.equal("tables", strings.Join(names, " "), "images")
	f.check(f.c.DropTable(t.Context(), images))
	_, err = f.c.Table(t.Context(), images)
	f.wantState("42P01", err)
}

func TestMovedFolder(t *testing.T) {
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	f.check(f.c.Close())
	moved := filepath.Join(t.TempDir(), "moved")
	f.check(os.Rename(f.dir, moved))
	f.dir = moved
	f.c = f.open(Options{})
	_, err := f.c.Table(t.Context(), images)
	f.wantState("58P01", err)
	if e, ok := err.(*catalog.Error); !ok || !strings.Contains(e.Hint, "moved") {
		t.Errorf("no hint at the move: %#v", err)
	}
}

func TestFolderWithSpaces(t *testing.T) {
	f := newFixture(t)
	f.check(f.c.Close())
	f.dir = filepath.Join(f.dir, "my data, 100% mine")
	f.c = f.open(Options{})
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	f.reopen()
	f.append(f.table(images), `[{"id":2}]`)
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "1\n2")
	f.noLeftovers(f.table(images), 2)
}

func TestDropRemovesFiles(t *testing.T) {
	f := newFixture(t)
	table := f.create(images, catalog.Definition{Schema: imageSchema})
	f.append(table, `[{"id":1}]`)
	held := f.table(images)
	other := f.create(catalog.Name{Schema: "main", Table: "other"}, catalog.Definition{Schema: imageSchema})
	f.append(other, `[{"id":1}]`)
	f.check(f.c.DropTable(t.Context(), images))
	f.noLeftovers(other, 1)
	_, err := f.tryScan(held.Current(), catalog.Scan{}, "id")
	f.wantState("58P01", err)
}

func TestCatalogThatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "catalog.db"), []byte(strings.Repeat("not a database ", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dir, Options{})
	(&fixture{TB: t}).wantState("XX001", err)
}

// A commit that fails leaves the table as it was, and no files.
func TestFailedCommit(t *testing.T) {
	f := newFixture(t)
	table := f.create(images, catalog.Definition{Schema: imageSchema})
	f.append(table, `[{"id":1}]`)
	metadata := filepath.Dir(f.metadataPath(images))
	rows := f.batch(imageSchema, `[{"id":2}]`)
	defer rows.Release()
	a, err := f.table(images).Append(t.Context())
	f.check(err)
	f.check(a.Write(rows))

	f.check(os.Rename(metadata, metadata+".away"))
	f.check(os.WriteFile(metadata, nil, 0o644))
	if _, err := a.Commit(t.Context()); err == nil {
		t.Error("a commit succeeded without a folder for metadata")
	}
	f.check(os.Remove(metadata))
	f.check(os.Rename(metadata+".away", metadata))

	f.reopen()
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "1")
	f.noLeftovers(f.table(images), 1)
	f.append(f.table(images), `[{"id":3}]`)
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "1\n3")
}

// A commit whose fate is not known at first is looked for.
func TestResolve(t *testing.T) {
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	first := f.table(images).(*Table).state
	f.append(f.table(images), `[{"id":2}]`)
	second := f.table(images).(*Table).state
	f.append(f.table(images), `[{"id":3}]`)
	third := f.table(images).(*Table).state
	missing := catalog.Name{Schema: "main", Table: "missing"}
	for _, test := range []struct {
		what     string
		name     catalog.Name
		base     *state
		location string
		done     bool
	}{
		{"it took place", images, second, third.location, true},
		{"it took place, and others followed", images, first, second.location, true},
		{"it did not", images, third, "elsewhere", false},
		{"it did not, and others were faster", images, second, "elsewhere", false},
		{"it did not, and there is no such table", missing, second, "elsewhere", false},
	} {
		target := &commitTarget{catalog: f.c, name: test.name, base: test.base}
		done, err := target.resolve(t.Context(), test.location, errors.New("connection lost"))
		if done != test.done || target.moved || (err == nil) != test.done {
			t.Errorf("%s: done %v, unknown %v, error %v", test.what, done, target.moved, err)
		}
	}

	target := &commitTarget{moved: true}
	if e, ok := target.settle(errors.New("connection lost")).(*errUnknown); !ok || e.SQLState() != "08007" {
		t.Errorf("an error that leaves it open is %v", e)
	}
}

func TestCancelledCommit(t *testing.T) {
	f := newFixture(t)
	table := f.create(images, catalog.Definition{Schema: imageSchema})
	a, err := table.Append(t.Context())
	f.check(err)
	rows := f.batch(imageSchema, `[{"id":1}]`)
	defer rows.Release()
	f.check(a.Write(rows))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Commit(ctx); err == nil {
		t.Error("a cancelled commit succeeded")
	}
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "")
	f.noLeftovers(f.table(images), 0)
}
