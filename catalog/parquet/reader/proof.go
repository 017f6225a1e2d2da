package reader

import "github.com/apache/arrow-go/v18/arrow/memory"

// A proof is what decoding a page of lists has shown whose values are read in place: that all rows have as many, none NULL,
// and where in the file they begin. Scans after the first take them without a look at the page's header and levels, which
// costs more than making the batch.
type proof struct {
	list int
	n    int   // values
	at   int64 // of the first
}

// prove keeps the proof of a page that was decoded.
func (l *leafReader) prove(ref *pageRef, p *page, raw *rawPage) {
	if p.uniform && ref.proof.Load() == nil {
		ref.proof.Store(&proof{list: l.list, n: p.n, at: raw.at})
	}
}

// proven is page i, whose first row is known, as its proof has it; nil if there is none for the length of lists that is read.
func (l *leafReader) proven(ref *pageRef, i int, first int64) *page {
	proof := ref.proof.Load()
	if proof == nil || proof.list != l.list || !l.identity() {
		return nil
	}
	width := l.leaf.width()
	buffer := memory.SliceBuffer(l.file.mapping, int(proof.at), proof.n*width)
	l.stats.pages++
	l.stats.bytes += ref.size
	l.stats.bytesInPlace += ref.size
	return &page{index: i, first: first, rows: int64(proof.n / proof.list), n: proof.n, uniform: true, inPlace: true,
		values: &values{n: proof.n, layout: fixed, width: width, data: buffer.Bytes(), buffer: buffer}}
}
