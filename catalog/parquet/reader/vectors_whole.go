package reader

import (
	"encoding/binary"
	"slices"
	"sort"

	"github.com/parquet-go/parquet-go/format"
)

// A wholePage is a page of vectors of whole numbers, read where it lies: the numbers themselves, or a dictionary's codes, as
// bytes mostly are. A vector of it is put together when it is looked at, rather than all vectors of the page, which takes four
// times the page's memory or more.
type wholePage struct {
	dim     int
	data    []byte    // of the mapping: numbers, or runs of codes
	width   int       // bits of a code; 0 if numbers lie in the page
	entries []float32 // what codes stand for
	runs    []codeRun
}

// A codeRun is some codes, packed or all the same.
type codeRun struct {
	first uint32 // the number of its first code in the page
	at    uint32 // where they lie in data; oneCode if they are all the same
	code  uint32
}

const (
	oneCode = ^uint32(0)
	// widestCode is how many bits a code may have for a dictionary to be copied for each page.
	widestCode = 12
	// codesInRun is how long runs must be on average: shorter ones take more memory than the page decoded.
	codesInRun = 32
)

// wholePage is a page that was decoded, which proved that its rows have as many numbers each and that its codes have entries; nil
// if it does not lie in place in this way.
func (l *leafReader) wholePage(p *page) *wholePage {
	if l.leaf.Type.V != format.Int32 || !p.uniform || p.valid != nil {
		return nil
	}
	raw, err := l.open(&l.chunk.pages[p.index])
	if err != nil {
		return nil
	}
	defer raw.buffer.Release()
	if raw.buffer.Parent() != l.file.mapping {
		return nil
	}
	body := l.file.data[raw.at : raw.at+int64(len(raw.body))]
	switch {
	case raw.encoding == format.Plain && len(body) >= 4*p.n:
		return &wholePage{dim: l.list, data: body}
	case p.values.dict == nil || len(body) == 0 || body[0] == 0 || body[0] > widestCode:
		return nil
	}
	w := &wholePage{dim: l.list, width: int(body[0]), entries: slices.Clone(elements[float32](p.values.dict.data)), data: body[1:]}
	if !w.index(p.n) {
		return nil
	}
	return w
}

// index finds the runs of n codes. It is false if they are too many.
func (w *wholePage) index(n int) bool {
	r := hybridReader{data: w.data, width: w.width}
	for at := 0; at < n; {
		run, err := r.next(n - at)
		if err != nil || len(w.runs) > n/codesInRun {
			return false
		}
		c := codeRun{first: uint32(at), at: oneCode, code: run.value}
		if run.packed != nil {
			c.at = uint32(len(w.data) - len(r.data) - len(run.packed))
		}
		w.runs = append(w.runs, c)
		at += run.count
	}
	w.runs = slices.Clip(w.runs)
	return true
}

// read puts the vector of a row of the page together.
func (w *wholePage) read(row int64, to []float32) {
	at := int(row) * w.dim
	to = to[:w.dim]
	if w.width == 0 {
		for i := range to {
			to[i] = float32(int32(binary.LittleEndian.Uint32(w.data[4*(at+i):])))
		}
		return
	}
	i := sort.Search(len(w.runs), func(i int) bool { return int(w.runs[i].first) > at }) - 1
	for ; len(to) > 0; i++ {
		run, n := &w.runs[i], len(to)
		if i+1 < len(w.runs) {
			n = min(n, int(w.runs[i+1].first)-at)
		}
		w.codes(run, at-int(run.first), to[:n])
		at, to = at+n, to[n:]
	}
}

// codes finds the numbers of codes of a run, from one on.
func (w *wholePage) codes(run *codeRun, from int, to []float32) {
	switch {
	case run.at == oneCode:
		x := w.entries[run.code]
		for i := range to {
			to[i] = x
		}
	case w.width == 8:
		for i, code := range w.data[int(run.at)+from:][:len(to)] {
			to[i] = w.entries[code]
		}
	default:
		packed, mask := w.data[run.at:], uint32(1)<<w.width-1
		for i := range to {
			bit := (from + i) * w.width
			to[i] = w.entries[bitsFrom(packed, bit>>3)>>(bit&7)&mask]
		}
	}
}

// bitsFrom are the bits from a byte on, as many as there are up to 32.
func bitsFrom(data []byte, at int) uint32 {
	if at+4 <= len(data) {
		return binary.LittleEndian.Uint32(data[at:])
	}
	x := uint32(0)
	for i, b := range data[at:] {
		x |= uint32(b) << (8 * i)
	}
	return x
}
