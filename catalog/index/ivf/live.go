package ivf

import (
	"math"
	"math/bits"
)

// A segmentLive tells which rows of a segment are to choose from: a bit for each ordinal, or nil for all.
type segmentLive struct {
	words []uint64
}

// mask stores which codes of blocks belong to such rows, and returns how many do, not counted where all do.
func (l *segmentLive) mask(segment *Segment, blocks []byte, masks []uint32) (n int) {
	if l.words == nil {
		for i := range masks {
			masks[i] = math.MaxUint32
		}
		return 0
	}
	words := l.words
	for b := range masks {
		rows := view[uint32](blocks[b*segment.stride+16*segment.tables+2*planeBytes:][:planeBytes])
		mask := uint32(0)
		for i, ordinal := range rows {
			if at := int(ordinal >> 6); at < len(words) {
				mask |= uint32(words[at]>>(ordinal&63)&1) << i
			}
		}
		masks[b] = mask
		n += bits.OnesCount32(mask)
	}
	return n
}

// lives are the live rows of each segment of a view, nil for segments all of whose rows are.
func (v *View) lives(ix *Index) []segmentLive {
	lives := make([]segmentLive, len(ix.Segments))
	number := 0
	for i, s := range ix.Segments {
		whole := true
		for file := range s.files {
			f := &v.files[number+file]
			whole = whole && f.live == int64(f.rows)
		}
		if !whole {
			words := make([]uint64, (len(s.slots)+63)/64)
			for file := range s.files {
				f := &v.files[number+file]
				if f.base < 0 {
					continue
				}
				to := words[s.files[file].start>>6:]
				setFirst(to, int(f.rows))
				for j, w := range f.deleted[:min(len(f.deleted), len(to), (int(f.rows)+63)/64)] {
					to[j] &^= w
				}
			}
			lives[i].words = words
		}
		number += len(s.files)
	}
	return lives
}

// setFirst sets the first n bits.
func setFirst(words []uint64, n int) {
	for i := 0; n > 0; i++ {
		words[i] = math.MaxUint64
		if n < 64 {
			words[i] = 1<<n - 1
		}
		n -= 64
	}
}

// code finds which codes belong to rows to choose from.
func (c *choice) code(ix *Index, view *View) {
	if c.coded {
		return
	}
	c.coded = true
	c.live = append(c.live[:0], view.live...)
	if c.among == nil {
		return
	}
	total := 0
	for _, segment := range ix.Segments {
		total += (len(segment.slots) + 63) / 64
	}
	if cap(c.words) < total {
		c.words = make([]uint64, total)
	}
	rest := c.words[:total]
	clear(rest)
	number := 0
	for i, segment := range ix.Segments {
		words := rest[:(len(segment.slots)+63)/64]
		rest = rest[len(words):]
		for file, f := range segment.files {
			to := words[f.start>>6:]
			among := c.among[number+file]
			n := min(len(among), int(f.rows+63)/64)
			copy(to[:n], among[:n])
			if left := f.rows & 63; left != 0 && n == int(f.rows+63)/64 {
				to[n-1] &= 1<<left - 1
			}
		}
		if live := c.live[i].words; live != nil {
			for j := range words {
				words[j] &= live[j]
			}
		}
		c.live[i].words = words
		number += len(segment.files)
	}
}
