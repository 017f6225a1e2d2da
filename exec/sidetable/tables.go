package sidetable

import (
	"container/list"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// Tables are the side tables of a server. Its methods may be called at once.
type Tables struct {
	folder *spill.Folder
	limit  int64
	log    *slog.Logger

	ctx    context.Context
	cancel context.CancelFunc
	builds sync.WaitGroup

	mu       sync.Mutex
	entries  map[Key]*Entry
	waiting  []job // for one of those that build
	building int
	idle     list.List // of *Entry that nobody uses, the last used in front
	bytes    int64
}

// A Key tells a column of a data file from others.
type Key struct{ Path, Column string }

// A Source is where a column is read from.
type Source struct {
	Snapshot     catalog.FileReads
	File, Column int   // the file's ordinal, and the column of the snapshot's schema
	Rows         int64 // that the file has
}

// An Entry is a side table in use.
type Entry struct {
	key    Key
	ready  chan struct{} // closed when it has been built
	column *Column       // nil if it could not be
	uses   int
	at     *list.Element // among the idle ones
}

// A job is a side table to build.
type job struct {
	entry *Entry
	from  Source
}

// builders is how many side tables are built at once: streams that go on without want processors too.
func builders() int { return max(runtime.GOMAXPROCS(0)/2, 1) }

// errNoRoom: the column is larger than all side tables may be.
var errNoRoom = errors.New("no room for a side table")

// New makes side tables of that many bytes together, of which large ones lie in a folder.
func New(folder *spill.Folder, limit int64, log *slog.Logger) *Tables {
	t := &Tables{folder: folder, limit: limit, log: log, entries: map[Key]*Entry{}}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// Close frees all. Nobody uses any then.
func (t *Tables) Close() {
	t.mu.Lock()
	t.cancel()
	t.mu.Unlock()
	t.builds.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shrink(0)
}

// Bytes is what the side tables take.
func (t *Tables) Bytes() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bytes
}

// Use begins to use a side table, which is built in the background unless there is one. The caller gives it back.
func (t *Tables) Use(key Key, from Source) *Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entries[key]
	if e == nil {
		e = &Entry{key: key, ready: make(chan struct{})}
		t.entries[key] = e
		if t.ctx.Err() != nil {
			close(e.ready)
		} else {
			e.uses++ // by who builds it
			t.waiting = append(t.waiting, job{e, from})
			if t.building < builders() {
				t.building++
				t.builds.Go(t.work)
			}
		}
	}
	if e.at != nil {
		t.idle.Remove(e.at)
		e.at = nil
	}
	e.uses++
	return e
}

// GiveBack ends a use.
func (t *Tables) GiveBack(e *Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.giveBack(e)
}

func (t *Tables) giveBack(e *Entry) {
	if e.uses--; e.uses > 0 {
		return
	}
	if e.column == nil { // the next one tries again
		delete(t.entries, e.key)
		return
	}
	if e.column.inPlace() { // it is as quick to find again, and would keep a file mapped that is removed
		delete(t.entries, e.key)
		e.column.free()
		return
	}
	e.at = t.idle.PushFront(e)
	t.shrink(t.limit)
}

// shrink frees side tables that nobody uses until the others take no more than limit.
func (t *Tables) shrink(limit int64) {
	for t.bytes > limit || limit == 0 {
		last := t.idle.Back()
		if last == nil {
			return
		}
		e := t.idle.Remove(last).(*Entry)
		delete(t.entries, e.key)
		t.bytes -= e.column.bytes
		e.column.free()
	}
}

// work builds what waits, but for what nobody wants any more.
func (t *Tables) work() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.waiting) > 0 {
		next := t.waiting[0]
		t.waiting = t.waiting[1:]
		if next.entry.uses == 1 {
			close(next.entry.ready)
			t.giveBack(next.entry)
			continue
		}
		t.mu.Unlock()
		column, err := build(t.ctx, next.from, t.folder, t.limit)
		t.mu.Lock()
		t.built(next.entry, column, err)
	}
	t.building--
}

// built takes in what came of a side table.
func (t *Tables) built(e *Entry, column *Column, err error) {
	if err == nil && t.bytes+column.bytes > t.limit {
		if t.shrink(max(t.limit-column.bytes, 0)); t.bytes+column.bytes > t.limit {
			column.free()
			err = errNoRoom
		}
	}
	if err == nil {
		e.column = column
		t.bytes += column.bytes
	} else if t.ctx.Err() == nil {
		t.log.Warn("rows that are read in random order are decoded page by page", "file", e.key.Path, "column", e.key.Column, "error", err)
	}
	close(e.ready)
	t.giveBack(e)
}

// Ready is closed when it is known whether there is a side table.
func (e *Entry) Ready() <-chan struct{} { return e.ready }

// Column is nil while the side table is being built, and if it could not be.
func (e *Entry) Column() *Column {
	select {
	case <-e.ready:
		return e.column
	default:
		return nil
	}
}
