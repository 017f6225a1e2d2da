package ivf

import (
	"errors"
	"fmt"
)

// A Segment is the codes of the vectors of some data files, list by list. It does not change. A row has a number in the
// segment, its ordinal: rows of a file have successive ordinals, and a file's first is a multiple of 64.
type Segment struct {
	data       []byte
	tables     int
	stride     int
	files      []fileEntry
	lists      []listEntry
	blocks     []byte
	slots      []uint32 // by ordinal: the place of the code in the row's nearest list, or noRow
	odd        []uint32 // rows that must be measured, whatever the query
	lost       []uint32 // rows whose distance is always NaN
	fine       []byte   // by ordinal: fine codes, if there are any
	fineStride int
	shift      uint // fileAt[ordinal>>shift] is the file of the first of so many ordinals
	fileAt     []uint32
}

type fileEntry struct {
	start, rows, nulls, _ uint32
}

type listEntry struct {
	block  uint32 // its first
	codes  uint32
	spread float32 // the largest of its codes
	radius float32 // the largest distance of a vector of it from the centroid
}

// A segment's blob: this header, the files, the lists, the blocks, the slots, the odd and the lost rows, and in a blob of the
// second version the fine codes.
const (
	segmentMagic  = 0x0131_5346_5649_464d // "MFIVFS1" and the version
	fineMagic     = 0x0132_5346_5649_464d // "MFIVFS2"
	segmentHeader = 128
	maxOrdinals   = 1 << 30 // twice as many slots fit 32 bits
)

type segmentLayout struct{ files, lists, blocks, slots, odd, lost, fine, end int64 }

func (h *segmentHead) layout() segmentLayout {
	var l segmentLayout
	l.files = segmentHeader
	l.lists = align(l.files + 16*int64(h.files))
	l.blocks = align(l.lists + 16*int64(h.lists))
	l.slots = align(l.blocks + int64(h.blocks)*int64(blockStride(int(h.dims))))
	l.odd = align(l.slots + 4*int64(h.ordinals))
	l.lost = align(l.odd + 4*int64(h.odd))
	l.fine = align(l.lost + 4*int64(h.lost))
	l.end = align(l.fine + int64(h.ordinals)*int64(fineStride(int(h.dims), int(h.bits))))
	return l
}

// A segmentHead is the counts that a segment's header holds.
type segmentHead struct {
	dims, lists, files, blocks, ordinals, odd, lost uint64
	bits                                            uint64 // of fine codes; 1 for none
}

func (h *segmentHead) put(data []byte) {
	head := view[uint64](data[:segmentHeader])
	head[0] = segmentMagic
	if h.bits > 1 {
		head[0], head[8] = fineMagic, h.bits
	}
	head[1], head[2], head[3], head[4], head[5], head[6], head[7] = h.dims, h.lists, h.files, h.blocks, h.ordinals, h.odd, h.lost
}

// OpenSegment reads a segment of an index where it lies. data is at an address that is a multiple of 64 and must not
// change. Whatever data holds, searches stay within it; a checksum, which is not kept in here, tells whether they find
// what they should.
func OpenSegment(q *Quantizer, data []byte) (*Segment, error) {
	if len(data) < segmentHeader {
		return nil, errors.New("vector index: segment is cut short")
	}
	if err := checkAlignment(data); err != nil {
		return nil, err
	}
	head := view[uint64](data[:segmentHeader])
	h := segmentHead{head[1], head[2], head[3], head[4], head[5], head[6], head[7], 1}
	switch head[0] {
	case segmentMagic:
	case fineMagic:
		h.bits = head[8]
	default:
		return nil, errors.New("vector index: not a segment of this version")
	}
	if h.dims != uint64(q.dims) || h.lists != uint64(q.lists) || h.bits != uint64(q.bits) {
		return nil, errors.New("vector index: segment and quantizer do not belong together")
	}
	if max(h.files, h.blocks, h.ordinals, h.odd, h.lost) > maxOrdinals {
		return nil, errors.New("vector index: segment is damaged")
	}
	l := h.layout()
	if l.end != int64(len(data)) {
		return nil, fmt.Errorf("vector index: segment has %d bytes, not %d", len(data), l.end)
	}
	s := &Segment{
		data:   data,
		tables: q.tables(),
		stride: q.stride(),
		files:  view[fileEntry](data[l.files : l.files+16*int64(h.files)]),
		lists:  view[listEntry](data[l.lists : l.lists+16*int64(h.lists)]),
		blocks: data[l.blocks : l.blocks+int64(h.blocks)*int64(q.stride())],
		slots:  view[uint32](data[l.slots : l.slots+4*int64(h.ordinals)]),
		odd:    view[uint32](data[l.odd : l.odd+4*int64(h.odd)]),
		lost:   view[uint32](data[l.lost : l.lost+4*int64(h.lost)]),
		fine:   data[l.fine:l.end],

		fineStride: fineStride(q.dims, q.bits),
	}
	return s, s.check(h)
}

