package screening

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/udf/screen"
)

// A Store keeps the codes of columns. Its methods may be called at once.
type Store struct {
	most int64 // bytes
	log  *slog.Logger

	ctx      context.Context
	cancel   context.CancelFunc
	builds   sync.WaitGroup
	building sync.Mutex // held while a file is coded: one at a time

	mu    sync.Mutex
	clock int64
	held  int64 // bytes, those that are being filled too
	files map[Key]*file
}

// A Key is a vector column of a data file.
type Key struct {
	Path    string
	FieldID int
	Dim     int
}

// A file is what is known of a column. The store's mu guards it.
type file struct {
	scans        int   // in full, since there were codes
	last, before int64 // when the two last ones were
	building     bool
	unfit        bool // it is not to be coded
	poor         int  // searches that codes did not help
	coded        *Coded
	uses         int
	used         int64 // when the codes were last used
}

// Coded are the codes of all rows of a file, and the vectors.
type Coded struct {
	*screen.Codes
	Vectors *reader.Vectors
	memory  []byte
	file    *file
}

// New makes a store of that many bytes.
func New(bytes int64, log *slog.Logger) *Store {
	s := &Store{most: bytes, log: log, files: map[Key]*file{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close frees what nobody uses; the rest follows when it is given back.
func (s *Store) Close() {
	s.mu.Lock() // what Scanned has started until then is waited for, and it starts nothing more
	s.cancel()
	s.mu.Unlock()
	s.builds.Wait()
	s.Forget("")
}

// Wait waits until nothing is being coded.
func (s *Store) Wait() { s.builds.Wait() }

// Bytes is how much memory the codes take.
func (s *Store) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// Use finds the codes of a column, for the caller to give back; nil if there are none.
func (s *Store) Use(key Key) *Coded {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[key]
	if f == nil || f.coded == nil {
		return nil
	}
	s.clock++
	f.uses, f.used = f.uses+1, s.clock
	return f.coded
}

// GiveBack ends a use.
func (s *Store) GiveBack(c *Coded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.file.uses--; c.file.uses == 0 && c.file.coded != c {
		s.free(c)
	}
}

// poorSearches is how many searches must find that codes do not help before they are given up.
const poorSearches = 2

// Poor says that codes in use told few rows from the nearest ones, so that using them took longer than measuring all.
func (s *Store) Poor(c *Coded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := c.file; f.coded == c {
		if f.poor++; f.poor >= poorSearches {
			f.unfit = true
			s.drop(f)
		}
	}
}

// Forget lets go of all that is known of files whose path begins with a prefix, once they are removed.
func (s *Store) Forget(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, f := range s.files {
		if strings.HasPrefix(key.Path, prefix) {
			f.unfit = true
			s.drop(f)
			delete(s.files, key)
		}
	}
}

// drop takes codes from a file, to be freed when nobody uses them. The caller has mu.
func (s *Store) drop(f *file) {
	c := f.coded
	f.coded, f.scans, f.poor = nil, 0, 0
	if c != nil && f.uses == 0 {
		s.free(c)
	}
}

// free frees codes that nobody uses. The caller has mu.
func (s *Store) free(c *Coded) {
	s.held -= int64(len(c.memory))
	unmap(c.memory)
	c.Vectors.Close()
}
