package index

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/mediaflight/mediaflight/catalog/durable"
)

// An Index is an index as it was when it was looked up. A change makes another Index.
type Index struct {
	*manifest
	folder  *Folder
	dir     string
	path    string // of the manifest
	stamp   stamp  // of the manifest; zero if the index is not finished
	covered int64  // rows of its data files

	damage atomic.Pointer[error]

	opening sync.Mutex
	opened  *opened // nil if it is not mapped; the folder's mu guards it
	gone    bool    // it was changed or dropped; the folder's mu guards it
}

// A Definition is what an index is to be.
type Definition struct {
	Table   string // identity
	Name    string
	FieldID int
	Metric  string
	Dim     int
	Lists   int // 0 to choose
	Bits    int // 0 for the default
}

// Finished tells an index from one that is being built, or was until its builder was killed.
func (ix *Index) Finished() bool { return ix.stamp != (stamp{}) }

// fail has the index not be used any more.
func (ix *Index) fail(err error) {
	if ix.damage.CompareAndSwap(nil, &err) {
		ix.folder.options.Logger.Warn("vector index is damaged: searches are exact until it is built anew", "index", ix.Name, "folder", ix.dir, "error", err)
	}
}

// Damage is what is wrong with the index, nil if nothing is known to be.
func (ix *Index) Damage() error {
	if err := ix.damage.Load(); err != nil {
		return *err
	}
	return nil
}

// building tells whether somebody works at the index now.
func (ix *Index) building() bool {
	l, err := tryLock(filepath.Join(ix.dir, lockName))
	if err == nil {
		l.release()
	}
	return errors.Is(err, errLocked)
}

// Drop removes the index. Searches that use it go on; a building ends, of this process now and of another when it next
// finds its folder gone.
func (ix *Index) Drop() error {
	ix.folder.cancelJob(ix.dir)
	// Under another name first: nobody finds half an index.
	away := filepath.Join(filepath.Dir(ix.dir), droppedPrefix+filepath.Base(ix.dir))
	err := os.Rename(ix.dir, away)
	if err == nil {
		err = durable.SyncFolder(filepath.Dir(ix.dir))
	}
	if err == nil {
		err = os.RemoveAll(away)
	}
	ix.folder.forget(ix.Table)
	_, lookErr := ix.folder.Indexes(ix.Table)
	return errors.Join(err, lookErr)
}

// droppedPrefix begins the names of folders that are being removed.
const droppedPrefix = "dropped-"
