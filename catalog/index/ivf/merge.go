package ivf

import (
	"context"
	"errors"
)

// Merge makes one segment of several and returns its blob: of the files that keep says of each segment, or of all where keep
// is nil, in their order. Codes are copied as they are. alloc gives zeroed memory at a multiple of 64 bytes; nil is the heap.
func Merge(ctx context.Context, q *Quantizer, segments []*Segment, keep [][]bool, alloc func(size int64) ([]byte, error)) ([]byte, error) {
	if alloc == nil {
		alloc = func(size int64) ([]byte, error) { return aligned(size), nil }
	}
	m := &merger{Quantizer: q, segments: segments}
	if err := m.number(keep); err != nil {
		return nil, err
	}
	lists := make([]listEntry, q.lists)
	for list := range lists {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m.count(uint32(list), &lists[list])
	}
	l := m.head.layout()
	data, err := alloc(l.end)
	if err != nil {
		return nil, err
	}
	m.head.put(data)
	copy(data[l.files:], bytesOf(m.files))
	copy(data[l.lists:], bytesOf(lists))
	copy(data[l.odd:], bytesOf(m.odd))
	copy(data[l.lost:], bytesOf(m.lost))
	slots := view[uint32](data[l.slots : l.slots+4*int64(m.head.ordinals)])
	for i := range slots {
		slots[i] = noRow
	}
	for list := range lists {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m.copy(uint32(list), &lists[list], data[l.blocks:l.slots], slots)
	}
	if m.bits > 1 {
		m.copyFine(data[l.fine:l.end])
	}
	return data, nil
}

type merger struct {
	*Quantizer
	segments  []*Segment
	starts    [][]uint32 // by segment and file: its first ordinal from now on, or noRow if it is dropped
	files     []fileEntry
	odd, lost []uint32
	head      segmentHead
}

// number gives the rows their ordinals.
func (m *merger) number(keep [][]bool) error {
	m.starts = make([][]uint32, len(m.segments))
	next := int64(0)
	for i, s := range m.segments {
		m.starts[i] = make([]uint32, len(s.files))
		for j, f := range s.files {
			m.starts[i][j] = noRow
			if keep != nil && keep[i] != nil && !keep[i][j] {
				continue
			}
			if next+int64(f.rows) > maxOrdinals {
				return errors.New("vector index: segments have more rows than one can have")
			}
			m.starts[i][j] = uint32(next)
			m.files = append(m.files, fileEntry{start: uint32(next), rows: f.rows, nulls: f.nulls})
			next = (next + int64(f.rows) + 63) &^ 63
		}
		for _, ordinal := range s.odd {
			if to, ok := m.ordinal(i, ordinal); ok {
				m.odd = append(m.odd, to)
			}
		}
		for _, ordinal := range s.lost {
			if to, ok := m.ordinal(i, ordinal); ok {
				m.lost = append(m.lost, to)
			}
		}
	}
	m.head = segmentHead{dims: uint64(m.dims), lists: uint64(m.Quantizer.lists), files: uint64(len(m.files)), ordinals: uint64(next),
		odd: uint64(len(m.odd)), lost: uint64(len(m.lost)), bits: uint64(m.bits)}
	return nil
}

// ordinal is what a segment's ordinal becomes. It is not ok if its file is dropped, or if it is none.
func (m *merger) ordinal(segment int, ordinal uint32) (to uint32, ok bool) {
	s := m.segments[segment]
	if int(ordinal) >= len(s.slots) {
		return 0, false
	}
	file := s.fileOf(ordinal)
	at := ordinal - s.files[file].start
	start := m.starts[segment][file]
	return start + at, start != noRow && at < s.files[file].rows
}

// copyFine fills the fine codes, file by file: they are in the order of ordinals.
func (m *merger) copyFine(fine []byte) {
	for i, s := range m.segments {
		for j, f := range s.files {
			if start := m.starts[i][j]; start != noRow {
				copy(fine[int(start)*s.fineStride:], s.fine[int(f.start)*s.fineStride:int(f.start+f.rows)*s.fineStride])
			}
		}
	}
}

// count fills a list's entry.
func (m *merger) count(list uint32, entry *listEntry) {
	entry.block = uint32(m.head.blocks)
	for i, s := range m.segments {
		from := s.lists[list]
		entry.spread, entry.radius = max(entry.spread, from.spread), max(entry.radius, from.radius)
		blocks, _ := s.codesOf(list)
		for code := range int(from.codes) {
			if _, ok := m.ordinal(i, s.rowOf(blocks, code/blockCodes, code%blockCodes)); ok {
				entry.codes++
			}
		}
	}
	m.head.blocks += uint64(blocksFor(int64(entry.codes)))
}

// copy fills a list's blocks.
func (m *merger) copy(list uint32, entry *listEntry, body []byte, slots []uint32) {
	stride := m.stride()
	slot := entry.block * blockCodes
	for i, s := range m.segments {
		from := s.lists[list]
		blocks, _ := s.codesOf(list)
		for code := range int(from.codes) {
			block := blocks[code/blockCodes*stride:][:stride]
			ordinal := s.rowOf(blocks, code/blockCodes, code%blockCodes)
			to, ok := m.ordinal(i, ordinal)
			if !ok {
				continue
			}
			move(body[int(slot/blockCodes)*stride:][:stride], int(slot%blockCodes), block, code%blockCodes, m.tables(), to)
			if s.slots[ordinal] == from.block*blockCodes+uint32(code) {
				slots[to] = slot
			}
			slot++
		}
	}
	if at := int(slot % blockCodes); at > 0 {
		clearCodes(body[int(slot/blockCodes)*stride:][:stride], m.tables(), at)
	}
}
