package reader

import (
	"encoding/binary"
	"unsafe"
)

// Byte strings of PLAIN pages lie one behind the other, each behind its length. A scan that wants them all walks along them
// once, and copies each as it finds its length. Only where some are wanted, or NULLs lie between, are all found first.

// find fills in the spans of byte strings that lie in a row.
func (v *values) find() error {
	if !v.inRow || v.spans != nil || v.layout != spans {
		return nil
	}
	found := make([]span, v.n)
	at := uint64(0)
	for i := range found {
		if at+4 > uint64(len(v.data)) {
			return errShort
		}
		from := at + 4
		at = from + uint64(binary.LittleEndian.Uint32(v.data[at:]))
		found[i] = span{uint32(from), uint32(at)}
	}
	if at > uint64(len(v.data)) {
		return errShort
	}
	v.spans = found
	return nil
}

// cutShort names the column in an error about strings that were found to be cut short while they were copied.
func (l *leafReader) cutShort(err error) error {
	if err == errShort {
		return l.corrupt("%v", err)
	}
	return err
}

// seek walks to where a string's length lies.
func (v *values) seek(row int) error {
	if row < v.nextRow {
		v.nextRow, v.nextAt = 0, 0
	}
	for ; v.nextRow < row; v.nextRow++ {
		if len(v.data)-v.nextAt < 4 {
			return errShort
		}
		v.nextAt += 4 + int(binary.LittleEndian.Uint32(v.data[v.nextAt:]))
		if v.nextAt > len(v.data) {
			return errShort
		}
	}
	return nil
}

// appendRow copies strings [from, to) that lie in a row. Up to stride bytes are copied sixteen at a time, over what the next
// will write: most texts are that short, and a call of copy takes longer than that.
func (b *builder) appendRow(v *values, from, to int) error {
	const stride = 64
	if err := v.seek(from); err != nil {
		return err
	}
	n := to - from
	offsets := b.growOffsets(n)
	// No more than all bytes that follow, without the lengths; the others that the page has come out of this as well.
	if left := len(v.data) - v.nextAt - 4*(v.n-from); left >= 0 {
		b.growBytes(left, v.n-from)
	}
	src, at := v.data, v.nextAt
	out, w := b.data.Buf(), b.size
	for i := range offsets {
		if len(src)-at < 4 {
			return errShort
		}
		length := int(binary.LittleEndian.Uint32(src[at:]))
		at += 4
		if length > len(src)-at || length > len(out)-w {
			return errShort
		}
		if length <= stride && len(src)-at >= stride && len(out)-w >= stride {
			for k := 0; k < length; k += 16 {
				*(*[16]byte)(unsafe.Pointer(&out[w+k])) = *(*[16]byte)(unsafe.Pointer(&src[at+k]))
			}
		} else {
			copy(out[w:], src[at:at+length])
		}
		at += length
		w += length
		offsets[i] = int32(w)
	}
	if w > 1<<31-1 {
		return errBatchLarge
	}
	v.nextRow, v.nextAt = to, at
	b.size = w
	b.n += n
	return nil
}
