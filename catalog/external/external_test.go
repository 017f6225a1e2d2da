package external

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// newRoot has a.csv, deep/b.csv, links to itself and links that lead outside.
func newRoot(t *testing.T) (*Roots, string) {
	t.Helper()
	outside := t.TempDir()
	dir := filepath.Join(t.TempDir(), "root")
	write := func(path, text string) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "a.csv"), "n\n1\n2\n")
	write(filepath.Join(dir, "deep", "b.csv"), "n\n3\n")
	write(filepath.Join(dir+"er", "c.csv"), "n\n4\n") // begins like the root
	write(filepath.Join(outside, "secret.csv"), "n\n5\n")
	for link, to := range map[string]string{
		"inner.csv": filepath.Join(dir, "a.csv"), "outer.csv": filepath.Join(outside, "secret.csv"), "out": outside, "loop": filepath.Join(dir, "loop"),
		"folder.csv": filepath.Join(dir, "deep"),
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	roots, err := OpenRoots(dir)
	if err != nil {
		t.Fatal(err)
	}
	return roots, dir
}

func stateOf(err error) string {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return state.SQLState()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestRoots(t *testing.T) {
	roots, dir := newRoot(t)
	for path, want := range map[string]string{
		"a.csv": "", "./a.csv": "", "deep/../a.csv": "", "deep": "", filepath.Join(dir, "a.csv"): "", "inner.csv": "", "": "", ".": "",
		"none.csv": "58P01", "..": "42501", "../rooter/c.csv": "42501", dir + "er/c.csv": "42501", "outer.csv": "42501", "out/secret.csv": "42501",
		"out/../../a.csv": "42501", "/etc/passwd": "42501", "deep/../../x": "42501", "loop": "58030",
	} {
		if _, err := roots.Existing(path); stateOf(err) != want {
			t.Errorf("read %q: %v, want state %q", path, err, want)
		}
	}
	for path, want := range map[string]string{
		"new.csv": "", "outer.csv": "" /* the link itself is replaced */, "deep/new.csv": "", "none/new.csv": "58P01", "out/new.csv": "42501", "../new.csv": "42501", "/tmp/new.csv": "42501",
	} {
		if _, err := roots.New(path); stateOf(err) != want {
			t.Errorf("write %q: %v, want state %q", path, err, want)
		}
	}
	none, err := OpenRoots()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Existing("a.csv"); stateOf(err) != "42501" {
		t.Errorf("without roots: %v", err)
	}
	if _, err := OpenRoots(filepath.Join(dir, "a.csv")); err == nil {
		t.Error("a file is a root")
	}
}

func TestExpand(t *testing.T) {
	roots, dir := newRoot(t)
	for pattern, want := range map[string]string{
		"*.csv": "a.csv a.csv", "**/*.csv": "a.csv deep/b.csv a.csv", "deep/*": "deep/b.csv", "[a-c].csv": "a.csv", strings.Repeat("**/", 100) + "b.csv": "deep/b.csv", "**/b.csv": "deep/b.csv", "d*/?.csv": "deep/b.csv",
		dir + "/*/b.csv": "deep/b.csv", "deep": "deep/b.csv",
		"x*.csv": "58P01", "none/*": "58P01", "out/*": "42501", "../*": "42501", "[a": "22023", "https://host/a.csv": "0A000",
	} {
		found, err := roots.expand(t.Context(), []string{pattern})
		got := stateOf(err)
		for i, f := range found {
			real, _ := filepath.EvalSymlinks(dir)
			found[i], _ = filepath.Rel(real, f)
		}
		if err == nil {
			got = strings.Join(found, " ")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
}

// A file that changes is looked at anew, and has another identity.
func TestChangedFile(t *testing.T) {
	roots, dir := newRoot(t)
	r := NewReader(roots)
	defer r.Close()
	set := catalog.FileSet{Format: "csv", Paths: []string{"a.csv"}}
	count := func() (int64, int64) {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		defer mem.AssertSize(t, 0)
		s, found, err := r.ReadFiles(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		if n := found.Columns.NumFields(); n != 1 || found.Paths[0] == "a.csv" {
			t.Fatalf("%d columns in %s", n, found.Paths)
		}
		tasks, err := s.Tasks(t.Context(), catalog.Scan{Columns: []int{0}, Mem: mem, Stats: new(catalog.ScanStats)})
		if err != nil {
			t.Fatal(err)
		}
		rows := int64(0)
		for _, task := range tasks {
			for batch, err := range task.Read(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				rows += batch.NumRows()
			}
		}
		return rows, s.ID()
	}
	rows, before := count()
	if _, again := count(); rows != 2 || again != before {
		t.Errorf("%d rows, identity %d and then %d", rows, before, again)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("n\n1\n2\n3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if rows, after := count(); rows != 3 || after == before {
		t.Errorf("%d rows, identity %d as before", rows, after)
	}
}
