package keys

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/exec/gather"
)

// A Hasher computes hashes of keys that are the same in every table and every run: rows are split by them among files and workers.
// Equal keys have equal hashes.
type Hasher struct {
	encoder *Encoder
	columns []column
	rows    Rows
	bits    []uint64
	entries []uint64
}

// NewHasher fails for a type whose values cannot be compared.
func NewHasher(types []arrow.DataType) (*Hasher, error) {
	e, err := NewEncoder(types, make([]Order, len(types)))
	if err != nil {
		return nil, err
	}
	return &Hasher{encoder: e, columns: e.columns}, nil
}

// firstHash is the hash of a key without columns.
const firstHash = 0x243f6a8885a308d3

// Hash returns the hashes of n rows, in the memory of hashes.
func (h *Hasher) Hash(columns []arrow.Array, n int, hashes []uint64) []uint64 {
	hashes = resize(hashes, n)
	for i := range hashes {
		hashes[i] = firstHash
	}
	for i, a := range columns {
		switch c := h.columns[i]; c.kind {
		case null:
		case fixed:
			h.bits = appendBits(h.bits[:0], a)
			hashWords(hashes, h.bits, 1, a)
		case wide:
			h.bits = appendWide(h.bits[:0], a)
			hashWords(hashes, h.bits, 2, a)
		case text:
			h.hashText(hashes, a)
		default:
			one := Encoder{columns: h.columns[i : i+1], orders: h.encoder.orders[i : i+1]}
			one.Encode([]arrow.Array{a}, n, &h.rows)
			for row := range hashes {
				hashes[row] = fold(hashes[row], hashOfBytes(h.rows.Key(row)))
			}
		}
	}
	return hashes
}

// nullHash stands for the hash of a NULL.
const nullHash = 0x13198a2e03707344

func hashWords(hashes, words []uint64, each int, a arrow.Array) {
	nulls := a.NullN() > 0
	for row := range hashes {
		if nulls && a.IsNull(row) {
			hashes[row] = fold(hashes[row], nullHash)
			continue
		}
		for _, w := range words[row*each : (row+1)*each] {
			hashes[row] = fold(hashes[row], w)
		}
	}
}

func (h *Hasher) hashText(hashes []uint64, a arrow.Array) {
	nulls := a.NullN() > 0
	if d, ok := a.(*array.Dictionary); ok {
		entries := d.Dictionary()
		h.entries = resize(h.entries, entries.Len())
		for i := range h.entries {
			h.entries[i] = hashOfBytes(textOf(entries, i))
		}
		for row, code := range gather.Codes(d) {
			if nulls && d.IsNull(row) {
				hashes[row] = fold(hashes[row], nullHash)
			} else {
				hashes[row] = fold(hashes[row], h.entries[code])
			}
		}
		return
	}
	a = textStorage(a)
	for row := range hashes {
		if nulls && a.IsNull(row) {
			hashes[row] = fold(hashes[row], nullHash)
		} else {
			hashes[row] = fold(hashes[row], hashOfBytes(textOf(a, row)))
		}
	}
}

// fold mixes a word into a hash: both halves of a product by a number that depends on the hash, so that each bit counts for all.
func fold(hash, word uint64) uint64 {
	high, low := bits.Mul64(hash^word^0xa4093822299f31d0, 0x9e3779b97f4a7c15)
	return high ^ low
}

func hashOfBytes(b []byte) uint64 {
	hash, length := uint64(firstHash), uint64(len(b))
	for ; len(b) >= 8; b = b[8:] {
		hash = fold(hash, binary.LittleEndian.Uint64(b))
	}
	var last [8]byte
	copy(last[:], b)
	return fold(fold(hash, binary.LittleEndian.Uint64(last[:])), length)
}
