package index

import (
	"container/list"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sys/unix"

	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// Options say how indexes are kept. The zero value is good.
type Options struct {
	// Bytes is how much of index files stays mapped between searches, of all indexes together; 0 means 8 GiB. What is
	// mapped is in the system's cache, which needs no asking to let go of it: the bound is on addresses.
	Bytes int64
	// DecodedBytes is how many bytes of vectors are kept that do not lie in place in their data files; 0 means 256 MiB.
	DecodedBytes int64
	// Workers is how many goroutines build an index; 0 means as many as there are processors.
	Workers int
	Logger  *slog.Logger
}

// A Folder keeps the indexes of a lake's tables. Other processes may use the folder at the same time.
type Folder struct {
	dir     string
	options Options
	pool    *reader.VectorPool

	mu      sync.Mutex
	tables  map[string]*table
	idle    list.List // of *opened that nobody uses, the latest first
	mapped  int64     // bytes, in use or not
	vectors map[vectorsKey]*sharedVectors
	jobs    map[string]*job // by the folder of the index that is built

	checks sync.WaitGroup // in the background
	ctx    context.Context
	cancel context.CancelFunc
}

// Open keeps the indexes below a folder, which need not exist yet.
func Open(dir string, options Options) *Folder {
	if options.Bytes == 0 {
		options.Bytes = 8 << 30
	}
	if options.DecodedBytes == 0 {
		options.DecodedBytes = 256 << 20
	}
	if options.Workers == 0 {
		options.Workers = runtime.GOMAXPROCS(0)
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	f := &Folder{dir: dir, options: options, tables: map[string]*table{}, vectors: map[vectorsKey]*sharedVectors{}, jobs: map[string]*job{}}
	f.pool = reader.NewVectorPool(memory.DefaultAllocator, options.DecodedBytes)
	f.ctx, f.cancel = context.WithCancel(context.Background())
	return f
}

// Close unmaps the files of indexes that nobody uses; others follow when they are closed.
func (f *Folder) Close() {
	f.cancel()
	f.checks.Wait()
	f.mu.Lock()
	f.options.Bytes = 0
	evicted := f.trim()
	f.mu.Unlock()
	closeAll(evicted)
}

// A table is what was last found in the folder of a table's indexes.
type table struct {
	stamp   stamp
	indexes []*Index
}

// A stamp changes when a file is replaced, or when files come into a folder or go.
type stamp struct {
	inode uint64
	size  int64
	time  int64
}

// stampOf is zero if there is nothing at path. Every search asks: os.Stat would cost it twice the time.
func stampOf(path string) (stamp, error) {
	var info unix.Stat_t
	switch err := unix.Stat(path, &info); {
	case errors.Is(err, fs.ErrNotExist):
		return stamp{}, nil
	case err != nil:
		return stamp{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return stamp{inode: info.Ino, size: info.Size, time: info.Mtim.Nano()}, nil
}

const (
	manifestName   = "index.json"
	checkpointName = "building.json"
	lockName       = "lock"
)

// Indexes lists the indexes of a table, finished or not, by their names. They are as the files say now: whatever has not
// changed since the last time is not read again.
func (f *Folder) Indexes(id string) ([]*Index, error) {
	path := filepath.Join(f.dir, id)
	now, err := stampOf(path)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	known, seen := f.tables[id], stamp{}
	if known != nil {
		seen = known.stamp
	}
	f.mu.Unlock()
	if now == (stamp{}) {
		if known != nil {
			f.keep(id, nil)
		}
		return nil, nil
	}
	if known != nil && seen == now && known.fresh() {
		return known.indexes, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	found := &table{stamp: now}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), droppedPrefix) {
			continue
		}
		if ix := f.look(known, filepath.Join(path, entry.Name())); ix != nil {
			found.indexes = append(found.indexes, ix)
		} else {
			found.stamp = stamp{} // an index may come to be in there, which this folder's stamp does not tell
		}
	}
	slices.SortFunc(found.indexes, func(a, b *Index) int { return strings.Compare(a.Name, b.Name) })
	f.keep(id, found)
	return found.indexes, nil
}

// Tables are those that have a folder for indexes.
func (f *Folder) Tables() map[string]bool {
	entries, _ := readFolder(f.dir) // none, if it cannot be read
	tables := map[string]bool{}
	for _, entry := range entries {
		if entry.IsDir() {
			tables[entry.Name()] = true
		}
	}
	return tables
}

func (t *table) fresh() bool {
	for _, ix := range t.indexes {
		if now, err := stampOf(ix.path); err != nil || now != ix.stamp {
			return false
		}
	}
	return true
}

// look finds the index in a folder: the same as before if it has not changed, nil if there is none.
func (f *Folder) look(known *table, dir string) *Index {
	path := filepath.Join(dir, manifestName)
	now, err := stampOf(path)
	if known != nil && now != (stamp{}) {
		for _, ix := range known.indexes {
			if ix.dir == dir && ix.stamp == now {
				return ix
			}
		}
	}
	ix := &Index{folder: f, dir: dir, path: path, stamp: now, manifest: new(manifest)}
	if now == (stamp{}) && err == nil {
		if ix.manifest, err = readManifest(filepath.Join(dir, checkpointName)); err != nil {
			return nil // a file of somebody else, or an index that comes to be or goes just now
		}
		return ix
	}
	if err == nil {
		ix.manifest, err = readManifest(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		ix.manifest = &manifest{Table: filepath.Base(filepath.Dir(dir)), Name: filepath.Base(dir)}
		ix.fail(err)
	}
	ix.covered = ix.rows()
	return ix
}

// keep remembers what was found for a table, and lets go of what was found before and is no longer so.
func (f *Folder) keep(id string, found *table) {
	f.mu.Lock()
	if old := f.tables[id]; old != nil {
		for _, ix := range old.indexes {
			if found == nil || !slices.Contains(found.indexes, ix) {
				ix.gone = true
			}
		}
	}
	if found == nil {
		delete(f.tables, id)
	} else {
		f.tables[id] = found
	}
	evicted := f.trim()
	f.mu.Unlock()
	closeAll(evicted)
}

// Drop removes the indexes of a table that is gone. Searches that use them go on.
func (f *Folder) Drop(id string) error {
	indexes, err := f.Indexes(id)
	if err != nil {
		return err
	}
	for _, ix := range indexes {
		f.cancelJob(ix.dir)
	}
	err = os.RemoveAll(filepath.Join(f.dir, id))
	f.keep(id, nil)
	return err
}

// forget has the next look-up of a table's indexes read the folder.
func (f *Folder) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known := f.tables[id]; known != nil {
		known.stamp = stamp{}
	}
}
