package ipccheck

import (
	"encoding/binary"
	"unicode/utf8"
)

// A flatbuffer is read by position, as https://flatbuffers.dev/internals lays down, and never past its end. The first fault
// is kept in err; what is read after it is zero, so that callers look at err once, where it matters.
type flatbuffer struct {
	data []byte
	left int // see spend
	err  error
}

// sharing is how many times over a flatbuffer may use its bytes. Writers may let fields share a string; a message in which
// tables share tables sixty levels deep would unfold to more than any memory.
const sharing = 4

func newFlatbuffer(data []byte) *flatbuffer {
	return &flatbuffer{data: data, left: sharing * len(data)}
}

func (b *flatbuffer) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// holds tells whether n bytes at a position are within the buffer.
func (b *flatbuffer) holds(at, n int) bool {
	if b.err == nil && (at < 0 || n < 0 || at > len(b.data) || n > len(b.data)-at) {
		b.fail(badf("message is damaged: an offset leads out of its %d bytes", len(b.data)))
	}
	return b.err == nil
}

// spend counts the bytes that are visited.
func (b *flatbuffer) spend(n int) {
	if b.left -= n; b.left < 0 {
		b.fail(badf("message is damaged: it unfolds to more than its %d bytes hold", len(b.data)))
	}
}

func (b *flatbuffer) uint16(at int) uint16 {
	if !b.holds(at, 2) {
		return 0
	}
	return binary.LittleEndian.Uint16(b.data[at:])
}

func (b *flatbuffer) uint32(at int) uint32 {
	if !b.holds(at, 4) {
		return 0
	}
	return binary.LittleEndian.Uint32(b.data[at:])
}

func (b *flatbuffer) int64(at int) int64 {
	if !b.holds(at, 8) {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(b.data[at:]))
}

// table is the table that the offset at a position leads to.
func (b *flatbuffer) table(at int) table {
	to := at + int(b.uint32(at))
	if b.err == nil && to == at {
		b.fail(badf("message is damaged: an offset leads to itself"))
	}
	b.spend(4)
	vtable := to - int(int32(b.uint32(to)))
	size := int(b.uint16(vtable))
	if !b.holds(vtable, size) {
		return table{b: b}
	}
	return table{b: b, at: to, vtable: vtable, size: size}
}

// A table is a record of fields, any of which may be left out.
type table struct {
	b                *flatbuffer
	at, vtable, size int
}

// field is the position of a field of a number of bytes, 0 if it is left out. Sizes are taken as flatbuffers' own reader takes
// them, odd ones too: what that finds, this must have seen.
func (t table) field(i, width int) int {
	if slot := 4 + 2*i; slot < t.size {
		if offset := int(t.b.uint16(t.vtable + slot)); offset > 0 && t.b.holds(t.at+offset, width) {
			return t.at + offset
		}
	}
	return 0
}

func (t table) uint8(i int) uint8 {
	if at := t.field(i, 1); at > 0 {
		return t.b.data[at]
	}
	return 0
}

func (t table) int16(i int, otherwise int16) int16 {
	if at := t.field(i, 2); at > 0 {
		return int16(t.b.uint16(at))
	}
	return otherwise
}

func (t table) int32(i int, otherwise int32) int32 {
	if at := t.field(i, 4); at > 0 {
		return int32(t.b.uint32(at))
	}
	return otherwise
}

func (t table) int64(i int) int64 {
	if at := t.field(i, 8); at > 0 {
		return t.b.int64(at)
	}
	return 0
}

// table is the table that a field leads to; false if the field is left out.
func (t table) table(i int) (table, bool) {
	at := t.field(i, 4)
	if at == 0 || t.b.err != nil {
		return table{b: t.b}, false
	}
	child := t.b.table(at)
	return child, t.b.err == nil
}

// vector is the position of a vector's first element and the number of elements, all of them within the buffer.
func (t table) vector(i, width int) (at, n int) {
	field := t.field(i, 4)
	if field == 0 {
		return 0, 0
	}
	at = field + int(t.b.uint32(field))
	n = int(t.b.uint32(at))
	at += 4
	if !t.b.holds(at, width*n) {
		return 0, 0
	}
	t.b.spend(4 + width*n)
	return at, n
}

// text is a field that holds a string.
func (t table) text(i int) string {
	at, n := t.vector(i, 1)
	s := string(t.b.data[at : at+n])
	if !utf8.ValidString(s) {
		t.b.fail(badf("message is damaged: a name is not UTF-8"))
	}
	return s
}

// keyValues checks a vector of pairs of strings, which may hold any bytes.
func (t table) keyValues(i int) {
	at, n := t.vector(i, 4)
	for k := 0; k < n && t.b.err == nil; k++ {
		pair := t.b.table(at + 4*k)
		pair.vector(0, 1)
		pair.vector(1, 1)
	}
}
