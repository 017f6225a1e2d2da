package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mediaflight/mediaflight/catalog/durable"
)

func TestFoldersAndFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	for range 2 {
		if err := durable.MakeFolder(folder); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(folder, "file")
	for _, content := range []string{"one", "", "three"} {
		if err := durable.Replace(file, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != content {
			t.Errorf("%q, %v, want %q", got, err, content)
		}
	}
	if err := durable.MakeFolder(file); err == nil {
		t.Error("a file became a folder")
	}
	if err := durable.Replace(folder, nil); err == nil {
		t.Error("a folder became a file")
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: want one file", entries, err)
	}
}
