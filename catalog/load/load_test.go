package load

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/files"
	"github.com/mediaflight/mediaflight/catalog/memtable"
)

// folder writes files and gives their paths.
func folder(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func into(t *testing.T, c catalog.Catalog, name catalog.Name, paths ...string) (Result, error) {
	t.Helper()
	s, err := Open(paths...)
	if err != nil {
		return Result{}, err
	}
	return s.Into(context.Background(), c, name)
}

func rows(t *testing.T, c catalog.Catalog, name catalog.Name) int64 {
	t.Helper()
	table, err := c.Table(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := table.Current().Rows()
	return n
}

func TestFilesBecomeATableAtOnce(t *testing.T) {
	dir := folder(t, map[string]string{"1.csv": "id,name\n1,one\n2,two\n", "2.jsonl": `{"id": 3, "name": "three"}` + "\n"})
	c := memtable.NewCatalog()
	name := catalog.Name{Schema: "films", Table: "clips"}
	var seen Progress
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Progress = func(p Progress) { seen = p }
	result, err := s.Into(context.Background(), c, name)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Result{Table: name, Created: true, Files: 2, Rows: 3}); result != want {
		t.Errorf("got %+v, want %+v", result, want)
	}
	if seen.Rows != 3 || seen.Read != seen.Total || seen.Total == 0 {
		t.Errorf("progress ends at %+v", seen)
	}
	if result, err = into(t, c, name, filepath.Join(dir, "2.jsonl")); err != nil || result.Created || rows(t, c, name) != 4 {
		t.Errorf("the second load: %+v, %v", result, err)
	}
}

func TestAFailingLoadNamesThePlaceAndLeavesNothing(t *testing.T) {
	dir := folder(t, map[string]string{
		"1.jsonl": `{"id": 1, "v": [0.1, 2]}` + "\n",
		"2.jsonl": `{"id": 2, "v": [0.1, 2]}` + "\n" + `{"id": 3, "v": [0.1, 2, 3]}` + "\n",
	})
	c := memtable.NewCatalog()
	name := catalog.Name{Schema: catalog.DefaultSchema, Table: "t"}
	_, err := into(t, c, name, dir)
	var fault *files.Error
	if !errors.As(err, &fault) || filepath.Base(fault.File) != "2.jsonl" || fault.Column != "v" || max(fault.Row, fault.Line) != 2 {
		t.Errorf("got %v", err)
	}
	if _, err := c.Table(context.Background(), name); err == nil {
		t.Error("the table is there")
	}
	if _, err := into(t, c, name, filepath.Join(dir, "1.jsonl")); err != nil {
		t.Fatal(err)
	}
	if _, err := into(t, c, name, dir); err == nil || rows(t, c, name) != 1 {
		t.Errorf("%d rows, %v", rows(t, c, name), err)
	}
}

func TestWhatCannotBeLoadedIsAnError(t *testing.T) {
	dir := folder(t, map[string]string{"a.csv": "id\n1\n", "other.csv": "id,extra\n1,2\n", "text.csv": "id\nx\n"})
	c := memtable.NewCatalog()
	name := catalog.Name{Schema: catalog.DefaultSchema, Table: "t"}
	if _, err := into(t, c, name, filepath.Join(dir, "a.csv")); err != nil {
		t.Fatal(err)
	}
	for file, part := range map[string]string{"other.csv": `"extra"`, "text.csv": `"id"`, "missing.csv": "missing.csv"} {
		if _, err := into(t, c, name, filepath.Join(dir, file)); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("an empty folder was opened")
	}
}
