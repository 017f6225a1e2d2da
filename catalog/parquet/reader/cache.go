package reader

import (
	"container/list"
	"sync"
)

// A Cache shares opened files between scans: their mappings, metadata, page indexes and what was proven about their pages.
// Data files never change, so nothing is looked at again until Forget. Its methods may be called at once.
type Cache struct {
	max int

	mu      sync.Mutex
	entries map[string]*entry
	recent  list.List // of *entry, the latest used first
	closed  bool
}

// An entry is a file of the cache and how many have it open.
type entry struct {
	path string
	open func() (*File, error) // once
	refs int
	at   *list.Element
	gone bool // forgotten while it was open
}

// NewCache makes a cache that keeps up to maxFiles files open; more only while more are in use.
func NewCache(maxFiles int) *Cache {
	return &Cache{max: maxFiles, entries: map[string]*entry{}}
}

// Open opens a file or shares one that is open. Each Open is matched by a File.Close.
func (c *Cache) Open(path string) (*File, error) {
	c.mu.Lock()
	e := c.entries[path]
	if e == nil {
		e = &entry{path: path}
		e.open = sync.OnceValues(func() (*File, error) {
			f, err := Open(path)
			if err == nil {
				f.closing = func() { c.giveBack(e) }
				f.reopen = func() (*File, error) { return c.Open(path) }
			}
			return f, err
		})
		e.at = c.recent.PushFront(e)
		c.entries[path] = e
	}
	e.refs++
	c.recent.MoveToFront(e.at)
	c.mu.Unlock()

	f, err := e.open()
	if err != nil {
		c.forget(e)
	}
	return f, err
}

// forget takes out an entry that could not be opened: the next Open tries anew.
func (c *Cache) forget(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[e.path] == e {
		delete(c.entries, e.path)
		c.recent.Remove(e.at)
	}
}

func (c *Cache) giveBack(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.refs--
	if e.gone && e.refs == 0 {
		e.release()
	}
	c.trim()
}

// Forget lets go of a file that has changed: the next Open maps it anew. Who has it open keeps what it was.
func (c *Cache) Forget(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[path]
	if e == nil {
		return
	}
	delete(c.entries, path)
	c.recent.Remove(e.at)
	if e.gone = true; e.refs == 0 {
		e.release()
	}
}

func (e *entry) release() {
	if f, err := e.open(); err == nil {
		f.mapping.Release()
	}
}

// trim lets go of the files that were not used for the longest time.
func (c *Cache) trim() {
	most := c.max
	if c.closed {
		most = 0
	}
	for at := c.recent.Back(); at != nil && len(c.entries) > most; {
		e := at.Value.(*entry)
		at = at.Prev()
		if e.refs > 0 {
			continue
		}
		delete(c.entries, e.path)
		c.recent.Remove(e.at)
		e.release()
	}
}

// Close lets go of all files; those in use follow when they are given back.
func (c *Cache) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.trim()
}
