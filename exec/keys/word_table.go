package keys

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// wordTable numbers words. As long as they lie close together it is an array over all that are possible, which is filled and read
// two to ten times faster than a hash table; else that: linear probing with the key in the slot, at most half full.
type wordTable struct {
	dense []uint32 // the number plus 1 of word base+i; nil once words are far apart
	base  uint64

	slots []wordSlot // a power of two
	shift int        // 64 less the logarithm of their number
	used  int
	null  uint32 // the number of NULL, or Missing
	far   bool   // words are farther apart than an array will ever be long
	fresh []uint32
}

type wordSlot struct {
	key uint64
	id  uint32 // the key's number plus 1; 0 is an empty slot
}

const firstSlots = 256

// Up to denseWords words for each that came, or smallDense at all, an array is worth it: it takes no more memory than slots do.
const (
	denseWords = 8
	smallDense = 16 << 10
)

func (t *wordTable) init() {
	t.null = Missing
	t.dense = []uint32{}
}

// size is the memory held.
func (t *wordTable) size() int64 { return int64(16*cap(t.slots)) + int64(4*cap(t.dense)) }

func (t *wordTable) resize(n int) {
	old := t.slots
	t.slots = make([]wordSlot, n)
	for t.shift = 64; n > 1; n >>= 1 {
		t.shift--
	}
	for _, s := range old {
		if s.id != 0 {
			t.slots[t.seek(s.key)] = s
		}
	}
}

func (t *wordTable) len() int {
	if t.null != Missing {
		return t.used + 1
	}
	return t.used
}

// seek finds the slot of a key, or the empty one where it belongs.
func (t *wordTable) seek(key uint64) int {
	mask := len(t.slots) - 1
	i := int(mix(key) >> t.shift)
	for t.slots[i].id != 0 && t.slots[i].key != key {
		i = (i + 1) & mask
	}
	return i
}

// mix spreads a key over the upper bits. Fibonacci hashing alone leaves keys that differ in few high bits together.
func mix(key uint64) uint64 {
	key ^= key >> 32
	return key * 0x9e3779b97f4a7c15
}

// insert numbers words, and appends to fresh those that are new. Words of NULLs must not be among them.
func (t *wordTable) insert(words []uint64, ids, fresh []uint32) []uint32 {
	if t.dense != nil && t.cover(words) {
		return t.insertDense(words, ids, fresh)
	}
	last, lastID := uint64(0), uint32(0) // a run of one key is looked up once
	for i, key := range words {
		if key == last && lastID != 0 {
			ids[i] = lastID - 1
			continue
		}
		slot := &t.slots[t.seek(key)]
		if slot.id == 0 {
			*slot = wordSlot{key, uint32(t.len()) + 1}
			fresh = append(fresh, uint32(i))
			t.used++
			if 2*t.used > len(t.slots) {
				ids[i] = slot.id - 1
				last, lastID = key, slot.id
				if t.toDense() {
					return appendShifted(fresh, t.insert(words[i+1:], ids[i+1:], nil), i+1)
				}
				t.resize(2 * len(t.slots))
				continue
			}
		}
		ids[i] = slot.id - 1
		last, lastID = key, slot.id
	}
	return fresh
}

func (t *wordTable) insertDense(words []uint64, ids, fresh []uint32) []uint32 {
	old := len(fresh)
	next, dense, base := uint32(t.len())+1, t.dense, t.base
	for i, key := range words {
		id := dense[key-base]
		if id == 0 {
			id = next
			next++
			dense[key-base] = id
			fresh = append(fresh, uint32(i))
		}
		ids[i] = id - 1
	}
	t.used += len(fresh) - old
	return fresh
}

// appendShifted appends rows that are counted from row from on.
func appendShifted(rows, more []uint32, from int) []uint32 {
	for _, row := range more {
		rows = append(rows, row+uint32(from))
	}
	return rows
}

// cover makes the array long enough for words, or slots of it if they are too far apart.
func (t *wordTable) cover(words []uint64) bool {
	if len(words) == 0 {
		return true
	}
	least, most := words[0], words[0]
	for _, w := range words {
		least, most = min(least, w), max(most, w)
	}
	length := uint64(len(t.dense))
	if length > 0 {
		if least >= t.base && most-t.base < length {
			return true
		}
		least, most = min(least, t.base), max(most, t.base+length-1)
	}
	span := most - least // the length less 1, which may be all words
	// Keys that rise or fall need more room again and again: if there is not much to be had, growing costs more than it is worth.
	limit := max(smallDense, denseWords*uint64(t.used+len(words)))
	if span >= limit || limit < length+length/2 {
		t.toSlots()
		return false
	}
	room := min(2*(span+1), limit)
	if length > 0 && least < t.base {
		least -= min(least, room-span-1)
	}
	larger := make([]uint32, max(most-least+1, min(room, ^least)))
	if length > 0 {
		copy(larger[t.base-least:], t.dense)
	}
	t.dense, t.base = larger, least
	return true
}

// toSlots turns the array into a hash table.
func (t *wordTable) toSlots() {
	t.resize(max(firstSlots, int(powerOfTwo(2*uint64(t.used)+2))))
	for i, id := range t.dense {
		if id != 0 {
			key := t.base + uint64(i)
			t.slots[t.seek(key)] = wordSlot{key, id}
		}
	}
	t.dense = nil
}

// toDense turns the hash table into an array, if the words have come to lie close together.
func (t *wordTable) toDense() bool {
	if t.far {
		return false
	}
	least, most := ^uint64(0), uint64(0)
	for _, s := range t.slots {
		if s.id != 0 {
			least, most = min(least, s.key), max(most, s.key)
		}
	}
	if most-least >= denseWords/2*uint64(t.used) { // leaves it room to grow
		t.far = most-least > denseWords*math.MaxUint32
		return false
	}
	t.dense, t.base = make([]uint32, most-least+1), least
	for _, s := range t.slots {
		if s.id != 0 {
			t.dense[s.key-least] = s.id
		}
	}
	t.slots = nil
	return true
}

// insertNullable is insert for a column with NULLs: what stands for them may be any word.
func (t *wordTable) insertNullable(words []uint64, a arrow.Array, ids, fresh []uint32) []uint32 {
	for from := 0; from < len(words); {
		if a.IsNull(from) {
			if t.null == Missing {
				t.null = uint32(t.len())
				fresh = append(fresh, uint32(from))
			}
			ids[from] = t.null
			from++
			continue
		}
		to := from + 1
		for to < len(words) && a.IsValid(to) {
			to++
		}
		t.fresh = t.insert(words[from:to], ids[from:to], t.fresh[:0])
		fresh = appendShifted(fresh, t.fresh, from)
		from = to
	}
	return fresh
}

func (t *wordTable) find(words []uint64, ids []uint32) {
	if t.dense != nil {
		for i, key := range words {
			ids[i] = Missing
			if at := key - t.base; at < uint64(len(t.dense)) {
				ids[i] = t.dense[at] - 1 // 0 becomes Missing
			}
		}
		return
	}
	for i, key := range words {
		ids[i] = t.slots[t.seek(key)].id - 1 // an empty slot's 0 becomes Missing
	}
}
