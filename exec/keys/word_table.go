package keys

import "github.com/apache/arrow-go/v18/arrow"

// wordTable is a hash table of words: linear probing with the key in the slot, at most half full.
type wordTable struct {
	slots []wordSlot // a power of two
	shift int        // 64 less the logarithm of their number
	used  int
	null  uint32 // the number of NULL, or Missing
}

type wordSlot struct {
	key uint64
	id  uint32 // the key's number plus 1; 0 is an empty slot
}

const firstSlots = 256

func (t *wordTable) init() {
	t.null = Missing
	t.resize(firstSlots)
}

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

func (t *wordTable) insert(words []uint64, ids, fresh []uint32) []uint32 {
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
				t.resize(2 * len(t.slots))
				continue
			}
		}
		ids[i] = slot.id - 1
		last, lastID = key, slot.id
	}
	return fresh
}

func (t *wordTable) insertNullable(words []uint64, a arrow.Array, ids, fresh []uint32) []uint32 {
	var one [1]uint32
	for i, key := range words {
		if a.IsNull(i) {
			if t.null == Missing {
				t.null = uint32(t.len())
				fresh = append(fresh, uint32(i))
			}
			ids[i] = t.null
			continue
		}
		if len(t.insert([]uint64{key}, ids[i:i+1], one[:0])) > 0 {
			fresh = append(fresh, uint32(i))
		}
	}
	return fresh
}

func (t *wordTable) find(words []uint64, ids []uint32) {
	for i, key := range words {
		ids[i] = t.slots[t.seek(key)].id - 1 // an empty slot's 0 becomes Missing
	}
}
