package exec

import (
	"bytes"
	"math"
)

// maxBest is how many rows of each partition are kept in order, one by one. Of more, candidates are collected and sorted.
const maxBest = 8

// bestRows are the first few rows of each partition, in order.
type bestRows struct {
	of    *firstRows
	most  int
	slots []bestRow // as many for each partition
}

// A bestRow is one of the rows kept: none if it has no number. Then its word is the most.
type bestRow struct {
	word uint64 // of its key
	row  uint32
}

const noBest = math.MaxUint32

func (b *bestRows) grow(partitions int) {
	for len(b.slots) < partitions*b.most {
		b.slots = append(b.slots, bestRow{math.MaxUint64, noBest})
	}
}

// findBefore finds the rows of a batch that are before the last of their partition. More of them come later in the batch, maybe.
func (b *bestRows) findBefore() {
	f := b.of
	for i, p := range f.ids {
		last := b.slots[int(p)*b.most+b.most-1]
		key := f.keys.Key(i)
		if word := wordOf(key); word < last.word || word == last.word && b.isBefore(key, last.row) {
			f.before = append(f.before, uint32(i))
		}
	}
}

// isBefore tells whether a key is before that of a row kept; it is not before its equal, which came earlier.
func (b *bestRows) isBefore(key []byte, row uint32) bool {
	return row == noBest || bytes.Compare(key, b.of.kept[row].key) < 0
}

// add puts a row that is kept in its place.
func (b *bestRows) add(row uint32) {
	k := &b.of.kept[row]
	slots := b.slots[int(k.partition)*b.most:][:b.most]
	at := len(slots)
	for at > 0 && (k.word < slots[at-1].word || k.word == slots[at-1].word && b.isBefore(k.key, slots[at-1].row)) {
		at--
	}
	if at < len(slots) {
		copy(slots[at+1:], slots[at:])
		slots[at] = bestRow{k.word, row}
	}
}

// mark marks the best rows and says how many they are.
func (b *bestRows) mark(wanted []bool) int {
	total := 0
	for _, s := range b.slots {
		if s.row != noBest {
			wanted[s.row] = true
			total++
		}
	}
	return total
}

// renumber says which rows are where now.
func (b *bestRows) renumber(now []uint32) {
	for i, s := range b.slots {
		if s.row != noBest {
			b.slots[i].row = now[s.row]
		}
	}
}
