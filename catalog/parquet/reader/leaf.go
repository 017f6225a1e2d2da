package reader

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// A leafReader decodes the pages of one chunk for one scan. It belongs to one goroutine.
type leafReader struct {
	*chunk
	conversion
	mem   memory.Allocator
	stats *counters
	// flat says that the column has no levels but NULL or not; list, if not 0, that lists are expected to have that many
	// elements, which proves pages uniform.
	flat bool
	list int

	pages      []*page // decoded, in order
	next       int     // the page behind the last one decoded, and the first row that begins in it
	nextFirst  int64
	dictionary *values
	entries    arrow.Array // the dictionary as encoded columns share it; nil until one is wanted
}

// counters is what reading counts: added to a scan's statistics now and then.
type counters struct{ pages, bytes, bytesInPlace int64 }

func (c *counters) flush(to *catalog.ScanStats) {
	to.Pages.Add(c.pages)
	to.Bytes.Add(c.bytes)
	to.BytesInPlace.Add(c.bytesInPlace)
	*c = counters{}
}

// pageAt is the decoded page that row begins in. It stays good until a drop past it.
func (l *leafReader) pageAt(row int64) (*page, error) {
	for i := len(l.pages) - 1; i >= 0; i-- {
		if p := l.pages[i]; p.first <= row && row < p.first+p.rows {
			return p, nil
		}
	}
	if err := l.locate(); err != nil {
		return nil, err
	}
	if n := len(l.chunk.pages); n > 0 && l.chunk.pages[n-1].first >= 0 {
		i := l.pageOf(row)
		return l.load(i, l.chunk.pages[i].first)
	}
	for { // first rows show while pages are decoded one after the other
		p, err := l.nextPage()
		if err != nil {
			return nil, err
		}
		if row < p.first+p.rows {
			return p, nil
		}
	}
}

// after is the page behind p.
func (l *leafReader) after(p *page) (*page, error) {
	i := slices.Index(l.pages, p) + 1
	if i < len(l.pages) && l.pages[i].index == p.index+1 {
		return l.pages[i], nil
	}
	if p.index+1 == len(l.chunk.pages) {
		return nil, l.corrupt("row %d has no end", p.first+p.rows-1)
	}
	return l.load(p.index+1, p.first+p.rows)
}

// nextPage decodes the page behind the last that was decoded.
func (l *leafReader) nextPage() (*page, error) {
	if l.next == len(l.chunk.pages) {
		return nil, l.corrupt("pages hold %d rows of %d", l.nextFirst, l.chunk.rows)
	}
	return l.load(l.next, l.nextFirst)
}

// load decodes page i and keeps it.
func (l *leafReader) load(i int, first int64) (*page, error) {
	p, err := l.decode(i, first)
	if err != nil {
		return nil, err
	}
	at, _ := slices.BinarySearchFunc(l.pages, i, func(p *page, i int) int { return p.index - i })
	l.pages = slices.Insert(l.pages, at, p)
	if i >= l.next {
		l.next, l.nextFirst = i+1, p.first+p.rows
	}
	return p, nil
}

// drop lets go of pages that end before row.
func (l *leafReader) drop(row int64) {
	l.pages = slices.DeleteFunc(l.pages, func(p *page) bool {
		if p.first+p.rows > row {
			return false
		}
		p.values.release()
		return true
	})
}

// close lets go of everything.
func (l *leafReader) close() {
	l.drop(l.chunk.rows + 1)
	l.dictionary.release()
	l.dictionary = nil
	if l.entries != nil {
		l.entries.Release()
		l.entries = nil
	}
}
