package keys

import (
	"bytes"
	"hash/maphash"
)

// A glance is a first look at some keys together. To look them up one after the other is to wait for memory three times a key, for
// its slot, its place and its bytes, where a table is larger than the cache; together they are waited for at once.
type glance struct {
	hashes [glanced]uint64
	ids    [glanced]uint32 // Missing for a key that is not in the slot where it would best be: it may be in another, or nowhere
}

// glanced is how many keys are looked at together.
const glanced = 128

// glance looks at the keys of rows from one on, of at most n rows. It says how many.
func (t *byteTable) glance(rows *Rows, from, n int, g *glance) int {
	n = min(n-from, glanced)
	mask := len(t.slots) - 1
	for i := range n {
		hash := maphash.Bytes(t.seed, rows.Key(from+i))
		slot := t.slots[int(hash)&mask]
		g.hashes[i], g.ids[i] = hash, slot.id-1
		if slot.tag != uint32(hash>>32) {
			g.ids[i] = Missing
		}
	}
	for i, id := range g.ids[:n] {
		if id != Missing && !bytes.Equal(t.key(id), rows.Key(from+i)) {
			g.ids[i] = Missing
		}
	}
	return n
}

// insert sets ids to the numbers of keys, adding those that are new, and appends to fresh the rows that were the first of these. Rows
// that null says are NULL have a number that bytes do not have.
func (t *byteTable) insert(rows *Rows, null func(row int) bool, ids, fresh []uint32) []uint32 {
	var g glance
	for from := 0; from < len(ids); {
		n := t.glance(rows, from, len(ids), &g)
		for i := range n {
			id, isNew := g.ids[i], false
			switch {
			case null != nil && null(from+i):
				id, isNew = t.putNull()
			case id == Missing:
				id, isNew = t.putHashed(rows.Key(from+i), g.hashes[i])
			}
			ids[from+i] = id
			if isNew {
				fresh = append(fresh, uint32(from+i))
			}
		}
		from += n
	}
	return fresh
}

// find is insert for a table that takes no more keys: to their rows it gives Missing.
func (t *byteTable) find(rows *Rows, null func(row int) bool, ids []uint32) {
	var g glance
	for from := 0; from < len(ids); {
		n := t.glance(rows, from, len(ids), &g)
		for i := range n {
			id := g.ids[i]
			switch {
			case null != nil && null(from+i):
				id = t.null
			case id == Missing:
				id = t.getHashed(rows.Key(from+i), g.hashes[i])
			}
			ids[from+i] = id
		}
		from += n
	}
}
