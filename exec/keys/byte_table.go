package keys

import (
	"bytes"
	"hash/maphash"
)

// byteTable is a hash table of byte strings, which lie one after the other in an arena. A slot has 32 bits of the hash,
// so that nearly every comparison that is made succeeds.
type byteTable struct {
	seed   maphash.Seed
	slots  []byteSlot // a power of two
	arena  []byte
	ends   []uint64 // of each key in the arena
	hashes []uint64 // of each key
}

type byteSlot struct {
	tag uint32
	id  uint32 // the key's number plus 1; 0 is an empty slot
}

func (t *byteTable) init() {
	t.seed = maphash.MakeSeed()
	t.slots = make([]byteSlot, firstSlots)
}

func (t *byteTable) key(id uint32) []byte {
	var start uint64
	if id > 0 {
		start = t.ends[id-1]
	}
	return t.arena[start:t.ends[id]]
}

// seek finds the slot of a key, or the empty one where it belongs.
func (t *byteTable) seek(key []byte, hash uint64) int {
	mask := len(t.slots) - 1
	tag := uint32(hash >> 32)
	i := int(hash) & mask
	for t.slots[i].id != 0 && (t.slots[i].tag != tag || !bytes.Equal(t.key(t.slots[i].id-1), key)) {
		i = (i + 1) & mask
	}
	return i
}

func (t *byteTable) insert(rows *Rows, ids, fresh []uint32) []uint32 {
	for i := range ids {
		key := rows.Key(i)
		hash := maphash.Bytes(t.seed, key)
		slot := &t.slots[t.seek(key, hash)]
		if slot.id == 0 {
			t.arena = append(t.arena, key...)
			t.ends = append(t.ends, uint64(len(t.arena)))
			t.hashes = append(t.hashes, hash)
			*slot = byteSlot{uint32(hash >> 32), uint32(len(t.ends))}
			fresh = append(fresh, uint32(i))
		}
		ids[i] = slot.id - 1
		if 2*len(t.ends) > len(t.slots) {
			t.grow()
		}
	}
	return fresh
}

func (t *byteTable) grow() {
	t.slots = make([]byteSlot, 2*len(t.slots))
	mask := len(t.slots) - 1
	for id, hash := range t.hashes {
		i := int(hash) & mask
		for t.slots[i].id != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = byteSlot{uint32(hash >> 32), uint32(id) + 1}
	}
}

func (t *byteTable) find(rows *Rows, ids []uint32) {
	for i := range ids {
		key := rows.Key(i)
		ids[i] = t.slots[t.seek(key, maphash.Bytes(t.seed, key))].id - 1
	}
}
