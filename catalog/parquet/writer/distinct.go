package writer

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// distinct counts distinct values by their hashes. Its table is kept from use to use.
type distinct struct {
	seen  []uint64 // open addressing, 0 for free
	shift int
	count int
	limit int
	bytes int // of the distinct values
}

var distinctSeed = maphash.MakeSeed()

// few reports whether the values are so few that a dictionary pays. It stops at the first value too many.
func (d *distinct) few(values []arrow.Array, typ arrow.DataType) bool {
	rows := 0
	for _, v := range values {
		rows += v.Len()
	}
	if d.limit = rows / dictionaryRepeats; d.limit == 0 {
		return false
	}
	d.reset()
	for _, v := range values {
		if !d.add(v, typ) {
			return false
		}
	}
	return true
}

func (d *distinct) reset() {
	size := 1 << bits.Len(uint(4*d.limit))
	if len(d.seen) == size {
		clear(d.seen)
	} else {
		d.seen = make([]uint64, size)
	}
	d.shift = 64 - bits.TrailingZeros(uint(size))
	d.count, d.bytes = 0, 0
}

// add returns false as soon as there are too many values. What lies under a NULL counts as a value.
func (d *distinct) add(values arrow.Array, typ arrow.DataType) bool {
	if values.Len() == values.NullN() {
		return true
	}
	if text, ok := values.(array.BinaryLike); ok {
		bytes := text.ValueBytes()
		for i := range text.Len() {
			n := text.ValueLen(i)
			if !d.insert(maphash.Bytes(distinctSeed, bytes[:n]), n) {
				return false
			}
			bytes = bytes[n:]
		}
		return true
	}
	width := typ.(arrow.FixedWidthDataType).Bytes()
	at := values.Data().Offset()
	bytes := values.Data().Buffers()[1].Bytes()[at*width : (at+values.Len())*width]
	switch width {
	case 4:
		for ; len(bytes) > 0; bytes = bytes[4:] {
			if !d.insert(mix(uint64(binary.LittleEndian.Uint32(bytes))), 4) {
				return false
			}
		}
	case 8:
		for ; len(bytes) > 0; bytes = bytes[8:] {
			if !d.insert(mix(binary.LittleEndian.Uint64(bytes)), 8) {
				return false
			}
		}
	default:
		for ; len(bytes) > 0; bytes = bytes[width:] {
			if !d.insert(maphash.Bytes(distinctSeed, bytes[:width]), width) {
				return false
			}
		}
	}
	return true
}

// mix spreads a value over all bits, one to one.
func mix(v uint64) uint64 {
	v ^= v >> 32
	v *= 0xd6e8feb86659fd93
	v ^= v >> 32
	v *= 0xd6e8feb86659fd93
	return v ^ v>>32
}

func (d *distinct) insert(hash uint64, size int) bool {
	hash |= 1 // never free; one bit of 64 does not matter
	for i := hash >> d.shift; ; i = (i + 1) & uint64(len(d.seen)-1) {
		switch d.seen[i] {
		case hash:
			return true
		case 0:
			d.seen[i] = hash
			d.count++
			d.bytes += size
			return d.count < d.limit && d.bytes <= dictionaryBytes
		}
	}
}
