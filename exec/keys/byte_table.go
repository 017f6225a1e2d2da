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
	null   uint32   // the number of a NULL that has no bytes, or Missing
}

type byteSlot struct {
	tag uint32
	id  uint32 // the key's number plus 1; 0 is an empty slot
}

func (t *byteTable) init() {
	t.seed, t.null = maphash.MakeSeed(), Missing
	t.slots = make([]byteSlot, firstSlots)
}

// size is the memory held.
func (t *byteTable) size() int64 {
	return int64(8*cap(t.slots)) + int64(cap(t.arena)) + int64(8*cap(t.ends)) + int64(8*cap(t.hashes))
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

// put returns a key's number, and whether the key is new.
func (t *byteTable) put(key []byte) (id uint32, fresh bool) {
	return t.putHashed(key, maphash.Bytes(t.seed, key))
}

func (t *byteTable) putHashed(key []byte, hash uint64) (id uint32, fresh bool) {
	slot := &t.slots[t.seek(key, hash)]
	if slot.id != 0 {
		return slot.id - 1, false
	}
	t.arena = append(t.arena, key...)
	t.ends = append(t.ends, uint64(len(t.arena)))
	t.hashes = append(t.hashes, hash)
	id = uint32(len(t.ends)) - 1
	*slot = byteSlot{uint32(hash >> 32), id + 1}
	if 2*len(t.ends) > len(t.slots) {
		t.grow()
	}
	return id, true
}

// putNull is put for a NULL that has no bytes: it has a number but no slot.
func (t *byteTable) putNull() (id uint32, fresh bool) {
	if t.null != Missing {
		return t.null, false
	}
	t.null = uint32(len(t.ends))
	t.ends = append(t.ends, uint64(len(t.arena)))
	t.hashes = append(t.hashes, 0)
	return t.null, true
}

// get returns a key's number, or Missing.
func (t *byteTable) get(key []byte) uint32 { return t.getHashed(key, maphash.Bytes(t.seed, key)) }

func (t *byteTable) getHashed(key []byte, hash uint64) uint32 {
	return t.slots[t.seek(key, hash)].id - 1
}

func (t *byteTable) grow() {
	t.slots = make([]byteSlot, 2*len(t.slots))
	mask := len(t.slots) - 1
	for id, hash := range t.hashes {
		if uint32(id) == t.null {
			continue
		}
		i := int(hash) & mask
		for t.slots[i].id != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = byteSlot{uint32(hash >> 32), uint32(id) + 1}
	}
}
