package exec

import (
	"container/list"
	"sync"

	"github.com/mediaflight/mediaflight/catalog"
)

// RowSets remembers which rows of a table filters keep. A snapshot never changes, so neither does what a filter keeps of it:
// the second nearest-neighbor query under a filter finds its rows without reading a column. It holds the sets that were used
// last, up to a number of bytes, and may be used at once.
type RowSets struct {
	limit int64

	mu    sync.Mutex
	sets  map[rowSetKey]*list.Element
	used  list.List // of *rowSetEntry, the last used in front
	bytes int64
}

// A rowSetKey tells what a set is of. Only snapshots whose ids are theirs alone are remembered: see rowChoice.
type rowSetKey struct {
	table    catalog.Name
	snapshot int64
	filter   string // its fingerprint
}

type rowSetEntry struct {
	key   rowSetKey
	set   *catalog.RowSet
	bytes int64
}

// NewRowSets makes a memory of some number of bytes.
func NewRowSets(limit int64) *RowSets {
	return &RowSets{limit: limit, sets: map[rowSetKey]*list.Element{}}
}

// Bytes is what is held now.
func (r *RowSets) Bytes() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes
}

// get finds a set, which must not be changed. It is nil if it is not known.
func (r *RowSets) get(key rowSetKey) *catalog.RowSet {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.sets[key]
	if !ok {
		return nil
	}
	r.used.MoveToFront(e)
	return e.Value.(*rowSetEntry).set
}

// entryBytes is what remembering a set takes beside its bits and its key.
const entryBytes = 256

// put remembers a set, which must not be changed from here on.
func (r *RowSets) put(key rowSetKey, set *catalog.RowSet) {
	entry := &rowSetEntry{key, set, set.Bytes() + int64(len(key.filter)) + entryBytes}
	if r == nil || entry.bytes > r.limit {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.sets[key]; ok {
		return
	}
	r.sets[key] = r.used.PushFront(entry)
	r.bytes += entry.bytes
	for r.bytes > r.limit {
		last := r.used.Back()
		old := r.used.Remove(last).(*rowSetEntry)
		delete(r.sets, old.key)
		r.bytes -= old.bytes
	}
}
