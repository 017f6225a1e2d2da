package iceberg

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	icebergio "github.com/apache/iceberg-go/io"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/durable"
)

// storage is the local file system as iceberg-go wants it, for reading.
type storage struct{}

func (storage) Open(name string) (icebergio.File, error) {
	path, err := localPath(name)
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

func (storage) ReadFile(name string) ([]byte, error) {
	path, err := localPath(name)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func (storage) Remove(name string) error {
	path, err := localPath(name)
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// localPath is the path of a location in Iceberg's metadata: a path or a file URI. Some writers escape characters in
// URIs and some don't, so a path is taken as it stands if there is such a file.
func localPath(location string) (string, error) {
	path := location
	if scheme, rest, ok := strings.Cut(location, ":"); ok && !strings.Contains(scheme, "/") {
		if scheme != "file" {
			return "", &catalog.Error{Op: "open", Name: location, State: "0A000", Msg: "storage is not supported: " + scheme,
				Hint: "tables must lie in local files"}
		}
		path = rest
		if host, ok := strings.CutPrefix(rest, "//"); ok {
			path = strings.TrimPrefix(host, "localhost")
		}
	}
	if !strings.Contains(path, "%") || exists(path) {
		return path, nil
	}
	if decoded, err := url.PathUnescape(path); err == nil {
		return decoded, nil
	}
	return path, nil
}

// writes is the file system of one change to a table. It keeps account of the files that were written, to make them
// durable before the catalog points at them, or to remove them if it never will.
type writes struct {
	storage
	mu      sync.Mutex
	created []string
	folders map[string]bool
}

// Create opens a new file, making folders that are missing. Close synchronizes it to disk.
func (w *writes) Create(name string) (icebergio.FileWriter, error) {
	path, err := localPath(name)
	if err != nil {
		return nil, err
	}
	folder := filepath.Dir(path)
	if err := durable.MakeFolder(folder); err != nil {
		return nil, err
	}
	file, err := durable.Create(path)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.created = append(w.created, path)
	if w.folders == nil {
		w.folders = map[string]bool{}
	}
	w.folders[folder] = true
	return file, nil
}

func (w *writes) WriteFile(name string, content []byte) error {
	file, err := w.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

// sync makes the names of the files durable; their contents are since they were closed.
func (w *writes) sync() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for folder := range w.folders {
		if err := durable.SyncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

// keep lets the files stay: they are part of a table now.
func (w *writes) keep() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.created = nil
}

// discard removes what was written. A file that stays nevertheless does no harm: nothing refers to it.
func (w *writes) discard() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, path := range w.created {
		_ = os.Remove(path)
	}
	w.created = nil
}
