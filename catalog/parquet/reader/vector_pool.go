package reader

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A VectorPool keeps decoded pages of vectors for Vectors, up to a number of bytes: those decoded last. A page that is let
// go of while somebody reads it stays good for him.
type VectorPool struct {
	mem  memory.Allocator // for what decoding takes in passing
	most int64

	mu    sync.Mutex
	held  int64
	pages []pooledPage // oldest first
}

type pooledPage struct {
	owner *Vectors
	page  *vectorPage
	bytes int64
}

// NewVectorPool makes a pool for that many bytes.
func NewVectorPool(mem memory.Allocator, bytes int64) *VectorPool {
	return &VectorPool{mem: mem, most: bytes}
}

// keep adds a page that was decoded. The newest one always stays: its reader is about to look at it.
func (p *VectorPool) keep(owner *Vectors, page *vectorPage, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages = append(p.pages, pooledPage{owner, page, bytes})
	p.held += bytes
	n := 0
	for ; p.held > p.most && n < len(p.pages)-1; n++ {
		p.drop(p.pages[n])
	}
	p.pages = slices.Delete(p.pages, 0, n)
}

// forget lets go of the pages of an owner.
func (p *VectorPool) forget(owner *Vectors) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages = slices.DeleteFunc(p.pages, func(kept pooledPage) bool {
		if kept.owner == owner {
			p.drop(kept)
		}
		return kept.owner == owner
	})
}

func (p *VectorPool) drop(kept pooledPage) {
	atomic.StorePointer(&kept.page.data, nil)
	p.held -= kept.bytes
}
