package index

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Swept is what a sweep removed.
type Swept struct {
	Files, Folders int
	Bytes          int64
}

// Sweep removes what was last written before a time and belongs to nothing: indexes of tables that are not alive, buildings
// that were cut short and not gone on with, and files that no index names. What somebody builds just now stays.
func (f *Folder) Sweep(ctx context.Context, alive func(table string) bool, before time.Time) (swept Swept, err error) {
	tables, err := readFolder(f.dir)
	if err != nil {
		return swept, err
	}
	for _, table := range tables {
		if !table.IsDir() {
			continue
		}
		path := filepath.Join(f.dir, table.Name())
		indexes, err := readFolder(path)
		if err != nil {
			return swept, err
		}
		for _, entry := range indexes {
			if err := ctx.Err(); err != nil {
				return swept, err
			}
			if err := swept.index(filepath.Join(path, entry.Name()), alive(table.Name()), before); err != nil {
				return swept, err
			}
		}
		if !alive(table.Name()) {
			_ = os.Remove(path) // if it is empty
		}
		f.forget(table.Name())
	}
	return swept, nil
}

func readFolder(path string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// index sweeps the folder of an index.
func (s *Swept) index(dir string, alive bool, before time.Time) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() || strings.HasPrefix(filepath.Base(dir), ".") {
		return nil
	}
	l, err := tryLock(filepath.Join(dir, lockName))
	if errors.Is(err, errLocked) {
		return nil
	}
	if err != nil {
		return err
	}
	defer l.release()
	files, bytes, newest, err := filesOf(dir)
	if err != nil {
		return err
	}
	now, finished := readManifest(filepath.Join(dir, manifestName))
	if missing := errors.Is(finished, fs.ErrNotExist); !alive || missing || strings.HasPrefix(filepath.Base(dir), droppedPrefix) {
		if !newest.Before(before) {
			return nil
		}
		s.Folders++
		s.Bytes += bytes
		return os.RemoveAll(dir)
	}
	if finished != nil {
		return nil // damaged: what it names is not known
	}
	named := map[string]bool{manifestName: true, checkpointName: true, lockName: true}
	next, err := readManifest(filepath.Join(dir, checkpointName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		next = nil
	}
	for _, m := range []*manifest{now, next} {
		if m == nil {
			continue
		}
		for _, f := range m.files() {
			named[f.Name] = true
		}
	}
	for _, f := range files {
		if named[f.Name()] || !f.ModTime().Before(before) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		s.Files++
		s.Bytes += f.Size()
	}
	return nil
}

// filesOf lists the files in a folder, but for the lock.
func filesOf(dir string) (files []fs.FileInfo, bytes int64, newest time.Time, err error) {
	entries, err := readFolder(dir)
	if err != nil {
		return nil, 0, newest, err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || entry.Name() == lockName {
			continue // removed meanwhile, or none of ours
		}
		files = append(files, info)
		bytes += info.Size()
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return files, bytes, newest, nil
}