func (s *Segment) check(h segmentHead) error {
	next := uint64(0)
	for _, f := range s.files {
		if uint64(f.start) != next || f.nulls > f.rows {
			return errors.New("vector index: files of a segment are damaged")
		}
		next = (next + uint64(f.rows) + 63) &^ 63
	}
	if next != h.ordinals {
		return errors.New("vector index: files of a segment are damaged")
	}
	block := uint64(0)
	for _, l := range s.lists {
		if uint64(l.block) != block {
			return errors.New("vector index: lists of a segment are damaged")
		}
		block += uint64(blocksFor(int64(l.codes)))
	}
	if block != h.blocks {
		return errors.New("vector index: lists of a segment are damaged")
	}
	s.findFiles()
	return nil
}

// findFiles makes the table that leads from ordinals to files.
func (s *Segment) findFiles() {
	for s.shift = 10; len(s.slots)>>s.shift > 1<<16; s.shift++ {
	}
	s.fileAt = make([]uint32, len(s.slots)>>s.shift+1)
	file := 0
	for i := range s.fileAt {
		for file+1 < len(s.files) && uint64(s.files[file+1].start) <= uint64(i)<<s.shift {
			file++
		}
		s.fileAt[i] = uint32(file)
	}
}

// fileOf is the file that an ordinal below len(slots) is in, or in the gap after.
func (s *Segment) fileOf(ordinal uint32) int {
	file := int(s.fileAt[ordinal>>s.shift])
	for file+1 < len(s.files) && s.files[file+1].start <= ordinal {
		file++
	}
	return file
}

// Bytes is the segment's blob.
func (s *Segment) Bytes() []byte { return s.data }

// Files are the numbers of rows of the data files.
func (s *Segment) Files() []int64 {
	rows := make([]int64, len(s.files))
	for i, f := range s.files {
		rows[i] = int64(f.rows)
	}
	return rows
}

// Nulls are the numbers of NULL vectors of the data files.
func (s *Segment) Nulls() []int64 {
	nulls := make([]int64, len(s.files))
	for i, f := range s.files {
		nulls[i] = int64(f.nulls)
	}
	return nulls
}

// Rows is the number of rows, those with NULL vectors included.
func (s *Segment) Rows() int64 {
	n := int64(0)
	for _, f := range s.files {
		n += int64(f.rows)
	}
	return n
}

// Codes is the number of codes in all lists.
func (s *Segment) Codes() int64 {
	n := int64(0)
	for _, l := range s.lists {
		n += int64(l.codes)
	}
	return n
}

// Imbalance is the mean length of the list that a code is in over the mean length of lists.
func Imbalance(segments []*Segment) float64 {
	if len(segments) == 0 {
		return 1
	}
	lengths := make([]float64, len(segments[0].lists))
	for _, s := range segments {
		for i, l := range s.lists {
			lengths[i] += float64(l.codes)
		}
	}
	sum, squares := 0.0, 0.0
	for _, n := range lengths {
		sum += n
		squares += n * n
	}
	if sum == 0 {
		return 1
	}
	return squares / sum / (sum / float64(len(lengths)))
}

// codesOf are the blocks of a list.
func (s *Segment) codesOf(list uint32) (blocks []byte, n int) {
	l := s.lists[list]
	n = int(blocksFor(int64(l.codes)))
	from := int(l.block) * s.stride
	return s.blocks[from : from+n*s.stride], n
}

// rowOf is the row of a code.
func (s *Segment) rowOf(blocks []byte, block, at int) uint32 {
	return uint32At(blocks[block*s.stride+16*s.tables+2*planeBytes+4*at:])
}
