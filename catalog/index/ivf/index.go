package ivf

import (
	"math/bits"
	"sync"

	"github.com/mediaflight/mediaflight/udf"
)

// An Index answers queries from segments that share a quantizer. Its methods may be called at once.
type Index struct {
	Quantizer *Quantizer
	Curve     *Curve // nil if it was not calibrated: searches then look at more lists than they need
	Segments  []*Segment

	searchers sync.Pool
	batches   sync.Pool
	probing   bool // in tests: exact search answers only what lists cannot
}

// Vectors gives access to the vectors of an index's data files.
type Vectors interface {
	// Measure stores the distances from m's query to rows. A row is the number of its data file, counted over the
	// segments of the index in their order, in the upper half and its place in the file in the lower. Calls come from
	// several goroutines.
	Measure(m *udf.Measure, rows []uint64, distances []float64) error
}

// A View is what a snapshot has of the rows of an index. It does not change and may be shared.
type View struct {
	vectors Vectors
	files   []viewFile
	rows    int64 // live ones, those with NULL vectors included
	live    []segmentLive
}

type viewFile struct {
	base    int64    // the address of row 0; negative if the snapshot lacks the file
	deleted []uint64 // a bit a row
	rows    uint32
	live    int64
}

// NewView makes a view of an index. For each data file, counted over the segments, base is the address of its row 0 in the
// snapshot, or -1 if the snapshot does not have the file, and deleted has a bit for each deleted row, or fewer, or is nil.
func NewView(ix *Index, base []int64, deleted [][]uint64, vectors Vectors) *View {
	v := &View{vectors: vectors}
	for _, s := range ix.Segments {
		for _, f := range s.files {
			file := viewFile{base: base[len(v.files)], rows: f.rows}
			if len(v.files) < len(deleted) {
				file.deleted = deleted[len(v.files)]
			}
			if file.base >= 0 {
				file.live = int64(f.rows) - count(file.deleted, int(f.rows))
				v.rows += file.live
			}
			v.files = append(v.files, file)
		}
	}
	v.live = v.lives(ix)
	return v
}

// hasCode tells whether a row of a file, counted over the segments, is in the lists.
func (ix *Index) hasCode(file int, row uint32) bool {
	for _, s := range ix.Segments {
		if file < len(s.files) {
			return s.slots[s.files[file].start+row] != noRow
		}
		file -= len(s.files)
	}
	return false
}

// codeOf is a row of a file, counted over the segments, as its segment knows it: the segment's number above, its ordinal there
// below.
func (ix *Index) codeOf(file int, row uint32) uint64 {
	for i, s := range ix.Segments {
		if file < len(s.files) {
			return uint64(i)<<32 | uint64(s.files[file].start+row)
		}
		file -= len(s.files)
	}
	return noRow
}

// count is the number of the first n bits that are set.
func count(words []uint64, n int) int64 {
	set := 0
	for i, w := range words {
		if left := n - 64*i; left <= 0 {
			break
		} else if left < 64 {
			w &= 1<<left - 1
		}
		set += bits.OnesCount64(w)
	}
	return int64(set)
}

// Rows is the number of live rows, those with NULL vectors included.
func (v *View) Rows() int64 { return v.rows }

func bit(words []uint64, i uint32) bool {
	return int(i>>6) < len(words) && words[i>>6]>>(i&63)&1 != 0
}
